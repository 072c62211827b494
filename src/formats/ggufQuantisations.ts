// The tensor types of GGUF that can be read, and how a run of their blocks becomes float32.
// Layouts: ggml-common.h of llama.cpp. Every product below is exact in the 24 bits of a float32, and every difference exact in a double
// and rounded once when it is stored: the values are those of llama.cpp and of the Python package gguf, bit for bit.

import { GGMLQuantizationType } from '@huggingface/gguf';
import { bf16ToFloat, f16ToFloat, halfValue } from './floats.ts';

export interface Quantisation {
  blockElements: number;
  blockBytes: number;
  /** `raw` holds whole blocks, `target` gets their elements. */
  dequantise(raw: Uint8Array, target: Float32Array): void;
}

/** The names of all types, by their number in the file. */
export const typeNames = new Map<number, string>(
  Object.entries(GGMLQuantizationType).flatMap(([name, number]) => (typeof number === 'number' ? [[number, name] as const] : [])),
);

export const quantisations = new Map<string, Quantisation>([
  [
    'F32',
    { blockElements: 1, blockBytes: 4, dequantise: (raw, target) => new Uint8Array(target.buffer, target.byteOffset, raw.length).set(raw) },
  ],
  ['F16', { blockElements: 1, blockBytes: 2, dequantise: (raw, target) => f16ToFloat(new Uint16Array(raw.slice().buffer), target) }],
  ['BF16', { blockElements: 1, blockBytes: 2, dequantise: (raw, target) => bf16ToFloat(new Uint16Array(raw.slice().buffer), target) }],
  ['Q4_0', blocks(32, 18, q4_0)],
  ['Q4_1', blocks(32, 20, q4_1)],
  ['Q5_0', blocks(32, 22, q5_0)],
  ['Q5_1', blocks(32, 24, q5_1)],
  ['Q8_0', blocks(32, 34, q8_0)],
  ['Q4_K', blocks(256, 144, q4_K)],
  ['Q5_K', blocks(256, 176, q5_K)],
  ['Q6_K', blocks(256, 210, q6_K)],
]);

/** One block, from byte `at` of `raw`, into `target` from element `out`. */
type Block = (raw: Uint8Array, at: number, target: Float32Array, out: number) => void;

function blocks(blockElements: number, blockBytes: number, block: Block): Quantisation {
  return {
    blockElements,
    blockBytes,
    dequantise(raw, target) {
      for (let at = 0, out = 0; at < raw.length; at += blockBytes, out += blockElements) block(raw, at, target, out);
    },
  };
}

function half(raw: Uint8Array, at: number): number {
  return halfValue(raw[at] | (raw[at + 1] << 8));
}

// Of the 16 bytes of nibbles the low halves are elements 0 to 15, the high ones 16 to 31.

// Scale d in half precision, then nibbles. x = (q - 8) d.
function q4_0(raw: Uint8Array, at: number, target: Float32Array, out: number): void {
  const d = half(raw, at);
  for (let i = 0; i < 16; i++) {
    const q = raw[at + 2 + i];
    target[out + i] = ((q & 15) - 8) * d;
    target[out + 16 + i] = ((q >> 4) - 8) * d;
  }
}

// Scale d and minimum m in half precision, then nibbles. x = q d + m.
function q4_1(raw: Uint8Array, at: number, target: Float32Array, out: number): void {
  const d = half(raw, at);
  const m = half(raw, at + 2);
  for (let i = 0; i < 16; i++) {
    const q = raw[at + 4 + i];
    target[out + i] = (q & 15) * d + m;
    target[out + 16 + i] = (q >> 4) * d + m;
  }
}

// Scale d, 32 fifth bits (bit i is element i's), then nibbles. x = (q - 16) d.
function q5_0(raw: Uint8Array, at: number, target: Float32Array, out: number): void {
  const d = half(raw, at);
  for (let i = 0; i < 16; i++) {
    const q = raw[at + 6 + i];
    target[out + i] = (((q & 15) | (bit(raw, at + 2, i) << 4)) - 16) * d;
    target[out + 16 + i] = (((q >> 4) | (bit(raw, at + 2, i + 16) << 4)) - 16) * d;
  }
}

