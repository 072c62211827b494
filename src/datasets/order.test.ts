import { describe, expect, it } from 'vitest';
import { drawHeldOut, shuffledPasses } from './order.ts';

describe('shuffledPasses', () => {
  const take = (size: number, seed: number, count: number, name = 'rows') => {
    const at = shuffledPasses(size, seed, name);
    return Array.from({ length: count }, (_, i) => at(i));
  };

  it('takes every row once a pass, each pass in another order', () => {
    const rows = take(7, 1, 14);
    const all = [0, 1, 2, 3, 4, 5, 6];
    expect(rows.slice(0, 7).toSorted()).toEqual(all);
    expect(rows.slice(7).toSorted()).toEqual(all);
    expect(rows.slice(0, 7)).not.toEqual(rows.slice(7));
  });

  it('depends on seed, name and position alone: it can be taken up anywhere', () => {
    expect(shuffledPasses(7, 1, 'rows')(12)).toBe(take(7, 1, 13)[12]);
    expect(take(30, 1, 30)).not.toEqual(take(30, 2, 30));
    expect(take(30, 1, 30)).not.toEqual(take(30, 1, 30, 'others'));
  });
});

describe('drawHeldOut', () => {
  it('takes a share or a number of rows, by the seed; at least one', () => {
    expect(drawHeldOut(100, 0.1, 1).size).toBe(10);
    expect(drawHeldOut(100, 7, 1).size).toBe(7);
    expect(drawHeldOut(5, 0.01, 1).size).toBe(1);
    expect([...drawHeldOut(100, 5, 1)]).toEqual([...drawHeldOut(100, 5, 1)]);
    expect([...drawHeldOut(100, 5, 1)]).not.toEqual([...drawHeldOut(100, 5, 2)]);
    for (const row of drawHeldOut(10, 4, 3)) expect(row).toBeLessThan(10);
  });
});
