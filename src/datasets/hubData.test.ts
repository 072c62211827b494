// A data set by its name on the hub, against a server that speaks the hub's HTTP: which files come, from a run's start to its end the
// same ones; what lies on disk goes first; what the hub has that is not read is said.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSource } from '../cli/dataSource.ts';
import { InputError } from '../platform/errors.ts';
import { formatRecipe, loadRecipe, parseRecipe } from '../recipe/recipe.ts';
import { openModelText } from '../stages/prompts.ts';
import { sftSchema } from '../stages/settings.ts';
import { loadSftData } from '../stages/sftData.ts';
import { loadTask } from '../tasks/registry.ts';
import { closeHub, openHub } from '../testing/hubOfTest.ts';
import type { HubServer } from '../testing/hubServer.ts';
import { writeTinyModel } from '../testing/tinyModel.ts';
import { dataFiles } from './files.ts';
import { parseHubData } from './hubData.ts';
import { readRows } from './rows.ts';

let hub: HubServer;
let scratch: string;
beforeEach(async () => {
  ({ hub, scratch } = await openHub());
});
afterEach(async () => {
  vi.restoreAllMocks();
  await closeHub({ hub, scratch });
});

/** Each file holds one row, which names it. */
function push(name: string, paths: string[], more: Record<string, string> = {}): string {
  const rows = paths.map((path) => [path, `${JSON.stringify({ from: path })}\n`]);
  return hub.push(`datasets/${name}`, { ...Object.fromEntries(rows), ...more });
}
const names = async (data: string, split = 'train') =>
  (await dataFiles(data, split)).map((file) => file.replace(/.*snapshots[\\/]\w+[\\/]/, '').replaceAll('\\', '/'));
