import { describe, expect, it } from 'vitest';
import { k1, k2, k3, k3Gradient } from './kl.ts';

describe('KL estimators', () => {
  it('give the known values for policy -1 and reference -1.5', () => {
    expect(k1(-1, -1.5)).toBe(0.5);
    expect(k2(-1, -1.5)).toBe(0.125);
    expect(k3(-1, -1.5)).toBeCloseTo(0.10653, 5);
    // the arguments the wrong way round
    expect(k3(-1.5, -1)).toBeCloseTo(0.14872, 5);
  });

  it('k3 is never negative, 0 where the two agree, and exact for tiny differences', () => {
    for (const d of [-5, -0.1, -1e-5, -1e-9, -1e-17, 0, 1e-17, 1e-9, 1e-5, 0.1, 5]) expect(k3(-1, -1 + d)).toBeGreaterThanOrEqual(0);
    expect(k3(-0.7, -0.7)).toBe(0);
    expect(k3(0, 1e-6)).toBeCloseTo(5e-13, 16);
  });

  it('k1 and k3 are unbiased: summed over the vocabulary they are the KL divergence', () => {
    const p = [0.7, 0.2, 0.1];
    const q = [0.3, 0.3, 0.4];
    const kl = p.reduce((s, pi, i) => s + pi * Math.log(pi / q[i]), 0);
    for (const k of [k1, k3]) expect(p.reduce((s, pi, i) => s + pi * k(Math.log(pi), Math.log(q[i])), 0)).toBeCloseTo(kl, 12);
  });

  it('k3Gradient is the derivative of k3', () => {
    for (const [lp, ref] of [
      [-1, -1.5],
      [-3, -0.2],
      [-0.5, -0.5],
    ]) {
      const h = 1e-6;
      expect(k3Gradient(lp, ref)).toBeCloseTo((k3(lp + h, ref) - k3(lp - h, ref)) / (2 * h), 8);
    }
  });
});
