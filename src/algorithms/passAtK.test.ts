import { describe, expect, it } from 'vitest';
import { meanPassAtK, passAtK } from './passAtK.ts';

const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);

describe('passAtK', () => {
  it('is 1 - C(n - c, k) / C(n, k)', () => {
    expect(passAtK(4, 1, 1)).toBe(0.25);
    expect(passAtK(4, 1, 2)).toBeCloseTo(0.5, 12); // 1 - 3/6
    expect(passAtK(16, 5, 1)).toBeCloseTo(5 / 16, 12);
    for (let n = 1; n <= 10; n++)
      for (let c = 0; c <= n; c++)
        for (let k = 1; k <= n; k++) expect(passAtK(n, c, k)).toBeCloseTo(1 - (n - c < k ? 0 : choose(n - c, k) / choose(n, k)), 10);
  });

  it('is absent where there are fewer samples than k: never a biased guess', () => {
    expect(passAtK(4, 4, 8)).toBeUndefined();
    expect(
      meanPassAtK(
        [
          { n: 16, c: 3 },
          { n: 4, c: 4 },
        ],
        8,
      ),
    ).toBeUndefined();
    expect(meanPassAtK([], 1)).toBeUndefined();
  });

  it('averages over problems', () => {
    expect(
      meanPassAtK(
        [
          { n: 2, c: 1 },
          { n: 2, c: 2 },
          { n: 4, c: 0 },
        ],
        1,
      ),
    ).toBeCloseTo(0.5, 12);
  });

  it('survives large n without overflow, and refuses nonsense', () => {
    expect(passAtK(10000, 100, 64)).toBeCloseTo(0.4759, 3);
    expect(() => passAtK(4, 5, 1)).toThrow(RangeError);
    expect(() => passAtK(4, 1, 0)).toThrow(RangeError);
  });
});
