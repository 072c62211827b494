// Sums and means over axes, and `sumTo`, which undoes broadcasting in gradient rules.

import { apply, type Dim, graphError, normalizeAxis, type Operator, sameShape, type Tensor } from '../tensor.ts';
import { mul } from './elementwise.ts';
import { expandLike, reshape } from './shape.ts';

const sumOp: Operator = {
  name: 'sum',
  gradient: ({ inputs: [x], attributes }, [g]) => {
    if (!g) return [];
    const axes = attributes.axes as readonly number[];
    const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    return [expandLike(sameShape(g.shape, kept) ? g : reshape(g, kept), x)];
  },
};
const maxOp: Operator = { name: 'max' };

function reduce(op: Operator, x: Tensor, axes: readonly number[], keepDims: boolean): Tensor {
  const at = axes.map((axis) => normalizeAxis(op.name, axis, x)).sort((a, b) => a - b);
  const shape: Dim[] = [];
  for (const [axis, dim] of x.shape.entries()) {
    if (!at.includes(axis)) shape.push(dim);
    else if (keepDims) shape.push(1);
  }
  return apply(op, [x], { axes: at, keepDims }, shape, x.dtype);
}

/** Sum over `axes` (default: all). */
export function sum(x: Tensor, axes: readonly number[] = x.shape.map((_, axis) => axis), keepDims = false): Tensor {
  return axes.length === 0 ? x : reduce(sumOp, x, axes, keepDims);
}

/** Largest value over `axes`; not differentiable (used for numerics and sampling only). */
export function max(x: Tensor, axes: readonly number[], keepDims = false): Tensor {
  return reduce(maxOp, x, axes, keepDims);
}

/** Mean over `axes`, whose sizes must be numbers. */
export function mean(x: Tensor, axes: readonly number[], keepDims = false): Tensor {
  let count = 1;
  for (const axis of axes) {
    const size = x.shape[normalizeAxis('mean', axis, x)];
    if (typeof size !== 'number') throw graphError('mean', `axis ${axis} has the symbolic size ${size}`, [x]);
    count *= size;
  }
  return mul(sum(x, axes, keepDims), 1 / count);
}

/** Sum `g` over the axes along which `like` was broadcast to g's shape. */
export function sumTo(g: Tensor, like: Tensor): Tensor {
  if (sameShape(g.shape, like.shape)) return g;
  const lead = g.rank - like.rank;
  if (lead < 0) return expandLike(g, like);
  const axes = g.shape.flatMap((dim, axis) => (axis < lead || (like.shape[axis - lead] === 1 && dim !== 1) ? [axis] : []));
  const summed = sum(g, axes, true);
  if (sameShape(summed.shape, like.shape)) return summed;
  // A gradient may be smaller than its input, where the rule made it from a constant.
  const target = reshape(summed, summed.shape.slice(lead));
  return sameShape(target.shape, like.shape) ? target : expandLike(target, like);
}
