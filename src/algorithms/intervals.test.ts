import { describe, expect, it } from 'vitest';
import { clusteredInterval, clusteredMean, wilsonInterval } from './intervals.ts';
import { stream } from './random.ts';

describe('wilsonInterval', () => {
  it('of 12 right of 30 is 24.6 to 57.7 percent', () => {
    const { low, high } = wilsonInterval(12, 30);
    expect(low).toBeCloseTo(0.246, 3);
    expect(high).toBeCloseTo(0.577, 3);
  });

  it('stays within [0, 1] and is no point where all or none are right', () => {
    expect(wilsonInterval(0, 10)).toMatchObject({ low: 0 });
    expect(wilsonInterval(0, 10).high).toBeCloseTo(0.2775, 4);
    expect(wilsonInterval(10, 10).low).toBeCloseTo(0.7225, 4);
    expect(wilsonInterval(10, 10).high).toBe(1);
    expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
  });
});

describe('clusteredInterval', () => {
  it('is Wilson where every problem has one sample', () => {
    const problems = Array.from({ length: 30 }, (_, i) => ({ n: 1, c: i < 12 ? 1 : 0 }));
    const { mean, low, high } = clusteredInterval(problems);
    expect(mean).toBeCloseTo(0.4, 12);
    expect(low).toBeCloseTo(wilsonInterval(12, 30).low, 12);
    expect(high).toBeCloseTo(wilsonInterval(12, 30).high, 12);
  });

  it('takes 16 samples of one problem for one where they all agree, and for 16 where problems do not differ', () => {
    const hard = Array.from({ length: 30 }, (_, i) => ({ n: 16, c: i < 12 ? 16 : 0 }));
    expect(clusteredInterval(hard).low).toBeCloseTo(wilsonInterval(12, 30).low, 9);
    const alike = Array.from({ length: 30 }, (_, i) => ({ n: 16, c: 6 + (i % 2) }));
    expect(clusteredInterval(alike).low).toBeCloseTo(wilsonInterval(195, 480).low, 9);
    expect(clusteredInterval(Array.from({ length: 30 }, () => ({ n: 16, c: 16 }))).low).toBeCloseTo(wilsonInterval(30, 30).low, 9);
  });

  it('weighs problems alike whatever their number of samples, and says nothing of nothing', () => {
    expect(
      clusteredInterval([
        { n: 1, c: 1 },
        { n: 9, c: 0 },
      ]).mean,
    ).toBe(0.5);
    expect(clusteredInterval([])).toEqual({ mean: undefined, low: 0, high: 1 });
    expect(
      clusteredInterval([
        { n: 0, c: 0 },
        { n: 2, c: 1 },
      ]).mean,
    ).toBe(0.5);
  });

  it('holds the truth about 95 times in 100 when accuracy varies from problem to problem', () => {
    let held = 0;
    const runs = 400;
    for (let run = 0; run < runs; run++) {
      const s = stream(11, run);
      // Problem difficulty is uniform in [0, 1]: the true mean is 0.5.
      const problems = Array.from({ length: 40 }, () => {
        const p = s.next();
        let c = 0;
        for (let i = 0; i < 8; i++) if (s.next() < p) c++;
        return { n: 8, c };
      });
      const { low, high } = clusteredInterval(problems);
      if (low <= 0.5 && 0.5 <= high) held++;
    }
    expect(held / runs).toBeGreaterThan(0.92);
    expect(held / runs).toBeLessThan(0.985);
  });
});

describe('clusteredMean', () => {
  it('with one sample a problem is the mean with 1.96 standard errors', () => {
    const { mean, low, high } = clusteredMean([[2], [4], [6], [8]]) ?? { mean: 0 };
    // s^2 = 20/3, standard error sqrt(s^2 / 4)
    expect([mean, low, high]).toEqual([
      5,
      expect.closeTo(5 - 1.959964 * Math.sqrt(5 / 3), 5),
      expect.closeTo(5 + 1.959964 * Math.sqrt(5 / 3), 5),
    ]);
  });

  it('takes samples that agree within their problem for one, and all problems by their samples', () => {
    const repeated = clusteredMean([
      [2, 2, 2],
      [4, 4, 4],
      [6, 6, 6],
      [8, 8, 8],
    ]);
    const single = clusteredMean([[2], [4], [6], [8]]);
    expect(repeated?.low).toBeCloseTo(single?.low ?? 0, 9);
    expect(clusteredMean([[1, 1, 1], [5]])?.mean).toBe(2);
  });

  it('has no interval for one problem, and is nothing without samples', () => {
    expect(clusteredMean([[3, 5], []])).toEqual({ mean: 4 });
    expect(clusteredMean([[], []])).toBeUndefined();
  });
});
