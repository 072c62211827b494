import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bf16ToFloat, f16ToFloat, floatToBf16, floatToF16, halfValue } from './floats.ts';

const round = (to: (s: Float32Array, t: Uint16Array) => void, from: (s: Uint16Array, t: Float32Array) => void, values: number[]) => {
  const bits = new Uint16Array(values.length);
  to(Float32Array.from(values), bits);
  const back = new Float32Array(values.length);
  from(bits, back);
  return [...back];
};
const viaBf16 = (...values: number[]) => round(floatToBf16, bf16ToFloat, values);
const viaF16 = (...values: number[]) => round(floatToF16, f16ToFloat, values);
// Every bit pattern that is not a NaN, by its value.
const all = (from: (s: Uint16Array, t: Float32Array) => void) => {
  const patterns = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const values = new Float32Array(65536);
  from(patterns, values);
  return { patterns, values };
};

describe.each([
  ['bfloat16', floatToBf16, bf16ToFloat],
  ['half precision', floatToF16, f16ToFloat],
] as const)('%s', (_, to, from) => {
  it('gives back every bit pattern, NaN as some NaN', () => {
    const { patterns, values } = all(from);
    const back = new Uint16Array(65536);
    to(values, back);
    // Not by toEqual, which takes seconds for so many.
    expect(patterns.findIndex((pattern, i) => !Number.isNaN(values[i]) && back[i] !== pattern)).toBe(-1);
    const again = new Float32Array(65536);
    from(back, again);
    expect(again.findIndex((value, i) => !Object.is(value, values[i]))).toBe(-1);
  });

  it('rounds to the nearest, ties to the even pattern', () => {
    const { patterns, values } = all(from);
    // Positive numbers ascend with their pattern.
    const finite = [...patterns].filter((pattern) => pattern < 0x8000 && Number.isFinite(values[pattern]));
    fc.assert(
      fc.property(fc.nat(finite.length - 2), fc.float({ min: 0, max: 1, noNaN: true }), fc.boolean(), (i, part, negative) => {
        const [low, high] = [values[finite[i]], values[finite[i + 1]]];
        const x = Math.fround(low + (high - low) * part);
        const nearest = x - low < high - x ? i : x - low > high - x ? i + 1 : finite[i] % 2 === 0 ? i : i + 1;
        const sign = negative ? -1 : 1;
        expect(round(to, from, [sign * x])[0]).toBe(sign * values[finite[nearest]]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('conversions', () => {
  it('hold the cases of faults.md R28', () => {
    expect(viaBf16(1.00390625, 1.01171875, Number.NaN, 1e39, -1e39)).toEqual([1, 1.015625, Number.NaN, Infinity, -Infinity]);
    // The largest float32 is nearer to 2^128 than to the largest bfloat16.
    expect(viaBf16(3.4028234e38, -3.4028234e38, 3.3895e38)).toEqual([Infinity, -Infinity, 3.3895313892515355e38]);
    expect(viaF16(65519, 65520, -1e39, Number.NaN)).toEqual([65504, Infinity, -Infinity, Number.NaN]);
  });

  it('keep a NaN whose payload is in its lower half', () => {
    const nan = new Float32Array(Uint32Array.of(0x7f800001).buffer);
    const bits = new Uint16Array(1);
    floatToBf16(nan, bits);
    expect(bits[0]).toBe(0x7fc0);
  });

  it('know half precision', () => {
    expect([0x3c00, 0xc000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x7c00, 0x8000].map(halfValue)).toEqual([
      1,
      -2,
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      65504,
      Infinity,
      -0,
    ]);
  });
});
