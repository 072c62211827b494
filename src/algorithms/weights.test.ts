import { describe, expect, it } from 'vitest';
import { softOverlongPenalty, tokenWeights } from './weights.ts';

const total = (lengths: number[], weights: number[], tokenLoss: number[]) =>
  lengths.reduce((sum, n, i) => sum + n * weights[i] * tokenLoss[i], 0);

describe('tokenWeights', () => {
  // 2 tokens of loss 1 and 8 of loss 0.25
  const lengths = [2, 8];
  const losses = [1, 0.25];

  it('averages each response, then the responses (sequence), or all tokens (token), or divides by a constant', () => {
    expect(total(lengths, tokenWeights(lengths, 'sequence'), losses)).toBeCloseTo(0.625, 12);
    expect(total(lengths, tokenWeights(lengths, 'token'), losses)).toBeCloseTo(0.4, 12);
    expect(total(lengths, tokenWeights(lengths, 'constant', { maxLength: 10 }), losses)).toBeCloseTo(4 / 20, 12);
  });

  it('gives a response that is left out no weight and no place in the mean', () => {
    const keep = [true, false];
    expect(tokenWeights(lengths, 'sequence', { keep })).toEqual([0.5, 0]);
    expect(tokenWeights(lengths, 'token', { keep })).toEqual([0.5, 0]);
    expect(tokenWeights(lengths, 'constant', { keep, maxLength: 10 })).toEqual([1 / 20, 0]);
    expect(tokenWeights([3], 'sequence', { keep: [false] })).toEqual([0]);
    expect(tokenWeights([0, 4], 'sequence')).toEqual([0, 0.25]);
  });

  it('sums to 1 over the tokens for both kinds of mean', () => {
    const many = [1, 30, 7, 224];
    for (const kind of ['sequence', 'token'] as const) expect(total(many, tokenWeights(many, kind), [1, 1, 1, 1])).toBeCloseTo(1, 12);
  });

  it('refuses constant aggregation without the constant', () => {
    expect(() => tokenWeights([1], 'constant')).toThrow('maximum length');
  });
});

describe('softOverlongPenalty', () => {
  it('is 0 up to max - cache, then falls linearly to -1 at max', () => {
    expect([0, 150, 160, 180, 200, 201].map((n) => softOverlongPenalty(n, 200, 40))).toEqual([0, 0, 0, -0.5, -1, -1]);
    expect(() => softOverlongPenalty(1, 10, 11)).toThrow('cache');
    expect(() => softOverlongPenalty(1, 10, 0)).toThrow('cache');
  });
});
