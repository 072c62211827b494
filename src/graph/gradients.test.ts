// Every operator's gradient rule against finite differences: plain, broadcast, with shared inputs, with repeated indices, and
// with symbolic dimensions; and what is said when a graph cannot be differentiated or its shapes do not fit.

import { describe, expect, it } from 'vitest';
import { type CheckInput, checkGradient } from '../testing/gradientCheck.ts';
import { gradients } from './autodiff.ts';
import * as op from './ops/index.ts';
import { CompiledGraph } from './session.ts';
import { apply, constant, input, scope, type Tensor } from './tensor.ts';

const m = (...dims: number[]): CheckInput => ({ dims });
const positive = (...dims: number[]): CheckInput => ({ dims, low: 0.5, high: 2 });

const cases: [string, Record<string, CheckInput>, (t: Record<string, Tensor>) => Tensor][] = [
  ['add', { a: m(2, 3), b: m(2, 3) }, ({ a, b }) => op.add(a, b)],
  ['add, broadcast row', { a: m(2, 3), b: m(3) }, ({ a, b }) => op.add(a, b)],
  ['add, both broadcast', { a: m(2, 1, 3), b: m(4, 1) }, ({ a, b }) => op.add(a, b)],
  ['add, scalar', { a: m(2, 3), b: m() }, ({ a, b }) => op.add(a, b)],
  ['sub', { a: m(2, 3), b: m(1, 3) }, ({ a, b }) => op.sub(a, b)],
  ['mul', { a: m(2, 3), b: m(2, 1) }, ({ a, b }) => op.mul(a, b)],
  ['mul, shared input', { a: m(2, 3) }, ({ a }) => op.mul(a, op.mul(a, a))],
  ['div', { a: m(2, 3), b: positive(3) }, ({ a, b }) => op.div(a, b)],
  ['minimum', { a: { dims: [4], values: [-1, 0.5, 0.25, 2] }, b: { dims: [4], values: [0, 0, 0.75, 1] } }, ({ a, b }) => op.minimum(a, b)],
  ['maximum, broadcast', { a: { dims: [4], values: [-1, 0.5, 0.25, 2] }, b: { dims: [], values: [0.4] } }, ({ a, b }) => op.maximum(a, b)],
  ['div, broadcast numerator', { a: m(3), b: positive(2, 3) }, ({ a, b }) => op.div(a, b)],
  ['div, a number by a tensor', { a: positive(2, 3) }, ({ a }) => op.div(1, a)],
  ['sub, symbolic batch', { a: { dims: [2, 3], shape: ['N', 3] }, b: m(3) }, ({ a, b }) => op.sub(a, b)],
  ['mul, symbolic column', { a: { dims: [2, 3], shape: ['N', 3] }, b: { dims: [2, 1], shape: ['N', 1] } }, ({ a, b }) => op.mul(a, b)],
  [
    'minimum, broadcast row',
    { a: { dims: [2, 2], values: [-1, 0.5, 0.25, 2] }, b: { dims: [2], values: [0, 1] } },
    ({ a, b }) => op.mul(op.minimum(a, b), op.minimum(a, b)),
  ],
  ['neg', { a: m(3) }, ({ a }) => op.neg(a)],
  ['exp', { a: m(3) }, ({ a }) => op.exp(a)],
  ['log', { a: positive(3) }, ({ a }) => op.log(a)],
  ['sigmoid', { a: m(3) }, ({ a }) => op.sigmoid(a)],
  ['silu', { a: { dims: [5], low: -3, high: 3 } }, ({ a }) => op.silu(a)],
  [
    'where',
    { c: m(4), a: m(4), b: m(1) },
    ({ c, a, b }) => op.where(op.lessEqual(op.stopGradient(c), op.stopGradient(op.mul(c, 2))), op.add(a, op.mul(c, 0)), b),
  ],
  [
    'where, broadcast condition and a scalar',
    { c: { dims: [2, 1], fixed: true, values: [1, -1] }, a: m(2, 3), b: m() },
    ({ c, a, b }) => op.where(op.lessEqual(c, 0), a, b),
  ],
  [
    'where, a constant on one side',
    { c: { dims: [3], fixed: true, values: [1, -1, 2] }, a: m(3) },
    ({ c, a }) => op.where(op.lessEqual(c, 0), constant(3), a),
  ],
  ['silu and sigmoid, far from zero', { a: { dims: [4], values: [-60, -9, 9, 60] } }, ({ a }) => op.add(op.silu(a), op.sigmoid(a))],
  ['sum over two axes', { a: m(2, 3, 2) }, ({ a }) => op.sum(a, [0, -1])],
  ['sum over all, symbolic', { a: { dims: [2, 3], shape: ['N', 3] } }, ({ a }) => op.mul(op.sum(a), op.sum(a))],
  ['mean over two axes, kept', { a: m(2, 3, 2) }, ({ a }) => op.mean(a, [1, 2], true)],
  ['reshapeLike', { a: m(2, 6), b: m(3, 4) }, ({ a, b }) => op.mul(op.reshapeLike(a, b), b)],
  [
    'concat of other sizes, symbolic beside',
    { a: { dims: [2, 1], shape: ['N', 1] }, b: { dims: [2, 3], shape: ['N', 3] } },
    ({ a, b }) => op.concat([b, a], -1),
  ],
  ['slice of a first axis', { a: m(4, 2) }, ({ a }) => op.slice(a, -2, 0, 3)],
  ['expandLike, a scalar', { a: m(), b: m(2, 2) }, ({ a, b }) => op.mul(op.expandLike(a, b), b)],
  ['matmul, a matrix by a batch', { a: m(2, 3), b: m(2, 3, 2) }, ({ a, b }) => op.matmul(a, b)],
  ['matmul, a transposed batch by a weight', { a: m(2, 3, 2), b: m(3, 2) }, ({ a, b }) => op.matmul(a, b, { transA: true, alpha: 2 })],
  [
    'matmul, a transposed batch by a transposed weight',
    { a: m(2, 3, 2), b: m(2, 3) },
    ({ a, b }) => op.matmul(a, b, { transA: true, transB: true }),
  ],
  ['matmul, rows by a weight, scaled', { a: m(2, 2, 3), b: m(2, 3) }, ({ a, b }) => op.matmul(a, b, { transB: true, alpha: 0.25 })],
  ['matmul by itself', { a: m(3, 3) }, ({ a }) => op.matmul(a, a, { transB: true })],
  [
    'scatterAddRows, distinct',
    { a: m(2, 2), like: m(3, 2), ids: { dims: [2], ints: [2, 0] } },
    ({ a, like, ids }) => op.add(op.scatterAddRows(ids, a, like, true), like),
  ],
  ['softmax and logSoftmax of three axes', { a: m(2, 2, 3) }, ({ a }) => op.add(op.softmax(a), op.logSoftmax(a))],
  [
    'tokenLogprobs, symbolic, a target twice',
    { a: { dims: [3, 4], shape: ['N', 4] }, ids: { dims: [3], shape: ['N'], ints: [2, 0, 2] } },
    ({ a, ids }) => op.tokenLogprobs(a, ids).logprobs,
  ],
  [
    'tokenLogprobs of several targets a row, one twice',
    { a: { dims: [2, 5], shape: ['N', 5] }, ids: { dims: [2, 3], shape: ['N', 'K'], ints: [4, 0, 4, 1, 2, 3] } },
    ({ a, ids }) => op.tokenLogprobs(a, ids).logprobs,
  ],
  ['softplus, far from zero too', { a: { dims: [6], values: [-60, -9, -0.5, 0, 9, 60] } }, ({ a }) => op.softplus(a)],
  [
    'rmsNorm of what is near zero',
    { x: { dims: [2, 3], low: -0.05, high: 0.05 }, scale: positive(3) },
    ({ x, scale }) => op.mul(op.rmsNorm(x, scale, 0.5), 5),
  ],
  ['sum over an axis', { a: m(2, 3, 2) }, ({ a }) => op.sum(a, [1])],
  ['sum, kept', { a: m(2, 3) }, ({ a }) => op.sum(a, [-1], true)],
  ['mean', { a: m(2, 3) }, ({ a }) => op.mean(a, [0])],
  ['reshape', { a: m(2, 6) }, ({ a }) => op.reshape(a, [3, 4])],
  ['transpose', { a: m(2, 3, 4) }, ({ a }) => op.transpose(a, [2, 0, 1])],
  ['concat', { a: m(2, 1), b: m(2, 3) }, ({ a, b }) => op.concat([a, b, a], 1)],
  ['slice', { a: m(2, 5) }, ({ a }) => op.slice(a, 1, 1, 4)],
  ['pad', { a: m(2, 3) }, ({ a }) => op.pad(a, 1, 1, 2)],
  ['expandLike', { a: m(3, 1), b: m(2, 3, 2) }, ({ a, b }) => op.add(op.expandLike(a, b), b)],
  ['matmul', { a: m(2, 3), b: m(3, 4) }, ({ a, b }) => op.matmul(a, b, { alpha: 0.5 })],
  ['matmul, a transposed', { a: m(3, 2), b: m(3, 4) }, ({ a, b }) => op.matmul(a, b, { transA: true })],
  ['matmul, b transposed', { a: m(2, 3), b: m(4, 3) }, ({ a, b }) => op.matmul(a, b, { transB: true, alpha: 2 })],
  ['matmul, both transposed', { a: m(3, 2), b: m(4, 3) }, ({ a, b }) => op.matmul(a, b, { transA: true, transB: true })],
  ['matmul, batched', { a: m(2, 2, 3), b: m(2, 3, 2) }, ({ a, b }) => op.matmul(a, b)],
  ['matmul, batch broadcast', { a: m(2, 2, 3), b: m(1, 3, 2) }, ({ a, b }) => op.matmul(a, b)],
  ['matmul, rows by a weight', { a: m(2, 2, 3), b: m(3, 2) }, ({ a, b }) => op.matmul(a, b)],
  ['matmul, rows by a transposed weight', { a: m(2, 2, 3), b: m(2, 3) }, ({ a, b }) => op.matmul(a, b, { transB: true })],
  [
    'matmul, rows by a weight, symbolic',
    { a: { dims: [2, 2, 3], shape: ['B', 'T', 3] }, b: m(2, 3) },
    ({ a, b }) => op.matmul(a, b, { transB: true }),
  ],
  ['gatherRows, repeated ids', { a: m(3, 2), ids: { dims: [2, 3], ints: [2, 0, 2, 2, 0, 2] } }, ({ a, ids }) => op.gatherRows(a, ids)],
  ['gatherRows, distinct ids', { a: m(4, 2), ids: { dims: [2], ints: [3, 1] } }, ({ a, ids }) => op.gatherRows(a, ids, { distinct: true })],
  [
    'scatterAddRows',
    { a: m(4, 2), like: m(3, 2), ids: { dims: [4], ints: [1, 1, 0, 1] } },
    ({ a, like, ids }) => op.add(op.scatterAddRows(ids, a, like), like),
  ],
  ['rmsNorm', { x: m(2, 2, 4), scale: positive(4) }, ({ x, scale }) => op.rmsNorm(x, scale, 1e-5)],
  ['softmax', { a: m(2, 4) }, ({ a }) => op.softmax(a)],
  ['logSoftmax', { a: m(2, 4) }, ({ a }) => op.logSoftmax(a)],
  ['tokenLogprobs', { a: m(3, 4), ids: { dims: [3], ints: [1, 0, 3] } }, ({ a, ids }) => op.tokenLogprobs(a, ids).logprobs],
  [
    'rope',
    {
      x: m(2, 3, 8),
      positions: { dims: [2, 3], ints: [0, 1, 2, 5, 0, 5] },
      cos: { dims: [6, 2], fixed: true },
      sin: { dims: [6, 2], fixed: true },
    },
    ({ x, positions, cos, sin }) => op.rope(x, positions, cos, sin),
  ],
  [
    'attention, grouped heads and a mask',
    {
      q: { dims: [2, 2, 6, 4], shape: ['B', 2, '2*T', 4] },
      k: { dims: [2, 2, 3, 4], shape: ['B', 2, 'T', 4] },
      v: { dims: [2, 2, 3, 4], shape: ['B', 2, 'T', 4] },
      mask: {
        fixed: true,
        dims: [2, 1, 6, 3],
        shape: ['B', 1, '2*T', 'T'],
        values: Array.from({ length: 36 }, (_, i) => (i % 3 > Math.floor(i / 3) % 3 ? -1e4 : 0)),
      },
    },
    ({ q, k, v, mask }) => op.attention(q, k, v, mask, 0.5),
  ],
  [
    'symbolic shapes through reshape, transpose and concat',
    { x: { dims: [2, 3, 4], shape: ['B', 'T', 4] } },
    ({ x }) => {
      const heads = op.transpose(op.reshape(x, ['B', 'T', 2, 2]), [0, 2, 1, 3]);
      return op.mul(op.reshape(op.transpose(op.concat([heads, op.exp(heads)], 3), [0, 2, 1, 3]), ['B', 'T', 8]), 2);
    },
  ],
];

