// Operators that choose a token; none is differentiable.

import { apply, graphError, type Operator, type Tensor } from '../tensor.ts';

const argMaxOp: Operator = { name: 'argMax' };
const cumSumOp: Operator = { name: 'cumSum' };

/** `x [N, V]` -> int32 `[N]`, the index of the largest value (the first of equals). */
export function argMax(x: Tensor): Tensor {
  if (x.rank !== 2) throw graphError('argMax', 'wants [N, V]', [x]);
  return apply(argMaxOp, [x], {}, [x.shape[0]], 'int32');
}

/** Running sums along the last axis. */
export function cumSum(x: Tensor): Tensor {
  return apply(cumSumOp, [x], {}, x.shape, x.dtype);
}
