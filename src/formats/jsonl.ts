// JSON Lines: one JSON object a line, read as a stream, so that a data set of any size takes the memory of its longest row.
// Lines end at "\n" alone ("\r\n" too): U+2028 is text. Integers that a double cannot hold come as bigint, digit for digit, since a
// reward that compares answers must not find ...931 equal to ...930.

import { InputError, messageOf } from '../platform/errors.ts';
import { gunzip } from '../platform/gzip.ts';
import { openInput } from './inputFile.ts';

export type JsonValue = string | number | bigint | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonRow = { [key: string]: JsonValue };

const chunkBytes = 1 << 20;
// Below the longest string that V8 can hold.
const maxLineBytes = 1 << 28;

/**
 * The rows of a file, packed by gzip where its name ends in .gz, with their line numbers (from 1). Blank lines are passed over; a byte order mark is too.
 * @throws InputError with file:line where a line is not a JSON object, not UTF-8, or longer than 256 MB.
 */
export async function* readJsonl(file: string): AsyncGenerator<{ line: number; row: JsonRow }> {
  let line = 0;
  for await (const bytes of readLines(file)) {
    line++;
    const row = parseLine(bytes, `${file}:${line}`, line === 1);
    if (row !== undefined) yield { line, row };
  }
}

async function* readLines(file: string): AsyncGenerator<Uint8Array> {
  let line = 1;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const take = (last: Uint8Array) => {
    if (held.length === 0) return last;
    const whole = new Uint8Array(heldBytes + last.length);
    let at = 0;
    for (const part of [...held, last]) {
      whole.set(part, at);
      at += part.length;
    }
    held = [];
    heldBytes = 0;
    return whole;
  };
  for await (const chunk of chunksOf(file)) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield take(chunk.subarray(from, end));
      line++;
      from = end + 1;
    }
    held.push(chunk.subarray(from));
    heldBytes += chunk.length - from;
    if (heldBytes > maxLineBytes)
      throw new InputError(`${file}:${line}: the line is longer than ${maxLineBytes >> 20} MB; is this JSON Lines?`);
  }
  if (heldBytes > 0) yield take(new Uint8Array(0));
}

async function* chunksOf(file: string): AsyncGenerator<Uint8Array> {
  if (!/\.gz$/i.test(file)) {
    yield* chunksAsTheyAre(file);
    return;
  }
  try {
    yield* gunzip(chunksAsTheyAre(file));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${file}: it cannot be unpacked: ${messageOf(error)}; is it gzip, and whole?`);
  }
}

async function* chunksAsTheyAre(file: string): AsyncGenerator<Uint8Array> {
  const handle = await openInput(file);
  try {
    for (let offset = 0; offset < handle.size; offset += chunkBytes)
      yield await handle.read(offset, Math.min(chunkBytes, handle.size - offset));
  } finally {
    await handle.close();
  }
}

function parseLine(bytes: Uint8Array, where: string, first: boolean): JsonRow | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InputError(`${where}: the line is not valid UTF-8`);
  }
  if (first && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  if (/^[ \t\r]*$/.test(text)) return undefined;
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new InputError(`${where}: not valid JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new InputError(
    `${where}: expected a JSON object, found ${value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`}`,
  );
}

/**
 * JSON.parse, but an integer beyond +-(2^53 - 1) becomes a bigint instead of a neighbour of itself. Other numbers are doubles.
 * @throws SyntaxError as JSON.parse does, and where a number is beyond all doubles (1e400), which JSON.parse makes Infinity.
 */
export function parseJson(text: string): JsonValue {
  const value = JSON.parse(text) as JsonValue;
  // What a double cannot hold has an exponent of three digits, or as many digits as this.
  if (!/[eE]\+?\d{3}|\d{16}/.test(text)) return value;
  // Written anew, so that an escape in the text does not hide the mark.
  const mark = unusedMark(JSON.stringify(value));
  const marked = replaceNumbers(text, (literal) => {
    const number = Number(literal);
    if (/^-?\d+$/.test(literal)) return Number.isSafeInteger(number) ? literal : `"${mark}${literal}"`;
    if (!Number.isFinite(number)) throw new SyntaxError(`the number ${literal} is too large`);
    return literal;
  });
  return JSON.parse(marked, (_, item) => (typeof item === 'string' && item.startsWith(mark) ? BigInt(item.slice(mark.length)) : item));
}

/** JSON.stringify on one line, with bigints as plain integers: what parseJson reads back exactly. */
export function stringifyJson(value: unknown): string {
  let found = false;
  const plain = JSON.stringify(value, (_, item) => {
    if (typeof item !== 'bigint') return item;
    found = true;
    return null;
  });
  if (!found) return plain;
  const mark = unusedMark(plain);
  const marked = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${mark}${item}` : item));
  return marked.replace(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1');
}

// A text that occurs nowhere in `text`.
function unusedMark(text: string): string {
  for (let i = 0; ; i++) {
    const mark = `big${i}:`;
    if (!text.includes(mark)) return mark;
  }
}

// Applies `change` to every number literal of valid JSON, leaving strings alone. A scan by hand: a regular expression over strings of
// megabytes overflows the engine's stack.
function replaceNumbers(text: string, change: (literal: string) => string): string {
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < text.length; ) {
    const char = text[i];
    if (char === '"') {
      for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++;
      i++;
    } else if (char === '-' || (char >= '0' && char <= '9')) {
      let end = i + 1;
      while (end < text.length && '0123456789.eE+-'.includes(text[end])) end++;
      parts.push(text.slice(from, i), change(text.slice(i, end)));
      from = i = end;
    } else i++;
  }
  return parts.join('') + text.slice(from);
}