// Scale d, minimum m, 32 fifth bits, then nibbles. x = q d + m.
function q5_1(raw: Uint8Array, at: number, target: Float32Array, out: number): void {
  const d = half(raw, at);
  const m = half(raw, at + 2);
  for (let i = 0; i < 16; i++) {
    const q = raw[at + 8 + i];
    target[out + i] = ((q & 15) | (bit(raw, at + 4, i) << 4)) * d + m;
    target[out + 16 + i] = ((q >> 4) | (bit(raw, at + 4, i + 16) << 4)) * d + m;
  }
}

function bit(raw: Uint8Array, at: number, i: number): number {
  return (raw[at + (i >> 3)] >> (i & 7)) & 1;
}

// Scale d, then 32 signed bytes. x = q d.
function q8_0(raw: Uint8Array, at: number, target: Float32Array, out: number): void {
  const d = half(raw, at);
  for (let i = 0; i < 32; i++) target[out + i] = signed(raw[at + 2 + i]) * d;
}

function signed(byte: number): number {
  return (byte << 24) >> 24;
}

// The K types have blocks of 256, in parts with a small integer scale each.

// Scale d of the scales and dmin of the minima, 12 bytes with eight of both in 6 bits, then nibbles: of 32 bytes the low halves are one
// part, the high ones the next. x = q (d scale) - dmin min.
function q4_K(raw: Uint8Array, at: number, target: Float32Array, out: number): void {
  const d = half(raw, at);
  const dmin = half(raw, at + 2);
  for (let part = 0; part < 8; part++) {
    const scale = d * scaleOf(raw, at + 4, part);
    const min = dmin * minOf(raw, at + 4, part);
    const from = at + 16 + (part >> 1) * 32;
    const shift = (part & 1) * 4;
    for (let i = 0; i < 32; i++) target[out + 32 * part + i] = ((raw[from + i] >> shift) & 15) * scale - min;
  }
}

// As q4_K, with the fifth bits (bit `part` of byte i is that of element i of the part) in 32 bytes before the nibbles.
function q5_K(raw: Uint8Array, at: number, target: Float32Array, out: number): void {
  const d = half(raw, at);
  const dmin = half(raw, at + 2);
  for (let part = 0; part < 8; part++) {
    const scale = d * scaleOf(raw, at + 4, part);
    const min = dmin * minOf(raw, at + 4, part);
    const from = at + 48 + (part >> 1) * 32;
    const shift = (part & 1) * 4;
    for (let i = 0; i < 32; i++) {
      const q = ((raw[from + i] >> shift) & 15) | (((raw[at + 16 + i] >> part) & 1) << 4);
      target[out + 32 * part + i] = q * scale - min;
    }
  }
}

// Parts 0 to 3 have theirs whole in the lower 6 bits; those of 4 to 7 are nibbles of the last four bytes and the upper two bits of the rest.
function scaleOf(raw: Uint8Array, at: number, part: number): number {
  return part < 4 ? raw[at + part] & 63 : (raw[at + 4 + part] & 15) | ((raw[at + part - 4] >> 6) << 4);
}

function minOf(raw: Uint8Array, at: number, part: number): number {
  return part < 4 ? raw[at + 4 + part] & 63 : (raw[at + 4 + part] >> 4) | ((raw[at + part] >> 6) << 4);
}

// Per half of 128: 64 bytes of low nibbles, 32 of upper two bits; then 16 signed scales of 16 elements each, and their scale d.
// x = (q - 32) (d scale).
function q6_K(raw: Uint8Array, at: number, target: Float32Array, out: number): void {
  const d = half(raw, at + 208);
  for (let part = 0; part < 8; part++) {
    // Four parts of 32 a half: the low nibbles of its first and of its second 32 bytes, then the high ones of the same.
    const low = at + (part >> 2) * 64 + (part & 1) * 32;
    const high = at + 128 + (part >> 2) * 32;
    const nibble = ((part >> 1) & 1) * 4;
    const pair = (part & 3) * 2;
    const scales = [d * signed(raw[at + 192 + 2 * part]), d * signed(raw[at + 193 + 2 * part])];
    for (let i = 0; i < 32; i++) {
      const q = ((raw[low + i] >> nibble) & 15) | (((raw[high + i] >> pair) & 3) << 4);
      target[out + 32 * part + i] = (q - 32) * scales[i >> 4];
    }
  }
}
