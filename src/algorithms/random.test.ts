import { describe, expect, it } from 'vitest';
import { deriveSeed, stream } from './random.ts';

const draws = (s: { next(): number }, n: number) => Array.from({ length: n }, () => s.next());

describe('stream', () => {
  it('is the same for the same seed and path, whatever was drawn elsewhere', () => {
    const a = stream(7, 'sample', 57, 3);
    draws(stream(7, 'sample', 56, 3), 10);
    expect(draws(a, 5)).toEqual(draws(stream(7, 'sample', 57, 3), 5));
  });

  it('keeps its values from version to version: a run resumed by a newer program draws the same', () => {
    const s = stream(0, 'pinned', 1);
    expect([s.int(1000), s.int(1000), s.int(1000), s.next()]).toMatchInlineSnapshot(`
      [
        259,
        827,
        43,
        0.11094271344464379,
      ]
    `);
    expect(deriveSeed(0, 'pinned', 1)).toMatchInlineSnapshot(`423851003344068`);
  });

  it('gives every seed, step and index a stream of its own', () => {
    const seen = new Set<number>();
    for (let seed = 0; seed < 10; seed++)
      for (let step = 0; step < 30; step++) for (let i = 0; i < 30; i++) seen.add(stream(seed, step, i).next());
    expect(seen.size).toBe(9000);
    expect(stream(0, 1).next()).not.toBe(stream(1, 0).next());
    expect(stream(0, 1).next()).not.toBe(stream(0, '1').next());
    expect(stream(0, 'ab', 'c').next()).not.toBe(stream(0, 'a', 'bc').next());
    expect(stream(0).next()).not.toBe(stream(0, 0).next());
    expect(stream(2 ** 53 - 1).next()).not.toBe(stream(2 ** 53 - 2).next());
    expect(stream(0).next()).toBe(stream(-0).next());
  });

  it('is uniform within a stream and across the first draws of neighbouring streams', () => {
    const n = 20000;
    for (const values of [draws(stream(1), n), Array.from({ length: n }, (_, i) => stream(1, i).next())]) {
      const bins = new Array(16).fill(0);
      for (const v of values) bins[Math.floor(v * 16)]++;
      const chi2 = bins.reduce((sum, b) => sum + (b - n / 16) ** 2 / (n / 16), 0);
      expect(chi2).toBeLessThan(37.7); // chi-squared, 15 degrees of freedom, p = 0.001
      let lag = 0;
      for (let i = 1; i < n; i++) lag += (values[i] - 0.5) * (values[i - 1] - 0.5) * 12;
      expect(Math.abs(lag / n)).toBeLessThan(3.3 / Math.sqrt(n));
    }
  });

  it('draws integers from the whole range, without bias, and shuffles every order alike', () => {
    const s = stream(3);
    const counts = [0, 0, 0];
    for (let i = 0; i < 9000; i++) counts[s.int(3)]++;
    for (const c of counts) expect(Math.abs(c - 3000)).toBeLessThan(150);
    expect(s.int(1)).toBe(0);
    const orders: Record<string, number> = {};
    for (let i = 0; i < 6000; i++) {
      const key = stream(4, i).shuffle([1, 2, 3]).join('');
      orders[key] = (orders[key] ?? 0) + 1;
    }
    expect(Object.keys(orders)).toHaveLength(6);
    for (const c of Object.values(orders)) expect(Math.abs(c - 1000)).toBeLessThan(110);
  });

  it('refuses what is no seed or range', () => {
    expect(() => stream(Number.NaN)).toThrow(/NaN/);
    expect(() => stream(1).int(0)).toThrow(/n >= 1/);
    expect(() => stream(1).int(1.5)).toThrow(/n >= 1/);
  });
});
