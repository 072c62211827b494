// Safetensors files: a JSON header with the name, type, shape and place of each tensor, then their bytes.
// Nothing in the header is believed before it is checked, and no tensor is in memory twice: reads are ranged, writes stream.
// Format: https://huggingface.co/docs/safetensors

import { InputError } from '../platform/errors.ts';
import { openForWriting, type ReadHandle, remove, rename } from '../platform/files.ts';
import { bf16ToFloat, f16ToFloat, floatToBf16, floatToF16 } from './floats.ts';
import { openInput } from './inputFile.ts';

/** Bytes of one element of each type that may be in a file. */
const elementBytes: Record<string, number> = {
  ...{ F64: 8, F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1 },
  ...{ I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1 },
};
const readable = ['F32', 'BF16', 'F16'];

// The reference implementation's limit.
const maxHeader = 100_000_000;
// Elements converted at a time: what a read or a write needs beside the tensor itself is twice this.
const chunk = 1 << 20;

export interface TensorInfo {
  dtype: string;
  shape: number[];
  /** Its size in the file. */
  bytes: number;
}

export interface Safetensors {
  /** In the order of their place in the file. */
  tensors: Map<string, TensorInfo>;
  /** `__metadata__`; empty where there is none. */
  metadata: Record<string, string>;
  /** @throws InputError where there is no such tensor, or its type is not F32, BF16 or F16. */
  requireReadable(name: string): void;
  /**
   * One tensor, flat and row-major, as float32.
   * @throws InputError as `requireReadable`
   */
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Opens a file and checks its whole header: every byte of data belongs to exactly one tensor, whose type and shape give its size.
 * @throws InputError naming the file and the tensor.
 */
export async function openSafetensors(path: string): Promise<Safetensors> {
  const file = await openInput(path);
  try {
    const { header, dataStart } = await readHeader(file);
    const { places, metadata } = checkHeader(header, file.size - dataStart, path);
    const readablePlace = (name: string): Place => {
      const place = places.get(name);
      if (!place) throw new InputError(`${path}: there is no tensor '${name}'`);
      if (!readable.includes(place.dtype))
        throw new InputError(
          `${path}: tensor '${name}' is of type ${place.dtype}, which is not supported; supported: ${readable.join(', ')}`,
        );
      return place;
    };
    return {
      tensors: new Map([...places].map(([name, { dtype, shape, start, end }]) => [name, { dtype, shape, bytes: end - start }])),
      metadata,
      requireReadable(name) {
        readablePlace(name);
      },
      async read(name) {
        const place = readablePlace(name);
        return readTensor(file, place.dtype, dataStart + place.start, (place.end - place.start) / elementBytes[place.dtype]);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readHeader(file: ReadHandle): Promise<{ header: Record<string, unknown>; dataStart: number }> {
  const path = file.path;
  if (file.size < 8) throw new InputError(`${path}: ${file.size} bytes are too few for a safetensors file`);
  const length = new DataView((await file.read(0, 8)).buffer).getBigUint64(0, true);
  if (length > BigInt(Math.min(maxHeader, file.size - 8))) {
    throw new InputError(
      `${path}: the header claims ${length} bytes, but the file has ${file.size}: it is cut short or not a safetensors file`,
    );
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await file.read(8, Number(length))));
  } catch {
    throw new InputError(`${path}: the header is not valid JSON: not a safetensors file, or a broken one`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new InputError(`${path}: the header is not a JSON object`);
  return { header: header as Record<string, unknown>, dataStart: 8 + Number(length) };
}

interface Place {
  dtype: string;
  shape: number[];
  /** Bytes from the start of the data. */
  start: number;
  end: number;
}

function checkHeader(header: Record<string, unknown>, dataBytes: number, path: string) {
  const places: [string, Place][] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') metadata = checkMetadata(entry, path);
    else places.push([name, checkTensor(entry, dataBytes, `${path}: tensor '${name}'`)]);
  }
  places.sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let covered = 0;
  for (const [name, { start, end }] of places) {
    if (start < covered)
      throw new InputError(`${path}: tensor '${name}' overlaps the one before it (it starts at ${start}, that ends at ${covered})`);
    if (start > covered) throw new InputError(`${path}: there is a hole of ${start - covered} bytes before tensor '${name}'`);
    covered = end;
  }
  if (covered !== dataBytes) throw new InputError(`${path}: ${dataBytes - covered} bytes at the end belong to no tensor`);
  return { places: new Map(places), metadata };
}

function checkMetadata(entry: unknown, path: string): Record<string, string> {
  if (typeof entry !== 'object' || entry === null || !Object.values(entry).every((value) => typeof value === 'string')) {
    throw new InputError(`${path}: __metadata__ must be an object of texts`);
  }
  return entry as Record<string, string>;
}

function checkTensor(entry: unknown, dataBytes: number, where: string): Place {
  const { dtype, shape, data_offsets: offsets } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(elementBytes, dtype)) {
    throw new InputError(`${where}: unknown type '${String(dtype)}'; known: ${Object.keys(elementBytes).join(', ')}`);
  }
  if (!isCounts(shape)) throw new InputError(`${where}: the shape ${JSON.stringify(shape)} is not a list of sizes`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw new InputError(`${where}: the data_offsets ${JSON.stringify(offsets)} are not a range`);
  }
  const [start, end] = offsets;
  // In exact integers: a product of lying sizes overflows a double's.
  const bytes = shape.reduce((product, size) => product * BigInt(size), BigInt(elementBytes[dtype]));
  if (bytes !== BigInt(end - start)) {
    throw new InputError(`${where}: ${dtype} [${shape}] needs ${bytes} bytes, its data_offsets [${offsets}] hold ${end - start}`);
  }
  if (end > dataBytes)
    throw new InputError(`${where}: it ends at byte ${end} of the data, but the file has only ${dataBytes}: it is cut short`);
  return { dtype, shape, start, end };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

// The machine is little-endian, as the format is: so are all that Node's prebuilt ONNX Runtime runs on.
async function readTensor(file: ReadHandle, dtype: string, offset: number, length: number): Promise<Float32Array> {
  const target = new Float32Array(length);
  if (dtype === 'F32') {
    await file.readInto(new Uint8Array(target.buffer), offset);
    return target;
  }
  const convert = dtype === 'BF16' ? bf16ToFloat : f16ToFloat;
  const part = new Uint16Array(Math.min(chunk, length));
  for (let done = 0; done < length; done += chunk) {
    const n = Math.min(chunk, length - done);
    await file.readInto(new Uint8Array(part.buffer, 0, 2 * n), offset + 2 * done);
    convert(part, target.subarray(done, done + n));
  }
  return target;
}

export interface TensorEntry {
  name: string;
  shape: number[];
  dtype: 'F32' | 'BF16' | 'F16';
  /** Flat, row-major. */
  data: Float32Array;
}

/**
 * Writes a file tensor by tensor: under a temporary name first, so that `path` is either as it was or complete.
 * BF16 and F16 round to nearest, ties to even; NaN stays NaN and what is too large becomes infinite.
 * @param metadata `format: pt` is what `transformers` wants to find.
 */
export async function writeSafetensors(
  path: string,
  entries: readonly TensorEntry[],
  metadata: Record<string, string> = { format: 'pt' },
): Promise<void> {
  // The wider types first, so that every tensor is aligned, as the reference implementation does.
  const ordered = [...entries].sort((a, b) => elementBytes[b.dtype] - elementBytes[a.dtype]);
  const temporary = `${path}.part`;
  const file = await openForWriting(temporary);
  try {
    try {
      await file.write(headerOf(ordered, metadata));
      for (const { dtype, data } of ordered) {
        if (dtype === 'F32') await file.write(bytesOf(data));
        else await writeRounded(file.write, data, dtype === 'BF16' ? floatToBf16 : floatToF16);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await remove(temporary);
    throw error;
  }
}

function headerOf(entries: TensorEntry[], metadata: Record<string, string>): Uint8Array {
  const header: [string, unknown][] = [['__metadata__', metadata]];
  const seen = new Set<string>(['__metadata__']);
  let offset = 0;
  for (const { name, shape, dtype, data } of entries) {
    if (seen.has(name)) throw new Error(`two tensors are named '${name}'`);
    seen.add(name);
    if (shape.reduce((a, b) => a * b, 1) !== data.length) throw new Error(`tensor '${name}' [${shape}] has ${data.length} values`);
    const end = offset + data.length * elementBytes[dtype];
    header.push([name, { dtype, shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  // Spaces fill the header up to a multiple of 8, so that the data is aligned.
  const bytes = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8), true);
  bytes.set(json, 8);
  return bytes;
}

async function writeRounded(
  write: (bytes: Uint8Array) => Promise<void>,
  data: Float32Array,
  round: (source: Float32Array, target: Uint16Array) => void,
): Promise<void> {
  const part = new Uint16Array(Math.min(chunk, data.length));
  for (let done = 0; done < data.length; done += chunk) {
    const n = Math.min(chunk, data.length - done);
    round(data.subarray(done, done + n), part);
    await write(bytesOf(part.subarray(0, n)));
  }
}

function bytesOf(data: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
