import { describe, expect, it } from 'vitest';
import { mean, median, std } from './summary.ts';

describe('summaries', () => {
  it('leave out what is absent, and count 0', () => {
    expect(mean([0, null, 3, undefined])).toBe(1.5);
    expect(std([1, null, 3])).toBe(1);
    expect(median([9, 0, null, 3])).toBe(3);
    expect(median([4, 1])).toBe(2.5);
  });

  it('of nothing are absent: not NaN, not 0', () => {
    for (const f of [mean, std, median]) {
      expect(f([])).toBeUndefined();
      expect(f([null, undefined])).toBeUndefined();
    }
  });
});
