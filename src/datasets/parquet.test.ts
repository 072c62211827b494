// Parquet as pyarrow writes it: values against the ones that were written (golden/, made by bench/golden/parquet_files.py), and files that
// are damaged.

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonRow, parseJson, stringifyJson } from '../formats/jsonl.ts';
import { InputError } from '../platform/errors.ts';
import { join, pathOf, remove, temporaryDirectory } from '../platform/files.ts';
import { readParquet } from './parquet.ts';

const golden = (name: string) => pathOf(new URL(`golden/${name}`, import.meta.url));
const written = parseJson(readFileSync(golden('hard.json'), 'utf8')) as JsonRow[];

async function rowsOf(file: string): Promise<JsonRow[]> {
  const rows: JsonRow[] = [];
  for await (const { number, row } of readParquet(file)) {
    rows.push(row);
    expect(number).toBe(rows.length);
  }
  return rows;
}

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-parquet-');
});
afterAll(() => remove(dir));

// R64
describe.each([
  ['snappy', 100],
  ['zstd', 100],
  ['gzip', 3],
  ['brotli', 3],
  ['lz4', 3],
])('a file compressed by %s', (codec, count) => {
  it('gives the values that were written, over the ends of pages and row groups', async () => {
    const rows = await rowsOf(golden(`hard.${codec}.parquet`));
    expect(rows).toHaveLength(count);
    for (const [i, row] of rows.entries()) expect(row, `row ${i + 1}`).toEqual(written[i]);
  });
});

it('integers beyond 2^53 are exact, and so is the JSON that is made of them', async () => {
  const rows = await rowsOf(golden('hard.snappy.parquet'));
  expect(rows[1].big).toBe(9007199254740993n);
  expect(rows[0].unsigned).toBe(18446744073709551615n);
  expect(rows[2].big).toBe(-2);
  expect(stringifyJson(rows[1])).toContain('"big":9007199254740993,"unsigned":18446744073709551614,');
  expect(rows.map((row) => parseJson(stringifyJson(row)))).toEqual(written);
});

it('what is null stays null: booleans, texts, lists, structs and what is in them', async () => {
  const rows = await rowsOf(golden('hard.zstd.parquet'));
  expect(rows.map(({ flag }) => flag)).toEqual(Array.from({ length: 100 }, (_, i) => (i % 3 === 0 ? null : i % 2 === 0)));
  expect([rows[4].answer, rows[9].nested, rows[10].nested, rows[11].messages, rows[14].info]).toEqual([null, null, [], null, null]);
  expect(rows[5].answer).toBe('\ufeffline\u2028one\r\ntwo');
});

describe('a file that is not whole', () => {
  const whole = readFileSync(golden('hard.snappy.parquet'));
  it.each([
    ['cut short', whole.subarray(0, 9000)],
    ['empty', whole.subarray(0, 0)],
    ['text', Buffer.from('{"a":1}\n{"a":2}\n')],
    ['damaged in its data', Buffer.concat([whole.subarray(0, 40), Buffer.alloc(4000, 0xff), whole.subarray(4040)])],
    ['damaged in its footer', Buffer.concat([whole.subarray(0, -3000), Buffer.alloc(1000, 0xff), whole.subarray(-2000)])],
    ['ended by a length beyond it', Buffer.concat([whole.subarray(0, -8), Buffer.from([0xff, 0xff, 0xff, 0x7f]), whole.subarray(-4)])],
  ])('(%s) is refused by name', async (name, bytes) => {
    const file = join(dir, `${name}.parquet`);
    await writeFile(file, bytes);
    const error = await rowsOf(file).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(`${file}: it cannot be read as Parquet: `);
  });

  it('or not there, too', async () => {
    await expect(rowsOf(join(dir, 'none.parquet'))).rejects.toThrow(/none\.parquet: there is no such file/);
  });
});
