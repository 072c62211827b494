// RMSNorm (Zhang & Sennrich 2019): y = x / sqrt(mean(x^2) + eps) * scale, over the last axis.

import { applyAll, type Dim, graphError, type Operator, type Tensor } from '../tensor.ts';
import { mul, sub } from './elementwise.ts';
import { mean, sumTo } from './reduce.ts';

// With r = 1/rms and n = x r:  dx = r (h - n mean(h n)), h = g scale;  dscale = sum(g n).
const rmsNormOp: Operator = {
  name: 'rmsNorm',
  gradient: ({ inputs: [x, scale], outputs: [, inverse] }, [g]) => {
    if (!g) return [];
    const n = mul(x, inverse);
    const gn = mul(g, n);
    const dx = mul(inverse, sub(mul(g, scale), mul(n, mean(mul(gn, scale), [-1], true))));
    return [dx, sumTo(gn, scale)];
  },
};

/** `x [..., D]`, `scale [D]` -> `[..., D]`. */
export function rmsNorm(x: Tensor, scale: Tensor, eps: number): Tensor {
  const d: Dim = x.shape[x.rank - 1];
  if (scale.rank !== 1 || scale.shape[0] !== d) throw graphError('rmsNorm', 'the scale is not as long as the last axis', [x, scale]);
  return applyAll(rmsNormOp, [x, scale], { eps }, [
    { shape: x.shape, dtype: 'float32' },
    { shape: [...x.shape.slice(0, -1), 1], dtype: 'float32' },
  ])[0];
}
