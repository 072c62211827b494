// Every tensor type against what llama.cpp's Python package reads in the same file (golden/, made by bench/golden/gguf_types.py), and
// that blocks are read the same however many come at once.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathOf } from '../platform/files.ts';
import { openGguf } from './gguf.ts';
import { quantisations } from './ggufQuantisations.ts';
import { openSafetensors } from './safetensors.ts';

const golden = (name: string): string => pathOf(new URL(`golden/${name}`, import.meta.url));
/** Bit patterns, all NaN as one: 0 and -0 differ, NaN equals itself. */
const bits = (data: Float32Array): number[] =>
  [...new Uint32Array(data.slice().buffer)].map((word, i) => (Number.isNaN(data[i]) ? 0x7fc00000 : word));

describe('a tensor of each type', () => {
  it('has the values of the reference, bit for bit', async () => {
    const file = await openGguf(golden('types.gguf'));
    const expected = await openSafetensors(golden('types.safetensors'));
    expect(new Set([...file.tensors.values()].map(({ type }) => type))).toEqual(new Set(quantisations.keys()));
    expect([...file.tensors.keys()].sort()).toEqual([...expected.tensors.keys()].sort());
    for (const [name, { shape }] of file.tensors) {
      expect(shape, name).toEqual(expected.tensors.get(name)?.shape);
      expect(bits(await file.read(name)), name).toEqual(bits(await expected.read(name)));
    }
    await file.close();
    await expected.close();
  });
});

describe.each([...quantisations])('blocks of %s', (_, { blockElements, blockBytes, dequantise }) => {
  const values = (raw: Uint8Array): Float32Array => {
    const target = new Float32Array((raw.length / blockBytes) * blockElements);
    dequantise(raw, target);
    return target;
  };
  const anyBlocks = fc.integer({ min: 0, max: 5 }).chain((n) => fc.uint8Array({ minLength: n * blockBytes, maxLength: n * blockBytes }));

  it('are read the same alone, together and anywhere in a buffer, and touch nothing else', () => {
    fc.assert(
      fc.property(anyBlocks, fc.nat(3), (raw, before) => {
        const whole = values(raw);
        const single = Array.from({ length: raw.length / blockBytes }, (_, n) =>
          bits(values(raw.subarray(n * blockBytes, (n + 1) * blockBytes))),
        );
        expect(single.flat()).toEqual(bits(whole));
        const moved = new Uint8Array(before + raw.length + 1).fill(0xa5);
        moved.set(raw, before);
        const target = new Float32Array(before + whole.length + 2).fill(7);
        dequantise(moved.subarray(before, before + raw.length), target.subarray(before, before + whole.length));
        expect(bits(target.subarray(before, before + whole.length))).toEqual(bits(whole));
        expect([...target.subarray(0, before), ...target.subarray(before + whole.length)]).toEqual(Array(before + 2).fill(7));
      }),
      { numRuns: 50 },
    );
  });
});

describe.each(['Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0', 'Q4_K', 'Q5_K', 'Q6_K'])('%s', (type) => {
  it('has one value for each element: changing it in the block changes that element alone', () => {
    const { blockElements, blockBytes, dequantise } = quantisations.get(type) ?? expect.fail();
    // Scales of 1: every half precision number is 1, every small scale odd and not 0.
    const raw = new Uint8Array(blockBytes).fill(0x55);
    const scales: Record<string, [number, number]> = { Q4_K: [4, 16], Q5_K: [4, 16], Q6_K: [192, 208] };
    const halves = type === 'Q6_K' ? [208] : ['Q4_1', 'Q5_1', 'Q4_K', 'Q5_K'].includes(type) ? [0, 2] : [0];
    for (const at of halves) raw.set([0x00, 0x3c], at);
    const fixed = (at: number): boolean =>
      halves.some((half) => at === half || at === half + 1) ||
      (scales[type] !== undefined && at >= scales[type][0] && at < scales[type][1]);
    const values = (): Float32Array => {
      const target = new Float32Array(blockElements);
      dequantise(raw, target);
      return target;
    };
    const before = values();
    const changes = new Array<number>(blockElements).fill(0);
    for (let at = 0; at < blockBytes; at++) {
      if (fixed(at)) continue;
      for (let b = 0; b < 8; b++) {
        raw[at] ^= 1 << b;
        const changed = [...values().entries()].filter(([i, value]) => value !== before[i]).map(([i]) => i);
        raw[at] ^= 1 << b;
        expect(changed, `byte ${at}, bit ${b}`).toHaveLength(1);
        changes[changed[0]]++;
      }
    }
    const bitsOfOne = Number(type[1]);
    expect(changes).toEqual(Array(blockElements).fill(bitsOfOne));
  });
});
