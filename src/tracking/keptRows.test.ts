// Rows that are computed once: a process that was killed goes on after the last whole chunk.

import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { keptRows } from './keptRows.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-kept-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const rows = Array.from({ length: 10 }, (_, n) => [Math.sin(n), -1 / (n + 3)]);
const inFours = (asked: number[]) => async (first: number) => {
  asked.push(first);
  return rows.slice(first, first + 4);
};

it('are kept chunk by chunk, to their last bit, and not computed again', async () => {
  const file = join(root, 'deep', 'rows.jsonl');
  const asked: number[] = [];
  const failing = async (first: number) => {
    if (first === 8) throw new Error('stopped');
    return inFours(asked)(first);
  };
  await expect(keptRows(file, 'a', 10, failing)).rejects.toThrow('stopped');
  appendFileSync(file, '[[1,2],[3');
  expect(await keptRows(file, 'a', 10, inFours(asked))).toEqual(rows);
  expect(asked).toEqual([0, 4, 8]);
  expect(await keptRows(file, 'a', 10, inFours(asked))).toEqual(rows);
  expect(asked).toHaveLength(3);
});

it('of other data are computed anew', async () => {
  const file = join(root, 'other.jsonl');
  await keptRows(file, 'a', 10, inFours([]));
  const asked: number[] = [];
  expect(await keptRows(file, 'b', 10, inFours(asked))).toEqual(rows);
  expect(asked).toEqual([0, 4, 8]);
  expect(readFileSync(file, 'utf8')).toMatch(/^\{"key":"b"\}\n/);
});
