// AdamW (Loshchilov & Hutter 2019) on master weights in float32, and the global gradient norm.

import type { AdamParams } from '../engine.ts';

/** L2 norm over all arrays, accumulated in float64. */
export function globalNorm(arrays: Iterable<Float32Array>): number {
  let total = 0;
  for (const array of arrays) {
    let partial = 0;
    for (let i = 0; i < array.length; i++) partial += array[i] * array[i];
    total += partial;
  }
  return Math.sqrt(total);
}

/**
 * One AdamW update in place: `weights`, and the moments `m` and `v`, all of one length. `t` counts from 1; the gradient is
 * multiplied by `scale` (clipping). Decay is decoupled: w -= lr * (m^ / (sqrt(v^) + eps) + weightDecay * w).
 */
export function adamUpdate(
  weights: Float32Array,
  gradient: Float32Array,
  m: Float32Array,
  v: Float32Array,
  t: number,
  scale: number,
  adam: AdamParams,
  decay: boolean,
): void {
  const { learningRate, beta1, beta2, eps } = adam;
  const correction1 = 1 / (1 - beta1 ** t);
  const correction2 = 1 / (1 - beta2 ** t);
  const shrink = 1 - (decay ? learningRate * adam.weightDecay : 0);
  for (let i = 0; i < weights.length; i++) {
    const g = gradient[i] * scale;
    const mi = beta1 * m[i] + (1 - beta1) * g;
    const vi = beta2 * v[i] + (1 - beta2) * g * g;
    m[i] = mi;
    v[i] = vi;
    weights[i] = weights[i] * shrink - (learningRate * mi * correction1) / (Math.sqrt(vi * correction2) + eps);
  }
}
