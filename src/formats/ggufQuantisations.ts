// The tensor types of GGUF that can be read, and how a run of their blocks becomes float32.
// Layouts: ggml-common.h of llama.cpp. Every product and sum below is exact or rounded once, so the results are its own, bit for bit.

import { GGMLQuantizationType } from '@huggingface/gguf';
import { f16ToFloat, halfValue } from './floats.ts';

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
  ['Q4_1', { blockElements: 32, blockBytes: 20, dequantise: dequantiseQ4_1 }],
  ['Q8_0', { blockElements: 32, blockBytes: 34, dequantise: dequantiseQ8_0 }],
]);

// Scale d and minimum m in half precision, then 16 bytes: the low halves are elements 0 to 15, the high ones 16 to 31. x = q d + m.
function dequantiseQ4_1(raw: Uint8Array, target: Float32Array): void {
  for (let block = 0, out = 0; block < raw.length; block += 20, out += 32) {
    const d = halfValue(raw[block] | (raw[block + 1] << 8));
    const m = halfValue(raw[block + 2] | (raw[block + 3] << 8));
    for (let i = 0; i < 16; i++) {
      const q = raw[block + 4 + i];
      target[out + i] = (q & 15) * d + m;
      target[out + 16 + i] = (q >> 4) * d + m;
    }
  }
}

// Scale d in half precision, then 32 signed bytes. x = q d.
function dequantiseQ8_0(raw: Uint8Array, target: Float32Array): void {
  for (let block = 0, out = 0; block < raw.length; block += 34, out += 32) {
    const d = halfValue(raw[block] | (raw[block + 1] << 8));
    for (let i = 0; i < 32; i++) target[out + i] = ((raw[block + 2 + i] << 24) >> 24) * d;
  }
}
