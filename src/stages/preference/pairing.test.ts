// Which responses are compared.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { drawPairs } from './pairing.ts';

const responses = (n: number): string[] => Array.from({ length: n }, (_, i) => `r${i}`);

it('all pairs are there once, and no response is in its next before each was in one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 9 }), fc.nat(), (n, seed) => {
      const pairs = drawPairs(responses(n), 1000, seed);
      expect(new Set(pairs.map(String)).size).toBe((n * (n - 1)) / 2);
      for (const [a, b] of pairs) expect(a).toBeLessThan(b);
      const first = pairs.slice(0, Math.floor(n / 2)).flat();
      expect(new Set(first).size).toBe(first.length);
      expect(drawPairs(responses(n), 3, seed)).toEqual(pairs.slice(0, 3));
    }),
  );
});

it('of responses that say the same, one is compared; one that says nothing is not, nor is one alone', () => {
  expect(drawPairs(['a', 'a', 'b', 'a'], 9, 1)).toEqual([[0, 2]]);
  expect(drawPairs(['a', 'a'], 9, 1)).toEqual([]);
  expect(drawPairs(['', 'a', ' \n'], 9, 1)).toEqual([]);
  expect(drawPairs(['', 'a', ' ', 'b'], 9, 1)).toEqual([[1, 3]]);
  expect(drawPairs([], 9, 1)).toEqual([]);
});