const asked = () => hub.requests.map(({ url }) => url.split('/resolve/')[1]?.replace(/^\w+\//, '')).filter((path) => path !== undefined);

describe('a data set on the hub', () => {
  it('gives the files of one split by their names, and downloads no other; asked for once', async () => {
    const test = 'data/test-00000-of-00001.jsonl';
    const train = ['data/train-00000-of-00002.jsonl', 'data/train-00001-of-00002.jsonl'];
    push('org/one', [...train.toReversed(), test, 'picture.png'], { '.gitattributes': 'x', 'README.md': '# One' });
    const rows = await readRows('org/one', ['from']);
    expect(rows.map(({ row }) => row.from)).toEqual(train);
    expect(rows[0].place).toMatch(/datasets--org--one.*train-00000-of-00002\.jsonl:1$/);
    expect(asked().toSorted()).toEqual(['README.md', ...train]);
    hub.requests.length = 0;
    expect(await names('org/one')).toEqual(train);
    expect(hub.requests).toEqual([]);
    expect(await names('org/one', 'test')).toEqual([test]);
    await expect(names('org/one', 'dev')).rejects.toThrow('org/one: it has no split "dev"; there are test, train');
  });

  it('stays at the commit it was first seen at, for as long as the program runs; a revision is another', async () => {
    const first = push('org/moving', ['train.jsonl']);
    const [before] = await dataFiles('org/moving', 'train');
    hub.push('datasets/org/moving', { 'train.jsonl': '{"from":"later"}\n' });
    expect(await dataFiles('org/moving', 'train')).toEqual([before]);
    expect(before).toContain(first);
    expect((await readRows('org/moving@main', ['from']))[0].row.from).toBe('train.jsonl');
    hub.push('datasets/org/moving', { 'train.jsonl': '{"from":"branch"}\n' }, 'other');
    expect((await readRows('org/moving@other', ['from']))[0].row.from).toBe('branch');
    await expect(names('org/moving@gone')).rejects.toThrow(/has this dataset, but no revision "gone" of it/);
  });

  it('may be one of its folders, or one file', async () => {
    const paths = ['main/train-00000-of-00001.jsonl', 'main/test-00000-of-00001.jsonl', 'socratic/train-00000-of-00001.jsonl'];
    push('org/folders', paths);
    await expect(names('org/folders')).rejects.toThrow(
      'org/folders: its files for train lie in several folders (main, socratic): are these subsets? Give the one that is meant, e.g. data: org/folders:main',
    );
    expect(await names('org/folders:main')).toEqual([paths[0]]);
    expect(await names('org/folders@main:main/', 'test')).toEqual([paths[1]]);
    expect(await names(`org/folders:${paths[2]}`)).toEqual([paths[2]]);
    await expect(names(`org/folders:${paths[2]}`, 'test')).rejects.toThrow('is one file, it has no split "test"');
    await expect(names('org/folders:mian')).rejects.toThrow('org/folders has no mian; did you mean "main"?');
  });

  it("follows the subsets and splits of its README.md, as Python's datasets library does", async () => {
    const card = (rows: string) => `---\nlicense: mit\nconfigs:\n${rows}---\n# Sets\n`;
    // Names alone would learn from both.
    const split = '- config_name: plain\n  data_files:\n  - split: train\n    path: a.jsonl\n  - split: test\n    path: "b*.jsonl"\n';
    push('org/told', ['a.jsonl', 'b1.jsonl', 'b2.jsonl'], { 'README.md': card(split) });
    expect(await names('org/told')).toEqual(['a.jsonl']);
    expect(await names('org/told', 'test')).toEqual(['b1.jsonl', 'b2.jsonl']);
    expect(await names('org/told:plain', 'test')).toEqual(['b1.jsonl', 'b2.jsonl']);
    const two = '- config_name: easy\n  data_files: easy/*.jsonl\n- config_name: hard\n  data_files: ["hard/**"]\n';
    push('org/two', ['easy/1.jsonl', 'hard/x/2.jsonl'], { 'README.md': card(two) });
    await expect(names('org/two')).rejects.toThrow(
      'org/two: it has several subsets (easy, hard): give the folder or the file that is meant, e.g. data: org/two:easy',
    );
    expect(await names('org/two:hard')).toEqual(['hard/x/2.jsonl']);
    push('org/default', ['easy/1.jsonl', 'hard/x/2.jsonl'], { 'README.md': card(two.replace('hard\n', 'hard\n  default: true\n')) });
    expect(await names('org/default')).toEqual(['hard/x/2.jsonl']);
    await expect(names('org/default:esay')).rejects.toThrow('has no esay; did you mean "easy"?');
  });

  it('gives way to what lies at that path', async () => {
    push('org/here', ['train.jsonl']);
    await mkdir(join(scratch, 'org', 'here'), { recursive: true });
    await writeFile(join(scratch, 'org', 'here', 'a.jsonl'), '{"from":"disk"}\n');
    const before = process.cwd();
    process.chdir(scratch);
    try {
      expect((await readRows('org/here', ['from']))[0].row.from).toBe('disk');
    } finally {
      process.chdir(before);
    }
    expect(hub.requests).toEqual([]);
  });

  it('without the network is what the cache has of it', async () => {
    push('org/cached', ['train.jsonl', 'test.jsonl']);
    const [file] = await dataFiles('org/cached@main', 'train');
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await dataFiles('org/cached', 'train')).toEqual([file]);
    await expect(names('org/cached', 'test')).rejects.toThrow(/org\/cached is not in the cache .*or not all of it.*Unset HF_HUB_OFFLINE/);
  });
});

describe('a data set that cannot be read', () => {
  it.each<[string, string[], string]>([
    [
      'org/json',
      ['questions.json', 'make.py', 'README.md'],
      'no data in it: it has no file that ends in .jsonl, .jsonl.gz, .ndjson, .csv, .tsv or .parquet. Its make.py, questions.json cannot be read; programs that make data are not run. Where the hub shows the rows of a data set, it keeps them in Parquet, too: try org/json@refs/convert/parquet',
    ],
    [
      'org/packed',
      ['data/train.csv.gz', 'data/test.jsonl'],
      'it has no split "train"; there is test. Its data/train.csv.gz cannot be read; unpack it first',
    ],
    ['org/arrow', ['0.arrow', '1.arrow', '2.arrow', '3.arrow', '4.arrow'], 'Its 0.arrow, 1.arrow, 2.arrow and 2 more cannot be read'],
    [
      'org/both',
      ['train.csv', 'train.jsonl'],
      'its files for train are of several formats (.csv, .jsonl): give the one file that is meant, e.g. data: org/both:train.csv',
    ],
    ['org/shards', ['data/train-00001-of-00002.jsonl'], 'train-00000-of-00002 is missing, one of the 2 files of train'],
  ])('%s, for it has %j, says so', async (name, paths, words) => {
    push(name, paths);
    const error = await names(name).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(new RegExp(`^data: ${name}: `));
    expect((error as Error).message).toContain(words);
  });

  it('for there is none, or no right to it, says so; once it is there it is found', async () => {
    const attempt = names('org/late');
    await expect(attempt).rejects.toThrow(InputError);
    await expect(attempt).rejects.toThrow(
      /^data: org\/late: .* no public dataset .*check the spelling.* \(taken for a data set .* nothing at .*org.late\)$/,
    );
    push('org/late', ['a.jsonl']);
    expect(await names('org/late')).toEqual(['a.jsonl']);
    push('org/gated', ['a.jsonl']);
    hub.gated.add('datasets/org/gated');
    await expect(names('org/gated')).rejects.toThrow(/org\/gated is gated: accept its terms at .*datasets\/org\/gated/);
  });
});

describe('parseHubData', () => {
  it.each([
    ['openai/gsm8k', { name: 'openai/gsm8k' }],
    ['openai/gsm8k:main', { name: 'openai/gsm8k', part: 'main' }],
    ['a/b@refs/convert/parquet', { name: 'a/b', revision: 'refs/convert/parquet' }],
    ['a/b@v1:data/all/', { name: 'a/b', revision: 'v1', part: 'data/all' }],
    ['a/b:x y.csv', { name: 'a/b', part: 'x y.csv' }],
    ['no/such.jsonl', undefined],
    ['my/task.ts', undefined],
    ['./a/b', undefined],
    ['/a/b', undefined],
    ['a', undefined],
    ['a/b/c', undefined],
    ['C:/x/rows', undefined],
    ['a/b:', undefined],
    ['datasets/b', undefined],
  ])('%s', (text, expected) => expect(parseHubData(text)).toEqual(expected && { text, ...expected }));
});

describe('in a recipe', () => {
  const text = (data: string) => `name: a\nmodel: lab:base\ndata: ${data}\nstages:\n  tune: { kind: sft, data: org/stage@v1 }\n`;

  it('its name is kept, also by the copy in a run, unless its folder has such a path', async () => {
    const file = join(scratch, 'r.yaml');
    const recipe = parseRecipe(text('org/rows:main'), file);
    expect(recipe).toMatchObject({ data: 'org/rows:main', stages: { tune: { data: 'org/stage@v1' } } });
    expect(parseRecipe(formatRecipe(recipe), '/elsewhere/recipe.yaml')).toEqual(recipe);
    await mkdir(join(scratch, 'org', 'rows'), { recursive: true });
    expect(parseRecipe(text('org/rows'), file).data).toBe(join(scratch, 'org', 'rows'));
  });

  it('one that is not there is refused by key before anything loads; no file of one that is there is downloaded yet', async () => {
    const file = join(scratch, 'r.yaml');
    await writeFile(file, text('org/recipe').replace('org/stage@v1', 'org/recipe'));
    await expect(loadRecipe(file)).rejects.toThrow(`${file}: data: org/recipe: `);
    push('org/recipe', ['train.jsonl'], { 'README.md': 'x' });
    await loadRecipe(file);
    expect(asked()).toEqual(['README.md']);
  });
});

it('is what the task gsm8k trains on, its test split held out', async () => {
  const rows = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => `${JSON.stringify({ question: `${from + i}?`, answer: `#### ${from + i}` })}\n`).join('');
  hub.push('datasets/org/math', { 'main/train-00000-of-00001.jsonl': rows(0, 5), 'main/test-00000-of-00001.jsonl': rows(4, 7) });
  const task = await loadTask('gsm8k');
  const { train, heldOut } = await task.load({ data: 'org/math:main', seed: 0 });
  expect(train.map(({ id }) => id)).toEqual([1, 2, 3, 4].map((n) => `train-00000-of-00001.jsonl:${n}`));
  expect(heldOut.map(({ question }) => question)).toEqual(['4?', '5?', '6?']);
  hub.push('datasets/org/sums', { 'sums.jsonl': rows(0, 20) });
  expect((await task.load({ data: 'org/sums', seed: 0 })).heldOut).toHaveLength(2);
});

it('is learnt from by an sft stage, its test split held out; `thinkling data` shows its rows, with a model what is learnt of them', async () => {
  const rows = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => `${JSON.stringify({ prompt: `w${from + i}`, completion: ` w${from + i + 1}` })}\n`).join('');
  hub.push('datasets/org/pairs', { 'data/train.jsonl': rows(3, 4), 'data/test.jsonl': rows(20, 2) });
  const model = await writeTinyModel(join(scratch, 'model'));
  const settings = sftSchema.parse({ kind: 'sft', heldOut: 'test' });
  const { train, heldOut } = await loadSftData(settings, 'org/pairs', await openModelText(model), 1, () => {});
  expect([train.length, heldOut.length]).toEqual([4, 2]);
  const plain = await openSource('org/pairs', { number: 1, from: 1 });
  expect(plain.items[0].prompt).toBe('prompt: w4\ncompletion:  w5');
  const learnt = await openSource('org/pairs:data/test.jsonl', { number: 1, from: 0, model });
  expect(learnt.items[0].tokens).toMatchObject([{ text: 'w20' }, { text: 'w21', trained: true }, { text: 'w0', trained: true }]);
  expect(await readFile((await dataFiles('org/pairs', 'train'))[0], 'utf8')).toBe(rows(3, 4));
});
