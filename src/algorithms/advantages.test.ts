import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupAdvantages, groupStatistics } from './advantages.ts';

describe('groupAdvantages', () => {
  it('is (r - mean) / population std for grpo and r - mean for dr_grpo', () => {
    // mean 1, squares 1 + 1 + 1 + 9 = 12, / 4 = 3, std sqrt(3)
    const rewards = [0, 0, 0, 4];
    const s = Math.sqrt(3);
    expect(groupAdvantages(rewards, 'grpo')).toEqual([-1 / s, -1 / s, -1 / s, 3 / s]);
    expect(groupAdvantages(rewards, 'dr_grpo')).toEqual([-1, -1, -1, 3]);
  });

  it('is 0 where the rewards are equal, also within rounding', () => {
    for (const kind of ['grpo', 'dr_grpo'] as const) {
      expect(groupAdvantages([2, 2, 2], kind)).toEqual([0, 0, 0]);
      expect(groupAdvantages([5, 5, 5], kind)).toEqual([0, 0, 0]);
      expect(groupAdvantages([0, 0], kind)).toEqual([0, 0]);
      expect(groupAdvantages([0.1 + 0.2, 0.3, 0.3], kind)).toEqual([0, 0, 0]);
      expect(groupAdvantages([0.1 + 0.2 - 0.3, 0], kind)).toEqual([0, 0]);
      expect(groupAdvantages([1], kind)).toEqual([0]);
    }
    expect(groupStatistics([0.1 + 0.2, 0.3])).toMatchObject({ std: 0, equal: true });
  });

  it('keeps small but real differences', () => {
    expect(groupAdvantages([0, 1e-4], 'grpo')).toEqual([-1, 1]);
    expect(groupAdvantages([1, 1 + 1e-6], 'grpo').map((a) => Math.round(a ?? Number.NaN))).toEqual([-1, 1]);
  });

  it('leaves null rows out of the mean and gives them null', () => {
    // mean of 1, 0, 1 = 2/3; std = sqrt(2)/3
    const a = groupAdvantages([1, 0, null, 1], 'grpo');
    expect(a[2]).toBeNull();
    expect(a[0]).toBeCloseTo(1 / Math.SQRT2, 12);
    expect(a[1]).toBeCloseTo(-Math.SQRT2, 12);
    expect(groupStatistics([1, 0, null, 1])).toMatchObject({ count: 3, mean: 2 / 3 });
    expect(groupAdvantages([null, null], 'grpo')).toEqual([null, null]);
    expect(groupAdvantages([null, 1], 'grpo')).toEqual([null, 0]);
  });

  it('rejects NaN and infinity at the door, naming the row', () => {
    expect(() => groupAdvantages([1, Number.NaN], 'grpo')).toThrow('row 1 is NaN');
    expect(() => groupAdvantages([Number.NEGATIVE_INFINITY, 1], 'dr_grpo')).toThrow('row 0 is -Infinity');
  });

  it('has mean 0 and std 1 for any rewards, whatever their scale and offset', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 16 }),
        fc.integer({ min: 1, max: 9 }),
        (rewards, scale) => {
          fc.pre(new Set(rewards).size > 1);
          const a = groupAdvantages(rewards, 'grpo') as number[];
          expect(a.reduce((s, x) => s + x, 0)).toBeCloseTo(0, 9);
          expect(a.reduce((s, x) => s + x * x, 0) / a.length).toBeCloseTo(1, 9);
          groupAdvantages(
            rewards.map((r) => r * scale + 3),
            'grpo',
          ).forEach((x, i) => {
            expect(x).toBeCloseTo(a[i], 9);
          });
        },
      ),
    );
  });
});
