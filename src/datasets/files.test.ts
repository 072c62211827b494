// Which files a data set consists of, by what the hub's layout lets one expect; what would be joined wrongly is refused.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, relative, remove, temporaryDirectory } from '../platform/files.ts';
import { dataFiles } from './files.ts';
import { readRows, streamRows } from './rows.ts';

let root: string;
let made = 0;
beforeAll(async () => {
  root = await temporaryDirectory('thinkling-files-');
});
afterAll(() => remove(root));

async function directory(...names: string[]): Promise<string> {
  const dir = join(root, String(made++));
  for (const name of names) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), `{"from":"${name}"}\n`);
  }
  return dir;
}

async function found(names: string[], split = 'train'): Promise<string[]> {
  const dir = await directory(...names);
  return (await dataFiles(dir, split)).map((file) => relative(dir, file).replaceAll('\\', '/'));
}

describe('a directory', () => {
  const hub = [
    'README.md',
    '.gitattributes',
    'data/train-00001-of-00002.parquet',
    'data/train-00000-of-00002.parquet',
    'data/test-00000-of-00001-9a1b2c.parquet',
  ];

  it('has the splits that its files are named after, shards in their order', async () => {
    expect(await found(hub)).toEqual(['data/train-00000-of-00002.parquet', 'data/train-00001-of-00002.parquet']);
    expect(await found(hub, 'test')).toEqual(['data/test-00000-of-00001-9a1b2c.parquet']);
    expect(await found(['train.jsonl', 'dev.jsonl', 'notes.txt'], 'validation')).toEqual(['dev.jsonl']);
    expect(await found(['train/a.csv', 'train/b.csv', 'test/a.csv'])).toEqual(['train/a.csv', 'train/b.csv']);
    expect(await found(['my_test_file.jsonl', 'gsm8k-training.jsonl'])).toEqual(['gsm8k-training.jsonl']);
  });

  it('may name its splits otherwise, where they are shards', async () => {
    const fromOne = ['train-00001-of-00002.csv', 'train-00002-of-00002.csv'];
    expect(await found(fromOne)).toEqual(fromOne);
    const ultra = ['data/train_sft-00000-of-00001.parquet', 'data/train_gen-00000-of-00001.parquet'];
    expect(await found(ultra, 'train_sft')).toEqual(['data/train_sft-00000-of-00001.parquet']);
    await expect(found(ultra)).rejects.toThrow('it has no split "train"');
  });

  it('is all for training where no name tells a split', async () => {
    expect(await found(['b.jsonl', 'a.jsonl'])).toEqual(['a.jsonl', 'b.jsonl']);
    await expect(found(['b.jsonl'], 'test')).rejects.toThrow('it has no split "test"; there is train');
  });

  it('that is a copy of a repository has the splits that its README.md tells', async () => {
    const dir = await directory('a.jsonl', 'b.jsonl');
    await writeFile(
      join(dir, 'README.md'),
      '---\r\nconfigs:\r\n- data_files:\r\n  - {split: train, path: a.jsonl}\r\n  - {split: test, path: b.jsonl}\r\n---\r\n',
    );
    expect(await dataFiles(dir, 'train')).toEqual([join(dir, 'a.jsonl')]);
    expect(await dataFiles(dir, 'test')).toEqual([join(dir, 'b.jsonl')]);
    await expect(dataFiles(dir, 'dev')).rejects.toThrow('it has no split "dev"; there are train, test');
  });

  it.each<[string[], string]>([
    [
      ['data/train-00000-of-00003.parquet', 'data/train-00002-of-00003.parquet'],
      'train-00001-of-00003 is missing, one of the 3 files of train',
    ],
    [['data/train-00000-of-00002.parquet'], 'train-00001-of-00002 is missing'],
    [['train-00001-of-00003.csv', 'train-00003-of-00003.csv'], 'train-00002-of-00003 is missing'],
    [['train-00001-of-00003.csv', 'train-00002-of-00003.csv'], 'train-00000-of-00003 is missing'],
    [
      ['main/train-00000-of-00001.parquet', 'socratic/train-00000-of-00001.parquet'],
      'lie in several folders (main, socratic): are these subsets?',
    ],
    [['train.jsonl', 'train.csv'], 'are of several formats (.csv, .jsonl)'],
    [['README.md', 'train.txt'], 'no data in it'],
  ])('%j is refused', async (names, words) => {
    const error = await found(names).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(words);
  });
});

it('rows come from one file after another, each with its place', async () => {
  const dir = await directory('train-00001-of-00002.jsonl', 'train-00000-of-00002.jsonl', 'test.jsonl');
  expect((await readRows(dir, ['from'])).map(({ place, row }) => [relative(dir, place), row.from])).toEqual([
    ['train-00000-of-00002.jsonl:1', 'train-00000-of-00002.jsonl'],
    ['train-00001-of-00002.jsonl:1', 'train-00001-of-00002.jsonl'],
  ]);
});

describe('one file', () => {
  const rowsOf = async (name: string, content = '', split = 'train') => {
    const file = join(await directory(), name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    const rows = [];
    for await (const { row } of streamRows(file, split)) rows.push(row);
    return rows;
  };

  it('is read by its extension', async () => {
    expect(await rowsOf('a.JSONL', '{"n":9007199254740993}\n')).toEqual([{ n: 9007199254740993n }]);
    expect(await rowsOf('a.ndjson', '{"n":1}\n')).toEqual([{ n: 1 }]);
    expect(await rowsOf('a.tsv', 'n\n1\n')).toEqual([{ n: '1' }]);
  });

  it.each([
    [
      'a.jsnol',
      '',
      'train',
      '".jsnol" is no format that is read; data comes as .jsonl, .jsonl.gz, .ndjson, .csv, .tsv, .parquet; did you mean "jsonl"?',
    ],
    ['a.json', '', 'train', 'JSON Lines has one object a line'],
    ['a.csv.gz', '', 'train', 'unpack it first'],
    ['rows', '', 'train', 'its name has no extension'],
    ['a.jsonl', '{"a":1}', 'test', 'is one file, it has no split "test"'],
    ['a.csv', 'a,b\n', 'train', 'there are no rows in it'],
  ])('%s (%j, %s) is refused', async (name, content, split, words) => {
    const error = await rowsOf(name, content, split).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(words);
  });
});
