// Operators that move values without computing: reshape, transpose, concat, slice, expand.

import {
  apply,
  broadcastShapes,
  type Dim,
  dimProduct,
  graphError,
  normalizeAxis,
  type Operator,
  type Shape,
  sameShape,
  type Tensor,
} from '../tensor.ts';
import { sumTo } from './reduce.ts';

const reshapeOp: Operator = {
  name: 'reshape',
  gradient: ({ inputs: [x] }, [g]) => [g && reshapeLike(g, x)],
};
const reshapeLikeOp: Operator = {
  name: 'reshapeLike',
  gradient: ({ inputs: [x] }, [g]) => [g && reshapeLike(g, x), undefined],
};
const transposeOp: Operator = {
  name: 'transpose',
  gradient: ({ attributes }, [g]) => {
    const perm = attributes.perm as readonly number[];
    return [
      g &&
        transpose(
          g,
          perm.map((_, axis) => perm.indexOf(axis)),
        ),
    ];
  },
};
const concatOp: Operator = {
  name: 'concat',
  gradient: ({ inputs, attributes }, [g]) => {
    if (!g) return [];
    const axis = attributes.axis as number;
    let start = 0;
    return inputs.map((x) => {
      const size = x.shape[axis];
      if (typeof size !== 'number') throw graphError('concat', 'only pieces of known size along the axis can be differentiated', inputs);
      const piece = slice(g, axis, start, start + size);
      start += size;
      return piece;
    });
  },
};
const sliceOp: Operator = {
  name: 'slice',
  gradient: ({ inputs: [x], attributes }, [g]) => {
    if (!g) return [];
    const [axis, start, end] = [attributes.axis, attributes.start, attributes.end] as number[];
    return [pad(g, axis, start, (x.shape[axis] as number) - end)];
  },
};
const padOp: Operator = {
  name: 'pad',
  gradient: ({ inputs: [x], attributes }, [g]) => {
    const [axis, before] = [attributes.axis, attributes.before] as number[];
    return [g && slice(g, axis, before, before + (x.shape[axis] as number))];
  },
};
const expandLikeOp: Operator = {
  name: 'expandLike',
  gradient: ({ inputs: [x] }, [g]) => [g && sumTo(g, x), undefined],
};

/** The same values in another shape. Symbols must survive as they are, or within a product. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (dimProduct(x.shape) !== dimProduct(shape)) throw graphError('reshape', `cannot become [${shape.join(', ')}]: the sizes differ`, [x]);
  const symbolic = shape.filter((dim, axis) => typeof dim === 'string' && x.shape[axis] !== dim);
  if (symbolic.length > 1) throw graphError('reshape', `cannot become [${shape.join(', ')}]: more than one symbol moves`, [x]);
  return apply(reshapeOp, [x], { shape }, shape, x.dtype);
}

/** The values of `x` in the shape of `like`, of equal size. */
export function reshapeLike(x: Tensor, like: Tensor): Tensor {
  if (sameShape(x.shape, like.shape)) return x;
  if (dimProduct(x.shape) !== dimProduct(like.shape)) throw graphError('reshapeLike', 'the sizes differ', [x, like]);
  return apply(reshapeLikeOp, [x, like], {}, like.shape, x.dtype);
}

/** Output axis i is input axis perm[i]. */
export function transpose(x: Tensor, perm: readonly number[]): Tensor {
  if (perm.length !== x.rank || new Set(perm).size !== x.rank)
    throw graphError('transpose', `[${perm.join(', ')}] is no permutation of its axes`, [x]);
  return apply(
    transposeOp,
    [x],
    { perm },
    perm.map((axis) => x.shape[axis]),
    x.dtype,
  );
}

/** Join along `axis`; the other sizes must be equal. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const at = normalizeAxis('concat', axis, parts[0]);
  const others = (t: Tensor): Shape => t.shape.map((dim, i) => (i === at ? 1 : dim));
  if (parts.some((part) => !sameShape(others(part), others(parts[0]))))
    throw graphError('concat', `the sizes beside axis ${axis} differ`, parts);
  const sizes = parts.map((part) => part.shape[at]);
  const joined: Dim = sizes.every((size) => typeof size === 'number')
    ? sizes.reduce((a, b) => a + b, 0)
    : sizes.every((size) => size === sizes[0])
      ? dimProduct([sizes.length, sizes[0]])
      : sizes.join('+');
  return apply(
    concatOp,
    parts,
    { axis: at },
    parts[0].shape.map((dim, i) => (i === at ? joined : dim)),
    parts[0].dtype,
  );
}

/** The elements [start, end) of an axis of known size. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const at = normalizeAxis('slice', axis, x);
  const size = x.shape[at];
  if (typeof size !== 'number' || start < 0 || end > size || start >= end)
    throw graphError('slice', `[${start}, ${end}) is outside axis ${axis}`, [x]);
  return apply(
    sliceOp,
    [x],
    { axis: at, start, end },
    x.shape.map((dim, i) => (i === at ? end - start : dim)),
    x.dtype,
  );
}

/** Zeros before and after along an axis of known size. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return x;
  const at = normalizeAxis('pad', axis, x);
  const size = x.shape[at];
  if (typeof size !== 'number') throw graphError('pad', `axis ${axis} has a symbolic size`, [x]);
  return apply(
    padOp,
    [x],
    { axis: at, before, after },
    x.shape.map((dim, i) => (i === at ? size + before + after : dim)),
    x.dtype,
  );
}

/** Broadcast `x` to the shape of `like`. */
export function expandLike(x: Tensor, like: Tensor): Tensor {
  if (sameShape(x.shape, like.shape)) return x;
  const shape = broadcastShapes(x.shape, like.shape);
  if (shape === undefined || !sameShape(shape, like.shape))
    throw graphError('expandLike', 'the first does not broadcast to the second', [x, like]);
  return apply(expandLikeOp, [x, like], {}, like.shape, x.dtype);
}
