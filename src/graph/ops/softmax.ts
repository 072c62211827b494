// Softmax and log-softmax over the last axis, and the log-probability of one chosen token a row.

import { apply, applyAll, graphError, type Operator, type Tensor } from '../tensor.ts';
import { exp, mul, neg, sub } from './elementwise.ts';
import { sum } from './reduce.ts';
import { reshape } from './shape.ts';

const softmaxOp: Operator = {
  name: 'softmax',
  gradient: ({ outputs: [y] }, [g]) => [g && mul(y, sub(g, sum(mul(g, y), [-1], true)))],
};
const logSoftmaxOp: Operator = {
  name: 'logSoftmax',
  gradient: ({ outputs: [y] }, [g]) => [g && sub(g, mul(exp(y), sum(g, [-1], true)))],
};
// d log p[target] / d logits = onehot(target) - p: one pass over [N, V] and one number a target, no one-hot matrix.
const tokenLogprobsOp: Operator = {
  name: 'tokenLogprobs',
  gradient: ({ inputs: [, targets], outputs: [, logp] }, [g, gAll]) => {
    if (gAll) throw graphError('tokenLogprobs', 'its second output is not differentiable; use logSoftmax', [gAll]);
    if (!g) return [];
    const columns = g.rank === 2 ? g : reshape(g, [g.shape[0], 1]);
    const column = g.rank === 2 ? sum(g, [1], true) : columns;
    return [addAtTargets(mul(neg(column), exp(logp)), targets, columns), undefined];
  },
};
const addAtTargetsOp: Operator = { name: 'addAtTargets' };

/** Softmax over the last axis. */
export const softmax = (x: Tensor): Tensor => apply(softmaxOp, [x], {}, x.shape);
/** Log-softmax over the last axis. */
export const logSoftmax = (x: Tensor): Tensor => apply(logSoftmaxOp, [x], {}, x.shape);

/** `logits [N, V]`, `targets [N]` or `[N, K]` int32 -> `logprobs` of the targets, of their shape, and all of them, `[N, V]` (not differentiable). */
export function tokenLogprobs(logits: Tensor, targets: Tensor): { logprobs: Tensor; all: Tensor } {
  if (logits.rank !== 2 || targets.rank < 1 || targets.rank > 2 || targets.shape[0] !== logits.shape[0] || targets.dtype !== 'int32')
    throw graphError('tokenLogprobs', 'wants logits [N, V] and int32 targets [N] or [N, K]', [logits, targets]);
  const [logprobs, all] = applyAll(tokenLogprobsOp, [logits, targets], {}, [
    { shape: targets.shape, dtype: 'float32' },
    { shape: logits.shape, dtype: 'float32' },
  ]);
  return { logprobs, all };
}

/** `base [N, V]` with `amounts [N, K]` added at the columns targets[n] of row n (targets [N]: K is 1). */
function addAtTargets(base: Tensor, targets: Tensor, amounts: Tensor): Tensor {
  return apply(addAtTargetsOp, [base, targets, amounts], {}, base.shape);
}
