// Scaled dot-product attention with grouped query heads and an additive mask, as one operator with a rule of its own: the
// row sums in softmax's gradient are those of (dO * O), [.., D] wide instead of [.., T] (Dao et al. 2022, eq. 4).

import { applyAll, graphError, type Operator, type Tensor } from '../tensor.ts';
import { mul, sub } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { sum } from './reduce.ts';

const attentionOp: Operator = {
  name: 'attention',
  gradient: ({ inputs: [q, k, v], outputs: [out, p], attributes }, [g, gP]) => {
    if (gP) throw graphError('attention', 'its probabilities are not differentiable', [gP]);
    if (!g) return [];
    const scale = attributes.scale as number;
    const dv = matmul(p, g, { transA: true });
    const dp = matmul(g, v, { transB: true });
    const ds = mul(p, sub(dp, sum(mul(g, out), [-1], true)));
    return [matmul(ds, k, { alpha: scale }), matmul(ds, q, { transA: true, alpha: scale }), dv, undefined];
  },
};

/**
 * `q [B, KV, G*T, D]` (the G query heads of a key head one after another), `k, v [B, KV, S, D]`, `mask [B, 1, G*T, S]`
 * added to the scores (0 or a large negative number) -> `[B, KV, G*T, D]`.
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scale: number): Tensor {
  if (q.rank !== 4 || k.rank !== 4 || mask.rank !== 4 || q.shape[3] !== k.shape[3] || q.shape[1] !== k.shape[1])
    throw graphError('attention', 'wants q [B, KV, G*T, D], k and v [B, KV, S, D], mask [B, 1, G*T, S]', [q, k, v, mask]);
  return applyAll(attentionOp, [q, k, v, mask], { scale }, [
    { shape: q.shape, dtype: 'float32' },
    { shape: [q.shape[0], q.shape[1], q.shape[2], k.shape[2]], dtype: 'float32' },
  ])[0];
}
