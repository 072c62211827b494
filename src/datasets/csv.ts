// CSV and TSV, by csv-parse (RFC 4180 quotes, either line end or both in one file, a byte order mark passed over). Every value is text,
// exactly as it is written: 0012 and 9007199254740993 stay what they are. The first line names the columns.

import { pipeline, Readable } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { openInput } from '../formats/inputFile.ts';
import type { JsonRow } from '../formats/jsonl.ts';
import { InputError } from '../platform/errors.ts';

const chunkBytes = 1 << 20;
// As long as a line of JSON Lines may be.
const maxRecordChars = 1 << 28;

/**
 * The rows of a file with the line that each begins on (from 1; the names of the columns are line 1). Empty lines are passed over.
 * @throws InputError with file:line for a row that has more or fewer values than there are columns, quotes that do not close, text that
 * is not UTF-8
 */
export async function* readCsv(file: string, delimiter: ',' | '\t'): AsyncGenerator<{ line: number; row: JsonRow }> {
  const parser = parse({
    bom: true,
    columns: (names: string[]) => checkedNames(file, names),
    delimiter,
    info: true,
    max_record_size: maxRecordChars,
    // By itself the library takes the first line's end for that of all: rows with the other one would be joined, or keep its \r.
    record_delimiter: ['\r\n', '\n'],
    // A quote that does not enclose a whole value is a character like any other: 6" x 4".
    relax_quotes: true,
    skip_empty_lines: true,
  });
  // What goes wrong in either is thrown where the parser is read.
  pipeline(Readable.from(textOf(file)), parser, () => {});
  // Counted here: the library takes \r\n within quotes for two line ends.
  let line = 1;
  let passedOver = 0;
  const move = (empty: number): void => {
    line += empty - passedOver;
    passedOver = empty;
  };
  try {
    for await (const { info, record } of parser as AsyncIterable<{ info: Info; record: Record<string, string> }>) {
      if (line === 1) line += 1 + Object.keys(record).reduce((sum, name) => sum + lineEnds(name), 0);
      move(info.empty_lines);
      yield { line, row: record };
      line += 1 + Object.values(record).reduce((sum, value) => sum + lineEnds(value), 0);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (typeof error.empty_lines === 'number') move(error.empty_lines);
    throw new InputError(`${file}:${Math.max(line, 2)}: ${inWords(error)}`);
  }
}

async function* textOf(file: string): AsyncGenerator<string> {
  const handle = await openInput(file);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let line = 1;
  try {
    for (let offset = 0; offset < handle.size; offset += chunkBytes) {
      const bytes = await handle.read(offset, Math.min(chunkBytes, handle.size - offset));
      let text: string;
      try {
        text = decoder.decode(bytes, { stream: offset + chunkBytes < handle.size });
      } catch {
        const lines = bytes.filter((byte) => byte === 10).length;
        throw new InputError(
          `${file}: it is not UTF-8 (somewhere in lines ${line} to ${line + lines}); save it as UTF-8, or convert it: iconv -t UTF-8`,
        );
      }
      if (text.includes('\0')) throw new InputError(`${file}: it holds zero bytes: it is not UTF-8 text; save it as UTF-8`);
      line += lineEnds(text);
      yield text;
    }
  } finally {
    await handle.close();
  }
}

function checkedNames(file: string, names: string[]): string[] {
  if (names.some((name) => /\r(?!\n)/.test(name)))
    throw new InputError(`${file}:1: its lines end at \\r alone; they must end at \\n or \\r\\n: tr '\\r' '\\n' < old.csv > new.csv`);
  const empty = names.findIndex((name) => name.trim() === '');
  if (empty >= 0) throw new InputError(`${file}:1: column ${empty + 1} of ${names.length} has no name; the first line names the columns`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new InputError(`${file}:1: two columns are called "${twice}"; the first line names the columns`);
  return names;
}

function lineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function inWords(error: CsvError): string {
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_COLUMNS':
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH': {
      const found = (error.record as unknown[] | undefined)?.length;
      const columns = (error.columns as unknown[] | undefined)?.length;
      return `the row has ${found} values, the first line names ${columns} columns; a value with a delimiter or a line end in it must be quoted`;
    }
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote is opened and never closed';
    case 'CSV_MAX_RECORD_SIZE':
      return `the row is longer than ${maxRecordChars >> 20} million characters; is a quote not closed?`;
    default:
      return `not valid: ${error.message}`;
  }
}
