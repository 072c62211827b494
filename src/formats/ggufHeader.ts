// The checks that stand before the GGUF parser: a walk over the whole header that believes no length, count or type before the bytes for
// it are known to be in the file. @huggingface/gguf then reads the values; by itself it would take zeros for what lies past the end.
// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

import { InputError } from '../platform/errors.ts';
import type { ReadHandle } from '../platform/files.ts';

/** The types of metadata values, by their number in the file, and the bytes of those that have a fixed size. */
export const valueTypes = [
  'UINT8',
  'INT8',
  'UINT16',
  'INT16',
  'UINT32',
  'INT32',
  'FLOAT32',
  'BOOL',
  'STRING',
  'ARRAY',
  'UINT64',
  'INT64',
  'FLOAT64',
];
const valueBytes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
const STRING = 8;
const ARRAY = 9;

// What the parser behind us takes; real files stay far below.
const maxString = 10_000_000;
const maxArray = 1_000_000;
const maxHeader = 48_000_000;
const maxKey = 65535;
const maxDepth = 3;

/** Walks over the header. @throws InputError naming the file and the key, the tensor or the byte where it is wrong. */
export async function checkGgufHeader(file: ReadHandle): Promise<void> {
  const cursor = new Cursor(file);
  const magic = await cursor.bytes(4, 'the magic number').catch(() => new Uint8Array(4));
  if (new TextDecoder().decode(magic) !== 'GGUF') throw new InputError(`${file.path}: not a GGUF file (it does not begin with 'GGUF')`);
  const version = await cursor.uint32('the version');
  if (version !== 2 && version !== 3)
    throw new InputError(`${file.path}: GGUF version ${version} is not supported; 2 and 3 are (little-endian)`);
  // A tensor's entry has at least 24 bytes and a key at least 14: more of them than that cannot be there.
  const tensors = await cursor.count(24, 'the number of tensors');
  const keys = await cursor.count(14, 'the number of metadata keys');
  await walkMetadata(cursor, keys, file.path);
  await walkTensors(cursor, tensors, file.path);
}

async function walkMetadata(cursor: Cursor, count: number, path: string): Promise<void> {
  const seen = new Set<string>();
  for (let i = 0; i < count; i++) {
    const at = cursor.offset;
    const key = await cursor.string(maxKey, `the name of metadata key ${i + 1}`);
    if (key === '') throw new InputError(`${path}: metadata key ${i + 1} (byte ${at}) has an empty name`);
    if (seen.has(key)) throw new InputError(`${path}: metadata key '${key}' occurs twice`);
    seen.add(key);
    await walkValue(cursor, await cursor.uint32(`the type of '${key}'`), `'${key}'`, 0);
  }
}

async function walkValue(cursor: Cursor, type: number, what: string, depth: number): Promise<void> {
  if (type >= valueTypes.length) throw cursor.error(`${what} is of unknown type ${type}`);
  if (type === STRING) return cursor.skipString(maxString, what);
  if (type !== ARRAY) return cursor.skip(valueBytes[type], what);
  if (depth === maxDepth) throw cursor.error(`${what} is an array nested too deeply`);
  const element = await cursor.uint32(`the element type of ${what}`);
  if (element >= valueTypes.length) throw cursor.error(`${what} is an array of unknown type ${element}`);
  const length = await cursor.count(
    element === STRING ? 8 : element === ARRAY ? 12 : valueBytes[element],
    `the length of the array ${what}`,
  );
  if (length > maxArray) throw cursor.error(`the array ${what} has ${length} elements; at most ${maxArray} are supported`);
  if (element !== STRING && element !== ARRAY) return cursor.skip(length * valueBytes[element], what);
  for (let i = 0; i < length; i++) await walkValue(cursor, element, what, depth + 1);
}

async function walkTensors(cursor: Cursor, count: number, path: string): Promise<void> {
  const seen = new Set<string>();
  for (let i = 0; i < count; i++) {
    const name = await cursor.string(maxKey, `the name of tensor ${i + 1}`);
    if (seen.has(name)) throw new InputError(`${path}: tensor '${name}' occurs twice`);
    seen.add(name);
    const dimensions = await cursor.uint32(`the number of dimensions of tensor '${name}'`);
    if (dimensions < 1 || dimensions > 4) throw cursor.error(`tensor '${name}' has ${dimensions} dimensions; 1 to 4 are possible`);
    // Sizes, type and offset.
    await cursor.skip(8 * dimensions + 4 + 8, `the place of tensor '${name}'`);
  }
}

/** Reads forward through a window; every read is refused where the file ends before. */
class Cursor {
  offset = 0;
  #window = new Uint8Array(0);
  #windowStart = 0;
  readonly #file: ReadHandle;

  constructor(file: ReadHandle) {
    this.#file = file;
  }

  error(problem: string): InputError {
    return new InputError(`${this.#file.path}: ${problem} (byte ${this.offset})`);
  }

  async skip(length: number, what: string): Promise<void> {
    if (length > this.#file.size - this.offset) {
      throw this.error(`${what} needs ${length} bytes, but the file has only ${this.#file.size}: it is cut short or broken`);
    }
    this.offset += length;
    if (this.offset > maxHeader) throw this.error(`the header is larger than ${maxHeader} bytes, which is not supported`);
  }

  async bytes(length: number, what: string): Promise<Uint8Array> {
    const start = this.offset;
    await this.skip(length, what);
    if (start < this.#windowStart || this.offset > this.#windowStart + this.#window.length) {
      this.#window = await this.#file.read(start, Math.min(Math.max(length, 1 << 18), this.#file.size - start));
      this.#windowStart = start;
    }
    return this.#window.subarray(start - this.#windowStart, this.offset - this.#windowStart);
  }

  async #view(length: number, what: string): Promise<DataView> {
    const bytes = await this.bytes(length, what);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  async uint32(what: string): Promise<number> {
    return (await this.#view(4, what)).getUint32(0, true);
  }

  /** A 64-bit count of things that take at least `size` bytes each. */
  async count(size: number, what: string): Promise<number> {
    const at = this.offset;
    const value = (await this.#view(8, what)).getBigUint64(0, true);
    const left = this.#file.size - this.offset;
    if (value * BigInt(size) > BigInt(left)) {
      this.offset = at;
      throw this.error(`${what} is ${value}, but only ${left} bytes follow: the file is cut short or broken`);
    }
    return Number(value);
  }

  async #length(limit: number, what: string): Promise<number> {
    const length = await this.count(1, `the length of ${what}`);
    if (length > limit) throw this.error(`${what} is ${length} bytes long; at most ${limit} are supported`);
    return length;
  }

  async string(limit: number, what: string): Promise<string> {
    return new TextDecoder().decode(await this.bytes(await this.#length(limit, what), what));
  }

  async skipString(limit: number, what: string): Promise<void> {
    await this.skip(await this.#length(limit, what), what);
  }
}
