// Rows of a data set with the columns that a task needs: where one lacks a column, the message names its place and what it has.
import { didYouMean } from '../algorithms/nearest.ts';
import type { JsonRow } from '../formats/jsonl.ts';
import { InputError } from '../platform/errors.ts';
import { dataFiles } from './files.ts';
import { type DataRow, readFile } from './formats.ts';

export type { DataRow } from './formats.ts';

export interface ReadOptions {
  /** Default: train. */
  split?: string;
  /** Under which name the data has a wanted column, where it is not its own. */
  columns?: Readonly<Record<string, string>>;
}

/**
 * All rows of one split of a data set: a file, a directory or a name on the hub (files.ts).
 * @param wanted columns that every row must have, and has under these names afterwards; null and blank text count as missing.
 * @throws InputError for a file that is missing, empty or damaged, a row that lacks a column, and a mapping of a column that is not wanted.
 */
export async function readRows(
  data: string,
  wanted: readonly string[],
  { split = 'train', columns = {} }: ReadOptions = {},
): Promise<DataRow[]> {
  const odd = Object.keys(columns).find((name) => !wanted.includes(name));
  if (odd !== undefined)
    throw new InputError(`columns: ${odd} is no column that is asked for; those are ${wanted.join(', ')}${didYouMean(odd, wanted)}`);
  const rows: DataRow[] = [];
  for await (const read of streamRows(data, split)) {
    const row = { ...read.row };
    for (const name of wanted) {
      const source = columns[name] ?? name;
      requireColumn(read, source);
      row[name] = read.row[source];
    }
    rows.push({ ...read, row });
  }
  return rows;
}

/**
 * The rows of one split, one after another, its files by name.
 * @throws InputError as `readRows`
 */
export async function* streamRows(data: string, split: string): AsyncGenerator<DataRow> {
  let empty = true;
  for (const file of await dataFiles(data, split))
    for await (const row of readFile(file)) {
      empty = false;
      yield row;
    }
  if (empty) throw new InputError(`${data}: there are no rows in it`);
}

/** @throws InputError naming the row's place, what it has, and the name that may be meant */
export function requireColumn({ row, place }: DataRow, column: string): void {
  if (!Object.hasOwn(row, column)) throw new InputError(`${place}: ${missingColumn(row, column)}`);
  const value = row[column];
  if (value === null || (typeof value === 'string' && value.trim() === ''))
    throw new InputError(`${place}: the column "${column}" is empty`);
}

function missingColumn(row: JsonRow, column: string): string {
  const names = Object.keys(row);
  const hint = names.length > 1 ? didYouMean(column, names) : '';
  return `the column "${column}" is missing; ${columnsFound(row)}${hint.startsWith('; did') ? hint : ''}`;
}

export function columnsFound(row: JsonRow): string {
  const names = Object.keys(row);
  return names.length === 0 ? 'the row is empty' : `the row has ${names.map((name) => `"${name}"`).join(', ')}`;
}
