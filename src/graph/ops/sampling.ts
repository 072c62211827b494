// Operators that choose a token; none is differentiable.

import { apply, graphError, type Operator, type Tensor } from '../tensor.ts';

const argMaxOp: Operator = { name: 'argMax' };
const cumSumOp: Operator = { name: 'cumSum' };
const pickOp: Operator = { name: 'pick' };

/** `x [N, V]` -> int32 `[N]`, the index of the largest value (the first of equals). */
export function argMax(x: Tensor): Tensor {
  if (x.rank !== 2) throw graphError('argMax', 'wants [N, V]', [x]);
  return apply(argMaxOp, [x], {}, [x.shape[0]], 'int32');
}

/** Running sums along the last axis. */
export function cumSum(x: Tensor): Tensor {
  return apply(cumSumOp, [x], {}, x.shape, x.dtype);
}

/** One piece of each row: `x [B, R, D]`, `ids [B]` (int32, within R) -> `[B, D]`. */
export function pick(x: Tensor, ids: Tensor): Tensor {
  if (x.rank !== 3 || ids.rank !== 1 || ids.dtype !== 'int32' || ids.shape[0] !== x.shape[0])
    throw graphError('pick', 'wants x [B, R, D] and int32 ids [B]', [x, ids]);
  return apply(pickOp, [x, ids], {}, [x.shape[0], x.shape[2]], x.dtype);
}
