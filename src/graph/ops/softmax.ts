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
// d log p[target] / d logits = onehot(target) - p: one pass over [N, V] and one number a row, no one-hot matrix.
const tokenLogprobsOp: Operator = {
  name: 'tokenLogprobs',
  gradient: ({ inputs: [, targets], outputs: [, logp] }, [g, gAll]) => {
    if (gAll) throw graphError('tokenLogprobs', 'its second output is not differentiable; use logSoftmax', [gAll]);
    if (!g) return [];
    const column = reshape(g, [g.shape[0], 1]);
    return [addAtTargets(mul(neg(column), exp(logp)), targets, column), undefined];
  },
};
const addAtTargetsOp: Operator = { name: 'addAtTargets' };

/** Softmax over the last axis. */
export const softmax = (x: Tensor): Tensor => apply(softmaxOp, [x], {}, x.shape);
/** Log-softmax over the last axis. */
export const logSoftmax = (x: Tensor): Tensor => apply(logSoftmaxOp, [x], {}, x.shape);

/** `logits [N, V]`, `targets [N]` int32 -> `logprobs [N]` of the targets and all of them, `[N, V]` (not differentiable). */
export function tokenLogprobs(logits: Tensor, targets: Tensor): { logprobs: Tensor; all: Tensor } {
  if (logits.rank !== 2 || targets.rank !== 1 || targets.shape[0] !== logits.shape[0] || targets.dtype !== 'int32')
    throw graphError('tokenLogprobs', 'wants logits [N, V] and int32 targets [N]', [logits, targets]);
  const [logprobs, all] = applyAll(tokenLogprobsOp, [logits, targets], {}, [
    { shape: [logits.shape[0]], dtype: 'float32' },
    { shape: logits.shape, dtype: 'float32' },
  ]);
  return { logprobs, all };
}

/** `base [N, V]` with `amounts [N, 1]` added at column targets[n] of row n. */
function addAtTargets(base: Tensor, targets: Tensor, amounts: Tensor): Tensor {
  return apply(addAtTargetsOp, [base, targets, amounts], {}, base.shape);
}
