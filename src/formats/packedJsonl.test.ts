// JSON Lines packed by gzip: the same rows, and what is wrong with a file said.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { readJsonl } from './jsonl.ts';

const dir = mkdtempSync(join(tmpdir(), 'thinkling-gzip-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const packed = (bytes: Uint8Array): string => {
  const file = join(dir, 'rows.jsonl.gz');
  writeFileSync(file, bytes);
  return file;
};
const rowsOf = async (bytes: Uint8Array): Promise<unknown[]> => {
  const rows: unknown[] = [];
  for await (const { row } of readJsonl(packed(bytes))) rows.push(row);
  return rows;
};

const rows = Array.from({ length: 2_000 }, (_, n) => ({ n, text: `row ${n} \u7b49 ${Math.sin(n)}` }));
const lines = rows.map((row) => `${JSON.stringify(row)}\n`);

it('gives the rows, of several packed parts one after another too', async () => {
  expect(await rowsOf(gzipSync(lines.join('')))).toEqual(rows);
  const parts = [lines.slice(0, 700), lines.slice(700)].map((some) => gzipSync(some.join('')));
  expect(await rowsOf(Buffer.concat(parts))).toEqual(rows);
});

it('gives the file back where the reader stops early', async () => {
  for await (const { row, line } of readJsonl(packed(gzipSync(lines.join(''))))) {
    expect([row, line]).toEqual([rows[0], 1]);
    break;
  }
});

it.each([
  ['cut short', gzipSync(lines.join('')).subarray(0, 9_000), /cannot be unpacked/],
  ['not gzip', Buffer.from('{"a":1}\n'), /cannot be unpacked/],
  ['with a line that is no JSON', gzipSync('{"a":1}\nb\n'), /rows.jsonl.gz:2: not valid JSON/],
])('%s: is refused by name', async (_, bytes, words) => {
  const error = await rowsOf(bytes).catch((e) => e);
  expect(error).toBeInstanceOf(InputError);
  expect(error.message).toMatch(words);
});
