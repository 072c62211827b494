// The rows of one file, by its extension: JSON Lines, CSV, TSV, Parquet; each read as a stream, so that a large file is never held whole.

import { didYouMean } from '../algorithms/nearest.ts';
import { type JsonRow, readJsonl } from '../formats/jsonl.ts';
import { InputError } from '../platform/errors.ts';
import { readCsv } from './csv.ts';
import { readParquet } from './parquet.ts';

export interface DataRow {
  /** For messages: `file:line`, or `file: row n` where a file has no lines. */
  place: string;
  /** Where it is from. */
  file: string;
  /** From 1, as editors count; in Parquet the number of the row. */
  line: number;
  row: JsonRow;
}

type Reader = (file: string) => AsyncGenerator<DataRow>;

const readers: Record<string, Reader> = {
  jsonl: (file) => placed(file, readJsonl(file)),
  'jsonl.gz': (file) => placed(file, readJsonl(file)),
  ndjson: (file) => placed(file, readJsonl(file)),
  csv: (file) => placed(file, readCsv(file, ',')),
  tsv: (file) => placed(file, readCsv(file, '\t')),
  parquet: async function* (file) {
    for await (const { number, row } of readParquet(file)) yield { place: `${file}: row ${number}`, file, line: number, row };
  },
};

export const readableFormats = '.jsonl, .jsonl.gz, .ndjson, .csv, .tsv or .parquet';

const hints: Record<string, string> = {
  json: '; JSON Lines has one object a line (jq -c ".[]" rows.json > rows.jsonl makes it of a list)',
  gz: '; unpack it first',
  zst: '; unpack it first',
  zip: '; unpack it first',
  py: '; programs that make data are not run',
};

/** What to do about a file of another format, where that is known. */
export function unreadHint(file: string): string {
  const extension = extensionOf(file);
  return hints[extension] ?? (extension.endsWith('.gz') ? hints.gz : '');
}

/** Whether the name is that of a data file. */
export function isDataFile(file: string): boolean {
  return Object.hasOwn(readers, extensionOf(file));
}

/**
 * The rows of a file, in its order.
 * @throws InputError for an extension that is not known, and for what is wrong in the file, with its place
 */
export function readFile(file: string): AsyncGenerator<DataRow> {
  const extension = extensionOf(file);
  if (Object.hasOwn(readers, extension)) return readers[extension](file);
  const known = Object.keys(readers);
  const near = didYouMean(extension, known);
  const hint = unreadHint(file) || (near.startsWith('; did') ? near : '');
  throw new InputError(
    `${file}: ${extension === '' ? 'its name has no extension' : `".${extension}" is no format that is read`}; data comes as ${known.map((name) => `.${name}`).join(', ')}${hint}`,
  );
}

/** In small letters; of a packed file with that of what is in it: `jsonl.gz`. */
export function extensionOf(file: string): string {
  return /\.([^./\\]+\.gz|[^./\\]+)$/i.exec(file)?.[1].toLowerCase() ?? '';
}

async function* placed(file: string, rows: AsyncIterable<{ line: number; row: JsonRow }>): AsyncGenerator<DataRow> {
  for await (const { line, row } of rows) yield { place: `${file}:${line}`, file, line, row };
}
