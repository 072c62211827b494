// Parquet, by hyparquet: one row group in memory at a time. Its values become those of JSON, and nothing is rounded on the way: integers
// beyond 2^53 come as bigint, times as ISO text with all their digits, decimals exactly.

import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { openInput } from '../formats/inputFile.ts';
import { type JsonRow, type JsonValue, parseJson } from '../formats/jsonl.ts';
import { InputError } from '../platform/errors.ts';

/**
 * The rows of a file with their numbers, from 1.
 * @throws InputError naming the file where it is not Parquet, is cut short or damaged, or holds what cannot be read exactly
 */
export async function* readParquet(file: string): AsyncGenerator<{ number: number; row: JsonRow }> {
  const handle = await openInput(file);
  const buffer: AsyncBuffer = {
    byteLength: handle.size,
    slice: async (start, end = handle.size) => (await handle.read(start, end - start)).buffer,
  };
  const readable = async <T>(part: () => Promise<T>): Promise<T> => {
    try {
      return await part();
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw new InputError(`${file}: it cannot be read as Parquet: ${error instanceof Error ? error.message : error}`);
    }
  };
  try {
    // Without our parsers: the statistics in it may hold texts that are cut anywhere.
    const metadata = await readable(() => parquetMetadataAsync(buffer, { geoparquet: false, parsers: { jsonFromBytes: () => undefined } }));
    const decimals = takeDecimals(metadata, file);
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const rows = await readable(() =>
        parquetReadObjects({ file: buffer, metadata, rowStart, rowEnd, compressors, parsers, utf8: false, geoparquet: false }),
      );
      for (const [i, row] of rows.entries()) {
        for (const [name, scale] of decimals) row[name] = exactDecimal(row[name], scale);
        yield { number: rowStart + i + 1, row: plain(row) as JsonRow };
      }
      rowStart = rowEnd;
    }
  } finally {
    await handle.close();
  }
}

// A string keeps a byte order mark that is part of it, and is never mended in silence.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const parsers = {
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && utf8.decode(bytes),
  jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && parseJson(utf8.decode(bytes)),
  dateFromDays: (days: number | undefined) => (days === undefined ? undefined : timeText(BigInt(days) * 86_400n, '').slice(0, -10)),
  timestampFromMilliseconds: (millis: bigint | undefined) => fractionOfSecond(millis, 3),
  timestampFromMicroseconds: (micros: bigint | undefined) => fractionOfSecond(micros, 6),
  timestampFromNanoseconds: (nanos: bigint | undefined) => fractionOfSecond(nanos, 9),
};

/** ISO 8601 with every digit of the time's unit, 10^-digits seconds. */
function fractionOfSecond(time: bigint | undefined, digits: number): string | undefined {
  if (time === undefined || time === null) return undefined;
  const unit = 10n ** BigInt(digits);
  const fraction = ((BigInt(time) % unit) + unit) % unit;
  return timeText((BigInt(time) - fraction) / unit, `.${String(fraction).padStart(digits, '0')}`);
}

function timeText(seconds: bigint, fraction: string): string {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return `${seconds}${fraction} s since 1970`;
  return date.toISOString().replace('.000Z', `${fraction}Z`);
}

/**
 * Takes the mark of a decimal off its columns, for the library would make doubles of them. Returns their scales by name.
 * @throws InputError where one lies deeper than a column
 */
function takeDecimals(metadata: FileMetaData, file: string): Map<string, number> {
  const top = new Set(parquetSchema(metadata).children.map(({ element }) => element));
  const scales = new Map<string, number>();
  for (const element of metadata.schema) {
    if (element.converted_type !== 'DECIMAL' && element.logical_type?.type !== 'DECIMAL') continue;
    if (!top.has(element))
      throw new InputError(`${file}: "${element.name}" is a decimal within a list or struct, which is not read exactly: write it as text`);
    scales.set(element.name, element.scale ?? 0);
    element.converted_type = undefined;
    element.logical_type = undefined;
  }
  return scales;
}

/** A number where 15 digits are enough for it, else a bigint or text. */
function exactDecimal(value: unknown, scale: number): JsonValue {
  if (value === null || value === undefined) return null;
  const unscaled = value instanceof Uint8Array ? bigEndian(value) : BigInt(value as number | bigint);
  if (scale === 0) return unscaled;
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const text = `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return digits.length <= 15 ? Number(text) : text;
}

function bigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = value * 256n + BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}

/** Bytes that no annotation calls text are text where they are UTF-8, else base64. */
function plain(value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'object') return value as JsonValue;
  if (value instanceof Uint8Array) {
    try {
      return utf8.decode(value);
    } catch {
      return Buffer.from(value).toString('base64');
    }
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as ArrayLike<unknown>, plain);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}
