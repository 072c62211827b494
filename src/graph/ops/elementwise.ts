// Element-wise operators with NumPy broadcasting, each beside its gradient rule. A gradient is summed back to the shape
// of the input that was broadcast (`sumTo`).

import { apply, applyAll, broadcastShapes, constant, graphError, type Operator, type Tensor } from '../tensor.ts';
import { sumTo } from './reduce.ts';

function binary(op: Operator, a: Tensor, b: Tensor): Tensor {
  if (a.dtype !== b.dtype) throw graphError(op.name, 'the types differ', [a, b]);
  const shape = broadcastShapes(a.shape, b.shape);
  if (shape === undefined) throw graphError(op.name, 'the shapes do not broadcast', [a, b]);
  return apply(op, [a, b], {}, shape, a.dtype);
}

function unary(op: Operator, x: Tensor): Tensor {
  if (x.dtype !== 'float32') throw graphError(op.name, 'wants float32', [x]);
  return apply(op, [x], {}, x.shape);
}

/** A number becomes a scalar constant. */
function lift(x: Tensor | number): Tensor {
  return typeof x === 'number' ? constant(x) : x;
}

const addOp: Operator = {
  name: 'add',
  gradient: ({ inputs: [a, b] }, [g]) => [g && sumTo(g, a), g && sumTo(g, b)],
};
const subOp: Operator = {
  name: 'sub',
  gradient: ({ inputs: [a, b] }, [g]) => [g && sumTo(g, a), g && sumTo(neg(g), b)],
};
const mulOp: Operator = {
  name: 'mul',
  gradient: ({ inputs: [a, b] }, [g]) => [g && sumTo(mul(g, b), a), g && sumTo(mul(g, a), b)],
};
const divOp: Operator = {
  name: 'div',
  gradient: ({ inputs: [a, b], outputs: [y] }, [g]) => [g && sumTo(div(g, b), a), g && sumTo(neg(div(mul(g, y), b)), b)],
};
// Where both are equal the gradient goes to the first alone, so that it is never counted twice.
const minimumOp: Operator = {
  name: 'minimum',
  gradient: ({ inputs: [a, b] }, [g]) => {
    if (!g) return [];
    const first = lessEqual(a, b);
    return [sumTo(where(first, g, constant(0)), a), sumTo(where(first, constant(0), g), b)];
  },
};
const maximumOp: Operator = {
  name: 'maximum',
  gradient: ({ inputs: [a, b] }, [g]) => {
    if (!g) return [];
    const first = lessEqual(b, a);
    return [sumTo(where(first, g, constant(0)), a), sumTo(where(first, constant(0), g), b)];
  },
};
const negOp: Operator = { name: 'neg', gradient: (_, [g]) => [g && neg(g)] };
const expOp: Operator = { name: 'exp', gradient: ({ outputs: [y] }, [g]) => [g && mul(g, y)] };
const logOp: Operator = { name: 'log', gradient: ({ inputs: [x] }, [g]) => [g && div(g, x)] };
const sigmoidOp: Operator = {
  name: 'sigmoid',
  gradient: ({ outputs: [y] }, [g]) => [g && mul(g, mul(y, sub(1, y)))],
};
const softplusOp: Operator = { name: 'softplus', gradient: ({ inputs: [x] }, [g]) => [g && mul(g, sigmoid(x))] };
// With s = sigmoid(x), kept from the forward pass, and y = x s:  dy/dx = s + x s (1 - s) = y + s (1 - y).
const siluOp: Operator = {
  name: 'silu',
  gradient: ({ outputs: [y, s] }, [g]) => [g && mul(g, add(y, mul(s, sub(1, y))))],
};
const whereOp: Operator = {
  name: 'where',
  gradient: ({ inputs: [condition, a, b] }, [g]) =>
    g ? [undefined, sumTo(where(condition, g, constant(0)), a), sumTo(where(condition, constant(0), g), b)] : [],
};
const lessEqualOp: Operator = { name: 'lessEqual', gradient: () => [] };
const stopGradientOp: Operator = { name: 'stopGradient', gradient: () => [] };
const castOp: Operator = { name: 'cast', gradient: () => [] };

export const add = (a: Tensor | number, b: Tensor | number): Tensor => binary(addOp, lift(a), lift(b));
export const sub = (a: Tensor | number, b: Tensor | number): Tensor => binary(subOp, lift(a), lift(b));
export const mul = (a: Tensor | number, b: Tensor | number): Tensor => binary(mulOp, lift(a), lift(b));
export const div = (a: Tensor | number, b: Tensor | number): Tensor => binary(divOp, lift(a), lift(b));
export const minimum = (a: Tensor | number, b: Tensor | number): Tensor => binary(minimumOp, lift(a), lift(b));
export const maximum = (a: Tensor | number, b: Tensor | number): Tensor => binary(maximumOp, lift(a), lift(b));
export const neg = (x: Tensor): Tensor => unary(negOp, x);
export const exp = (x: Tensor): Tensor => unary(expOp, x);
export const log = (x: Tensor): Tensor => unary(logOp, x);
export const sigmoid = (x: Tensor): Tensor => unary(sigmoidOp, x);
/** log(1 + exp(x)), finite at every x: -log sigmoid(x) is softplus(-x). */
export const softplus = (x: Tensor): Tensor => unary(softplusOp, x);
/** x * sigmoid(x). */
export function silu(x: Tensor): Tensor {
  return applyAll(siluOp, [x], {}, [
    { shape: x.shape, dtype: 'float32' },
    { shape: x.shape, dtype: 'float32' },
  ])[0];
}
/** The value of `x`, through which no gradient flows. */
export const stopGradient = (x: Tensor): Tensor => apply(stopGradientOp, [x], {}, x.shape, x.dtype);

function comparison(op: Operator, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShapes(a.shape, b.shape);
  if (shape === undefined || a.dtype !== b.dtype) throw graphError(op.name, 'the shapes do not broadcast, or the types differ', [a, b]);
  return apply(op, [a, b], {}, shape, 'bool');
}
/** a <= b, as bool. */
export const lessEqual = (a: Tensor | number, b: Tensor | number): Tensor => comparison(lessEqualOp, lift(a), lift(b));

/** `a` where the condition holds, else `b`; all three broadcast. */
export function where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const values = broadcastShapes(a.shape, b.shape);
  const shape = values && broadcastShapes(condition.shape, values);
  if (shape === undefined || condition.dtype !== 'bool')
    throw graphError('where', 'the shapes do not broadcast, or the condition is not bool', [condition, a, b]);
  return apply(whereOp, [condition, a, b], {}, shape, a.dtype);
}

/** The values of `x` as another type; no gradient flows. */
export function cast(x: Tensor, dtype: Tensor['dtype']): Tensor {
  return apply(castOp, [x], { dtype }, x.shape, dtype);
}
