// Rows of a data set with the columns that a task needs: where one lacks a column, the message names its place and what it has.
import { didYouMean } from '../algorithms/nearest.ts';
import { type JsonRow, readJsonl } from '../formats/jsonl.ts';
import { InputError } from '../platform/errors.ts';

export interface DataRow {
  /** From 1, as editors count. */
  line: number;
  row: JsonRow;
}

/**
 * All rows of a JSON Lines file.
 * @param columns that every row must have; null and blank text count as missing.
 * @throws InputError for a file that is missing, empty or not JSON Lines, and for a row that lacks a column.
 */
export async function readRows(file: string, columns: readonly string[]): Promise<DataRow[]> {
  const rows: DataRow[] = [];
  for await (const { line, row } of readJsonl(file)) {
    for (const column of columns) requireColumn(row, column, `${file}:${line}`);
    rows.push({ line, row });
  }
  if (rows.length === 0) throw new InputError(`${file}: there are no rows in it`);
  return rows;
}

function requireColumn(row: JsonRow, column: string, where: string): void {
  const names = Object.keys(row);
  if (!Object.hasOwn(row, column)) {
    const found = names.length === 0 ? 'the row is empty' : `the row has ${names.map((name) => `"${name}"`).join(', ')}`;
    const hint = names.length > 1 ? didYouMean(column, names) : '';
    throw new InputError(`${where}: the column "${column}" is missing; ${found}${hint.startsWith('; did') ? hint : ''}`);
  }
  const value = row[column];
  if (value === null || (typeof value === 'string' && value.trim() === ''))
    throw new InputError(`${where}: the column "${column}" is empty`);
}