describe('gradient rules agree with finite differences', () => {
  it.each(cases)('%s', async (_, inputs, build) => checkGradient(inputs, build));
});

/** d sum(f(x)) / dx at `values`. */
async function derivative(values: readonly number[], f: (x: Tensor) => Tensor): Promise<number[]> {
  const x = input('x', [values.length]);
  const graph = await CompiledGraph.compile({ d: gradients(op.sum(f(x)), [x])[0] }, { threads: 1 });
  const { d } = await graph.run({ x: { data: Float32Array.from(values), dims: [values.length] } });
  await graph.dispose();
  return [...d];
}

describe('what finite differences cannot see', () => {
  it('no gradient flows through stopGradient, cast or a comparison', async () => {
    expect(await derivative([2, -3], (x) => op.mul(x, op.stopGradient(x)))).toEqual([2, -3]);
    expect(await derivative([2, -3], (x) => op.mul(x, op.cast(op.cast(x, 'int32'), 'float32')))).toEqual([2, -3]);
    expect(await derivative([2, -3], (x) => op.mul(x, op.where(op.lessEqual(x, 0), constant(5), constant(7))))).toEqual([7, 5]);
  });

  it('where both sides of minimum or maximum are equal the gradient is counted once', async () => {
    expect(await derivative([1, 2], (x) => op.minimum(x, x))).toEqual([1, 1]);
    expect(await derivative([1, 2], (x) => op.maximum(op.mul(x, 1), x))).toEqual([1, 1]);
  });

  it('a ratio of 1 between a value and its own copy has the gradient of the logarithm', async () => {
    expect(await derivative([-1, -7], (x) => op.exp(op.sub(x, op.stopGradient(x))))).toEqual([1, 1]);
  });

  it('extreme logits give finite log-probabilities and gradients', async () => {
    const d = await derivative([1e4, -1e4, 0], (x) => op.slice(op.logSoftmax(x), 0, 0, 1));
    expect(d).toEqual([0, 0, 0]);
    for (const g of await derivative([3e3, -3e3, 0], (x) => op.logSoftmax(x))) expect(Number.isFinite(g)).toBe(true);
  });
});

describe('errors say which operator, which shapes and where in the model', () => {
  it('shapes that do not fit', () => {
    const build = () => scope('model.layers.3', () => scope('mlp', () => op.matmul(input('x', [2, 3]), input('w', [4, 5]))));
    expect(build).toThrow(/operator matmul in model\.layers\.3\.mlp: the inner sizes 3 and 4 differ .*float32\[2, 3\], float32\[4, 5\]/);
  });

  it('an operator without a rule on the way to the loss', () => {
    const x = input('x', [2]);
    const mystery = scope('model.norm', () => apply({ name: 'mystery' }, [x], {}, [2]));
    expect(() => gradients(op.sum(mystery), [x])).toThrow(/operator mystery in model\.norm: has no gradient rule.*float32\[2\]/);
  });

  it('a parameter that the loss does not depend on', () => {
    const x = input('x', [2]);
    expect(() => gradients(op.sum(x), [input('unused.weight', [1])])).toThrow(/unused\.weight does not influence the loss/);
  });

  it('a loss that is no scalar', () => {
    const x = input('x', [2]);
    expect(() => gradients(x, [x])).toThrow(/the loss must be a scalar/);
  });
});
