import { describe, expect, it } from 'vitest';
import { learningRateAt, scheduledValue } from './schedules.ts';

describe('learningRateAt', () => {
  it('warms up linearly from peak / warmup, then follows half a cosine that ends at final in the last step', () => {
    const rate = { peak: 1, final: 0.2, schedule: 'cosine' as const, warmup: 2 };
    const values = Array.from({ length: 7 }, (_, step) => learningRateAt(step, 7, rate));
    const quarter = 0.2 + (0.8 * (1 + Math.SQRT1_2)) / 2;
    [0.5, 1, 1, quarter, 0.6, 1.2 - quarter, 0.2].forEach((v, i) => {
      expect(values[i]).toBeCloseTo(v, 12);
    });
  });

  it('holds the peak where constant, and is never 0 or NaN in runs of one step', () => {
    expect(learningRateAt(99, 100, { peak: 3e-6, schedule: 'constant', warmup: 0 })).toBe(3e-6);
    expect(learningRateAt(0, 1, { peak: 1, final: 0.1, schedule: 'cosine', warmup: 0 })).toBe(1);
    expect(learningRateAt(0, 1, { peak: 1, final: 0.1, schedule: 'cosine', warmup: 5 })).toBe(0.2);
    expect(learningRateAt(12, 10, { peak: 1, final: 0.1, schedule: 'cosine', warmup: 0 })).toBeCloseTo(0.1, 12);
  });
});

describe('scheduledValue', () => {
  it("changes at the paper's step and not before", () => {
    const schedule = [
      { from: 0, value: 32768 },
      { from: 8200, value: 65536 },
    ];
    expect([0, 8199, 8200, 10400].map((s) => scheduledValue(schedule, s))).toEqual([32768, 32768, 65536, 65536]);
    expect(scheduledValue(224, 7)).toBe(224);
    expect(() => scheduledValue([{ from: 5, value: 1 }], 4)).toThrow('step 4');
  });
});
