// Operators that choose a token; none is differentiable.

import { apply, applyAll, graphError, type Operator, type Tensor } from '../tensor.ts';

const argMaxOp: Operator = { name: 'argMax' };
const cumSumOp: Operator = { name: 'cumSum' };
const pickOp: Operator = { name: 'pick' };
const topKOp: Operator = { name: 'topK' };

/** `x [N, V]` -> int32 `[N]`, the index of the largest value (the first of equals). */
export function argMax(x: Tensor): Tensor {
  if (x.rank !== 2) throw graphError('argMax', 'wants [N, V]', [x]);
  return apply(argMaxOp, [x], {}, [x.shape[0]], 'int32');
}

/** `x [N, V]` -> the k largest of each row, `values`, `ids [N, k]` (int32), largest first and the lower id first among equals. */
export function topK(x: Tensor, k: number): { values: Tensor; ids: Tensor } {
  const width = x.shape[1];
  if (x.rank !== 2 || k < 1 || (typeof width === 'number' && k > width))
    throw graphError('topK', `wants [N, V] with V of ${k} or more`, [x]);
  const [values, ids] = applyAll(topKOp, [x], { k }, [
    { shape: [x.shape[0], k], dtype: x.dtype },
    { shape: [x.shape[0], k], dtype: 'int32' },
  ]);
  return { values, ids };
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
