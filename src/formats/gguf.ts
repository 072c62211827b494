// GGUF files (llama.cpp's): metadata and quantised tensors in one file. The header is checked (ggufHeader.ts) and then parsed by
// @huggingface/gguf; the tensors are placed, read by range and dequantised here. ggufModel.ts makes a model of it.

import { type GGUFTypedMetadata, gguf, type MetadataValue } from '@huggingface/gguf';
import { InputError } from '../platform/errors.ts';
import { type ReadHandle, resolve } from '../platform/files.ts';
import { checkGgufHeader, valueTypes } from './ggufHeader.ts';
import { type Quantisation, quantisations, typeNames } from './ggufQuantisations.ts';
import { openInput } from './inputFile.ts';

/** 64-bit integers come as bigint. */
export type GgufValue = MetadataValue;

export interface GgufTensor {
  /** F32, Q4_1, ...; `type 97` where the number is unknown. */
  type: string;
  /** In Hugging Face's order: [out, in] for a projection. */
  shape: number[];
}

export interface Gguf {
  path: string;
  metadata: Map<string, GgufValue>;
  tensors: Map<string, GgufTensor>;
  /** @throws InputError where there is no such tensor, or its type is not one of those that can be read. */
  requireReadable(name: string): void;
  /**
   * One tensor, flat and row-major, dequantised to float32, about a megabyte of blocks at a time.
   * @throws InputError as `requireReadable`
   */
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Kinds that keys must have where they are there: wrong ones would be read as nonsense later. */
const arrayKinds: Record<string, string> = {
  'tokenizer.ggml.tokens': 'STRING',
  'tokenizer.ggml.merges': 'STRING',
  'tokenizer.ggml.scores': 'FLOAT32',
  'tokenizer.ggml.token_type': 'INT32',
};

interface Place extends GgufTensor {
  /** Bytes from the start of the file. */
  start: number;
  quantisation?: Quantisation;
}

/**
 * Opens a file, checks its header and that every tensor whose type is known lies within it.
 * @throws InputError naming the file and the key, tensor or byte.
 */
export async function openGguf(path: string): Promise<Gguf> {
  const file = await openInput(path);
  try {
    await checkGgufHeader(file);
    const header = await gguf(resolve(path), { allowLocalFile: true, typedMetadata: true });
    checkKinds(header.typedMetadata, path);
    const metadata = new Map<string, GgufValue>(Object.entries(header.metadata));
    checkAlignment(metadata.get('general.alignment') ?? 32, path);
    const places = new Map<string, Place>();
    for (const info of header.tensorInfos) {
      const start = header.tensorDataOffset + info.offset;
      places.set(info.name, place(info.name, info.shape, info.dtype, start, file));
    }
    checkOverlap(places, path);
    return {
      path,
      metadata,
      tensors: new Map([...places].map(([name, { type, shape }]) => [name, { type, shape }])),
      requireReadable(name) {
        readablePlace(file, name, places.get(name));
      },
      read: async (name) => readTensor(file, readablePlace(file, name, places.get(name))),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error instanceof InputError ? error : new InputError(`${path}: ${error instanceof Error ? error.message : error}`);
  }
}

function checkKinds(metadata: GGUFTypedMetadata, path: string): void {
  const typed = metadata as unknown as Record<string, { type: number; subType?: number }>;
  for (const [key, kind] of Object.entries(arrayKinds)) {
    const found = typed[key];
    if (!found) continue;
    const element = found.subType === undefined ? undefined : valueTypes[found.subType];
    if (element !== kind) {
      throw new InputError(
        `${path}: metadata key '${key}' is ${element ? `an array of ${element}` : valueTypes[found.type]}; expected an array of ${kind}`,
      );
    }
  }
}

function checkAlignment(alignment: GgufValue, path: string): void {
  const power = Math.log2(Number(alignment));
  if (!Number.isInteger(power) || power < 0 || power > 16) {
    throw new InputError(`${path}: metadata key 'general.alignment' is ${alignment}; expected a power of two up to 65536`);
  }
}

function place(name: string, dimensions: bigint[], dtype: number, start: bigint, file: ReadHandle): Place {
  const where = `${file.path}: tensor '${name}'`;
  // ggml lists the fastest axis first.
  const shape = dimensions.map(Number).reverse();
  const elements = dimensions.reduce((a, b) => a * b, 1n);
  const type = typeNames.get(dtype) ?? `number ${dtype}`;
  const quantisation = quantisations.get(type);
  // The bytes of a type that we do not know cannot be checked; the tensor can be listed all the same.
  if (quantisation && dimensions[0] % BigInt(quantisation.blockElements) !== 0n) {
    throw new InputError(`${where}: its rows of ${dimensions[0]} do not divide into ${type} blocks of ${quantisation.blockElements}`);
  }
  const bytes = quantisation ? (elements / BigInt(quantisation.blockElements)) * BigInt(quantisation.blockBytes) : 0n;
  if (start + bytes > BigInt(file.size)) {
    throw new InputError(`${where} ends at byte ${start + bytes}, but the file has only ${file.size}: it is cut short; fetch it again`);
  }
  return { type, shape, start: Number(start), ...(quantisation ? { quantisation } : {}) };
}

function elementsOf(shape: number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function checkOverlap(places: Map<string, Place>, path: string): void {
  let covered = 0;
  let before = '';
  for (const [name, { start, shape, quantisation }] of [...places].sort(([, a], [, b]) => a.start - b.start)) {
    if (start < covered) throw new InputError(`${path}: tensor '${name}' overlaps tensor '${before}'`);
    covered = start + (quantisation ? (elementsOf(shape) / quantisation.blockElements) * quantisation.blockBytes : 0);
    before = name;
  }
}

type ReadablePlace = Place & { quantisation: Quantisation };

function readablePlace(file: ReadHandle, name: string, place: Place | undefined): ReadablePlace {
  if (!place) throw new InputError(`${file.path}: there is no tensor '${name}'`);
  if (!place.quantisation) {
    const supported = [...quantisations.keys()].join(', ');
    throw new InputError(`${file.path}: tensor '${name}' is of type ${place.type}, which is not supported; supported: ${supported}`);
  }
  return place as ReadablePlace;
}

async function readTensor(file: ReadHandle, place: ReadablePlace): Promise<Float32Array> {
  const { blockElements, blockBytes, dequantise } = place.quantisation;
  const target = new Float32Array(elementsOf(place.shape));
  const blocks = target.length / blockElements;
  // About a megabyte at a time: the tensor is never there twice.
  const step = Math.ceil((1 << 20) / blockBytes);
  const part = new Uint8Array(Math.min(step, blocks) * blockBytes);
  for (let done = 0; done < blocks; done += step) {
    const n = Math.min(step, blocks - done);
    const raw = part.subarray(0, n * blockBytes);
    await file.readInto(raw, place.start + done * blockBytes);
    dequantise(raw, target.subarray(done * blockElements, (done + n) * blockElements));
  }
  return target;
}
