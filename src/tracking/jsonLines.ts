// Rows as JSON lines. JSON has no NaN, no infinity and no 64-bit integers: the first two become null with their names kept in
// `nonFinite`, so that a reader sees what happened; the last become text, all digits.
import * as files from '../platform/files.ts';

/** One line, with its newline. A field that is undefined is left out: an absent metric is missing, not null. */
export function jsonLine(row: object): string {
  const nonFinite: string[] = [];
  const clean = plain(row, '', nonFinite) as object;
  return `${JSON.stringify(nonFinite.length > 0 ? { ...clean, nonFinite } : clean)}\n`;
}

function plain(value: unknown, name: string, nonFinite: string[]): unknown {
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    nonFinite.push(name);
    return null;
  }
  if (typeof value === 'bigint') return String(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return plain(Array.from(value as unknown as ArrayLike<number | bigint>), name, nonFinite);
  if (Array.isArray(value)) return value.map((v, i) => plain(v, `${name}[${i}]`, nonFinite));
  if (typeof value === 'object' && value !== null && !('toJSON' in value))
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, plain(v, name === '' ? key : `${name}.${key}`, nonFinite)]));
  return value;
}

/** The rows of a file of JSON lines; none where the file is missing. A last line without its newline was cut short and is left out. */
export async function readJsonLines(file: string): Promise<Record<string, unknown>[]> {
  if (!(await files.exists(file))) return [];
  const lines = (await files.readText(file)).split('\n');
  lines.pop();
  return lines.map((line, i) => {
    try {
      return JSON.parse(line);
    } catch {
      throw new Error(`${file}:${i + 1}: this line is not JSON`);
    }
  });
}
