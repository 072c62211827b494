// Rows by index and back: `gatherRows` (an embedding) and `scatterAddRows` are each other's gradient. Repeated ids add up;
// which kernel does that safely is the lowering's business (the obvious one loses updates on several threads).

import { apply, graphError, type Operator, sameShape, type Tensor } from '../tensor.ts';

const gatherRowsOp: Operator = {
  name: 'gatherRows',
  gradient: ({ inputs: [table, ids], attributes }, [g]) => [g && scatterAddRows(ids, g, table, attributes.distinct as boolean), undefined],
};
const scatterAddRowsOp: Operator = {
  name: 'scatterAddRows',
  gradient: ({ inputs: [ids], attributes }, [g]) => [
    undefined,
    g && gatherRows(g, ids, { distinct: attributes.distinct as boolean }),
    undefined,
  ],
};

/** `table [R, D]`, `ids [...]` (int32) -> `[..., D]`. `distinct`: the caller vouches that no id repeats, which makes the gradient cheaper. */
export function gatherRows(table: Tensor, ids: Tensor, { distinct = false } = {}): Tensor {
  if (table.rank !== 2 || ids.dtype !== 'int32') throw graphError('gatherRows', 'wants a table [R, D] and int32 ids', [table, ids]);
  return apply(gatherRowsOp, [table, ids], { distinct }, [...ids.shape, table.shape[1]], table.dtype);
}

/** Zeros in the shape of `like [R, D]`, to which each row of `rows [..., D]` is added at its id in `ids [...]`. */
export function scatterAddRows(ids: Tensor, rows: Tensor, like: Tensor, distinct = false): Tensor {
  if (like.rank !== 2 || !sameShape(rows.shape, [...ids.shape, like.shape[1]]))
    throw graphError('scatterAddRows', 'wants ids [...], rows [..., D] and a table [R, D]', [ids, rows, like]);
  return apply(scatterAddRowsOp, [ids, rows, like], { distinct }, like.shape);
}
