// Of the pairs that are kept, length alone foretells nothing.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { balancedPairs } from './lengthBalance.ts';

const differences = fc.array(fc.integer({ min: -300, max: 400 }), { maxLength: 80 });

it('"the longer is the better" is right in exactly half of those that differ, however large the difference', () => {
  fc.assert(
    fc.property(differences, fc.nat(), (all, seed) => {
      const kept = balancedPairs(all, seed).map((i) => all[i]);
      for (let size = 1; size <= 512; size *= 2) {
        const bucket = kept.filter((d) => Math.abs(d) >= size && Math.abs(d) < 2 * size);
        expect(bucket.filter((d) => d > 0)).toHaveLength(bucket.length / 2);
        expect(Math.abs(bucket.reduce((sum, d) => sum + d, 0))).toBeLessThanOrEqual((size * bucket.length) / 2);
      }
    }),
  );
});

it('as many are kept as can be, pairs of equal lengths all, each once and in order, the same by the same seed', () => {
  expect(balancedPairs([5, 0, -4, 6, 1, 0, -7], 1)).toEqual(expect.arrayContaining([1, 2, 5, 6, 0, 3]));
  expect(balancedPairs([5, 0, -4, 6, 7], 1)).toHaveLength(3);
  fc.assert(
    fc.property(differences, fc.nat(), (all, seed) => {
      const kept = balancedPairs(all, seed);
      expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
      expect(balancedPairs(all, seed)).toEqual(kept);
      for (const [i, difference] of all.entries()) if (difference === 0) expect(kept).toContain(i);
    }),
  );
});

it('which of them is drawn: another seed keeps another', () => {
  const drawn = new Set(Array.from({ length: 20 }, (_, seed) => balancedPairs([4, 5, 6, 7, -4], seed)[0]));
  expect(drawn.size).toBeGreaterThan(1);
});
