// Rows that are computed in chunks and kept, so that a run that was stopped does not compute them again: a file of JSON lines, a line a chunk.

import * as files from '../platform/files.ts';
import { writeFailure } from './failure.ts';
import { wholeLines } from './wholeLines.ts';

/**
 * The rows of the file, and then those that `compute` gives, each chunk kept before the next is begun.
 * @param key of what the rows are of: a file of another key is begun anew
 * @param compute the rows from number `first` on, some or all; numbers are kept to their last bit
 */
export async function keptRows<T>(file: string, key: string, total: number, compute: (first: number) => Promise<T[]>): Promise<T[]> {
  const rows = await rowsOf<T>(file, key);
  try {
    await files.mkdir(files.dirname(file));
    if (rows.length === 0) await files.writeTextAtomic(file, `${JSON.stringify({ key })}\n`);
    while (rows.length < total) {
      const next = await compute(rows.length);
      await files.appendText(file, `${JSON.stringify(next)}\n`);
      for (const row of next) rows.push(row);
    }
  } catch (error) {
    throw writeFailure(error, file, 'What was computed before is kept.');
  }
  return rows;
}

/** What is there of that key; a last line that was cut short is cut off. */
async function rowsOf<T>(file: string, key: string): Promise<T[]> {
  if (!(await files.exists(file))) return [];
  const rows: T[] = [];
  let same = false;
  let whole = 0;
  for await (const { text, end } of wholeLines(file)) {
    if (whole === 0) same = text === JSON.stringify({ key });
    else if (same) for (const row of JSON.parse(text) as T[]) rows.push(row);
    whole = end;
    if (!same) return [];
  }
  await files.truncate(file, whole);
  return rows;
}
