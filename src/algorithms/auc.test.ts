// The area under the ROC curve.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { auc } from './auc.ts';

it('by hand: 3 of 4 comparisons won, one of them a tie', () => {
  expect(auc([2, 1], [0, 1])).toBe(3.5 / 4);
  expect(auc([1], [0, 2])).toBe(0.5);
  expect(auc([], [1])).toBeUndefined();
  expect(auc([1], [])).toBeUndefined();
});

it('is what all comparisons one by one give', () => {
  const scores = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(scores, scores, (higher, lower) => {
      const wins = higher.flatMap((a) => lower.map((b) => (a > b ? 1 : a === b ? 0.5 : 0))).reduce((sum: number, one) => sum + one, 0);
      expect(auc(higher, lower)).toBeCloseTo(wins / (higher.length * lower.length), 12);
    }),
  );
});
