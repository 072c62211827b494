// AdamW against numbers worked by hand and against torch.optim.AdamW (bench/golden/adamw.py; golden/adamw.json says its version).

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AdamParams } from '../engine.ts';
import { adamUpdate, globalNorm } from './adam.ts';

const plain: AdamParams = { learningRate: 0.1, beta1: 0.9, beta2: 0.99, eps: 0, weightDecay: 0, gradClipNorm: 0 };
const zeros = (length: number) => new Float32Array(length);

describe('adamUpdate', () => {
  it("by hand: the first step is the learning rate against the gradient's sign; the second follows the corrected moments", () => {
    const [w, m, v] = [Float32Array.of(1, -2), zeros(2), zeros(2)];
    adamUpdate(w, Float32Array.of(0.5, -4), m, v, 1, 1, plain, true);
    expect(w[0]).toBeCloseTo(0.9, 6);
    expect(w[1]).toBeCloseTo(-1.9, 6);
    expect(m[0]).toBeCloseTo(0.05, 7);
    expect(v[1]).toBeCloseTo(0.16, 6);
    // Second gradient 1: m = 0.9 x 0.05 + 0.1 = 0.145, / 0.19; v = 0.99 x 0.0025 + 0.01 = 0.012475, / 0.0199.
    adamUpdate(w, Float32Array.of(1, 0), m, v, 2, 1, plain, true);
    expect(w[0]).toBeCloseTo(0.9 - (0.1 * (0.145 / 0.19)) / Math.sqrt(0.012475 / 0.0199), 6);
  });

  it('by hand: decay is decoupled from the gradient, and spared where it is not wanted', () => {
    const decayed = { ...plain, weightDecay: 0.5, eps: 1e-8 };
    const [w, spared] = [Float32Array.of(2), Float32Array.of(2)];
    adamUpdate(w, zeros(1), zeros(1), zeros(1), 1, 1, decayed, true);
    adamUpdate(spared, zeros(1), zeros(1), zeros(1), 1, 1, decayed, false);
    expect(w[0]).toBeCloseTo(2 * (1 - 0.1 * 0.5), 6);
    expect(spared[0]).toBe(2);
  });

  it('with a learning rate of 0 moves nothing but the moments', () => {
    const [w, m, v] = [Float32Array.of(1), zeros(1), zeros(1)];
    adamUpdate(w, Float32Array.of(2), m, v, 1, 0.5, { ...plain, learningRate: 0, weightDecay: 1 }, true);
    expect(w[0]).toBe(1);
    expect([m[0], v[0]].map((x) => Math.fround(x))).toEqual([Math.fround(0.1), Math.fround(0.01)]);
  });

  it("is torch's AdamW over five steps, with one clipped, one matrix that decays and one norm scale that does not", () => {
    const url = new URL('./golden/adamw.json', import.meta.url);
    const { made_by: version, steps } = JSON.parse(readFileSync(url, 'utf8')) as {
      made_by: string;
      steps: { gradients: number[][]; norm: number; weights: number[][] }[];
    };
    const adam: AdamParams = { learningRate: 0.01, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1, gradClipNorm: 10 };
    const weights = [Float32Array.of(0.5, -1.25, 2, 0, 1e-3, -0.75), Float32Array.of(1, 0.9)];
    const moments = weights.map(({ length }) => ({ m: zeros(length), v: zeros(length) }));
    for (const [i, step] of steps.entries()) {
      const gradients = step.gradients.map((g) => Float32Array.from(g));
      const norm = globalNorm(gradients);
      expect(Math.abs(norm - step.norm) / step.norm, `norm of step ${i}, ${version}`).toBeLessThan(1e-6);
      const scale = norm > adam.gradClipNorm ? adam.gradClipNorm / norm : 1;
      for (const [p, w] of weights.entries()) {
        adamUpdate(w, gradients[p], moments[p].m, moments[p].v, i + 1, scale, adam, p === 0);
        for (const [j, value] of w.entries())
          expect(Math.abs(value - step.weights[p][j]), `weight ${p}[${j}] after step ${i}, ${version}`).toBeLessThan(2e-6);
      }
    }
    expect(steps.filter(({ norm }) => norm > adam.gradClipNorm).length).toBe(1);
  });
});

describe('globalNorm', () => {
  it('is over all arrays, does not overflow float32, and is not finite where an element is not', () => {
    expect(globalNorm([Float32Array.of(3), Float32Array.of(0, 4)])).toBe(5);
    expect(globalNorm([Float32Array.of(3e38, 3e38)])).toBeGreaterThan(4e38);
    expect(globalNorm([])).toBe(0);
    expect(Number.isFinite(globalNorm([Float32Array.of(1), Float32Array.of(Number.NaN)]))).toBe(false);
    expect(Number.isFinite(globalNorm([Float32Array.of(-Infinity)]))).toBe(false);
  });
});
