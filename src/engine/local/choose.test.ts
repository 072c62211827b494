// Top-k and top-p against an exact computation: the share of the uniforms in [0, 1) that falls on each id is its probability after
// truncation, found by bisecting the choice's steps.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseTruncated } from './choose.ts';

function logSoftmax(logits: readonly number[]): Float32Array {
  const top = Math.max(...logits);
  const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x - top), 0));
  return Float32Array.from(logits, (x) => x - top - total);
}

/** The definition: the k likeliest, of those (renormalised) the fewest that reach p, renormalised. */
function truncated(logprobs: Float32Array, topK: number, topP: number): Map<number, number> {
  let ids = [...logprobs.keys()].sort((a, b) => logprobs[b] - logprobs[a] || a - b);
  if (topK > 0) ids = ids.slice(0, topK);
  const total = ids.reduce((sum, id) => sum + Math.exp(logprobs[id]), 0);
  const kept: number[] = [];
  let mass = 0;
  for (const id of ids) {
    kept.push(id);
    mass += Math.exp(logprobs[id]);
    if (mass >= topP * total) break;
  }
  return new Map(kept.map((id) => [id, Math.exp(logprobs[id]) / mass]));
}

/** Where the choice changes as the uniform grows from 0 to 1: the width of each id's share. */
function shares(logprobs: Float32Array, topK: number, topP: number): Map<number, number> {
  const choose = (uniform: number) => chooseTruncated(logprobs, topK, topP, uniform);
  const found = new Map<number, number>();
  let start = 0;
  while (start < 1) {
    const id = choose(start);
    let [low, high] = [start, 1];
    if (choose(1 - 2 ** -53) !== id)
      while (high - low > 1e-12) {
        const middle = (low + high) / 2;
        if (choose(middle) === id) low = middle;
        else high = middle;
      }
    found.set(id, (found.get(id) ?? 0) + high - start);
    start = high;
  }
  return found;
}

const distribution = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 12 }).map(logSoftmax);

describe('chooseTruncated', () => {
  it('gives every id its exact share under any top-k and top-p', () => {
    fc.assert(
      fc.property(
        distribution,
        fc.integer({ min: 0, max: 14 }),
        fc.oneof(fc.constant(1), fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
        (logprobs, topK, topP) => {
          const exact = truncated(logprobs, topK, topP);
          // A nucleus that ends within rounding of topP may hold one id more or less.
          let mass = 0;
          const atEdge = [...truncated(logprobs, topK, 1).values()].some((p) => {
            mass += p;
            return Math.abs(mass - topP) < 1e-6;
          });
          fc.pre(!atEdge || topP === 1);
          for (const [id, share] of shares(logprobs, topK, topP)) expect(Math.abs(share - (exact.get(id) ?? 0))).toBeLessThan(1e-6);
        },
      ),
    );
  });

  it('a nucleus counts the whole vocabulary, however long its tail', () => {
    // Two likely ids and a tail of 40,000 that holds a tenth of the mass in pieces of 2.5e-6.
    const logprobs = logSoftmax([Math.log(0.5), Math.log(0.4), ...Array(40_000).fill(Math.log(0.1 / 40_000))]);
    // Of the likely two alone the first would reach 0.55 (0.5 of 0.9); of the whole vocabulary it does not.
    expect(chooseTruncated(logprobs, 0, 0.55, 0.99)).toBe(1);
    expect(chooseTruncated(logprobs, 0, 0.5001, 0.9)).toBe(1);
    expect(chooseTruncated(logprobs, 0, 0.49, 0.99)).toBe(0);
    // Past 0.9 the tail is in it.
    expect(chooseTruncated(logprobs, 0, 0.95, 0.999)).toBeGreaterThan(1);
    expect(chooseTruncated(logprobs, 0, 0.899, 0.9999999)).toBe(1);
  });

  it('top-k 0 and top-p 1 keep every id; equal probabilities are kept in the order of their ids', () => {
    const flat = logSoftmax([0, 0, 0, 0]);
    expect([0, 0.26, 0.51, 0.76].map((u) => chooseTruncated(flat, 0, 1, u))).toEqual([0, 1, 2, 3]);
    expect([0, 0.4, 0.6, 0.99].map((u) => chooseTruncated(flat, 2, 1, u))).toEqual([0, 0, 1, 1]);
    expect([0, 0.99].map((u) => chooseTruncated(flat, 1, 1, u))).toEqual([0, 0]);
    expect(chooseTruncated(logSoftmax([0, 3, 1]), 0, 0, 0.999)).toBe(1);
  });
});
