// The losses on judged texts, against values worked by hand, and at scores far beyond where exp overflows.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binaryLoss, bradleyTerryLoss, dpoLoss, sigmoid, softplus } from './preferenceLoss.ts';

describe('by hand', () => {
  it('scores 2 and 0: -log sigmoid(2) = log(1 + e^-2) = 0.126928; its slope -(1 - 0.880797)', () => {
    const { loss, dChosen } = bradleyTerryLoss(2, 0);
    expect(loss).toBeCloseTo(0.126928, 6);
    expect(dChosen).toBeCloseTo(-0.119203, 6);
    expect(bradleyTerryLoss(0.5, 0.5).loss).toBeCloseTo(Math.LN2, 12);
  });

  it('score 1 with label 1 is 0.313262, with label 0 1.313262; slopes -0.268941 and 0.731059', () => {
    expect(binaryLoss(1, 1).loss).toBeCloseTo(0.313262, 6);
    expect(binaryLoss(1, 0).loss).toBeCloseTo(1.313262, 6);
    expect(binaryLoss(1, 1).dScore).toBeCloseTo(-0.268941, 6);
    expect(binaryLoss(1, 0).dScore).toBeCloseTo(0.731059, 6);
  });

  it('log-ratios 0.5 + 0.5 chosen and -1 rejected at beta 0.1: margin 0.2, loss 0.598139, slope -0.1 x 0.450166', () => {
    const chosen = { logprobs: [-1, -2], refLogprobs: [-1.5, -2.5] };
    const rejected = { logprobs: [-3], refLogprobs: [-2] };
    const { loss, dChosen } = dpoLoss(chosen, rejected, 0.1);
    expect(loss).toBeCloseTo(0.598139, 6);
    expect(dChosen).toBeCloseTo(-0.0450166, 7);
    // A policy that is its own reference.
    expect(dpoLoss({ logprobs: [-1], refLogprobs: [-1] }, { logprobs: [-9], refLogprobs: [-9] }, 0.1).loss).toBeCloseTo(Math.LN2, 12);
  });
});

it('scores of 10,000 and -10,000 keep every value finite', () => {
  expect(bradleyTerryLoss(-1e4, 1e4)).toEqual({ loss: 2e4, dChosen: -1 });
  expect(bradleyTerryLoss(1e4, -1e4)).toEqual({ loss: 0, dChosen: -0 });
  expect([binaryLoss(-1e4, 1), binaryLoss(1e4, 1)].map(({ loss }) => loss)).toEqual([1e4, 0]);
});

it('slopes are those of finite differences', () => {
  const score = fc.double({ min: -20, max: 20, noNaN: true });
  const slope = (of: (x: number) => number, x: number): number => (of(x + 1e-5) - of(x - 1e-5)) / 2e-5;
  fc.assert(
    fc.property(score, score, fc.constantFrom(0, 1), (a, b, label) => {
      expect(Math.abs(slope((x) => bradleyTerryLoss(x, b).loss, a) - bradleyTerryLoss(a, b).dChosen)).toBeLessThan(1e-5);
      expect(Math.abs(slope((x) => binaryLoss(x, label).loss, a) - binaryLoss(a, label).dScore)).toBeLessThan(1e-5);
      expect(Math.abs(slope(softplus, a) - sigmoid(a))).toBeLessThan(1e-5);
    }),
  );
});
