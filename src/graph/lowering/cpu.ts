// ONNX Runtime's CPU provider: standard operators, and `com.microsoft` ones where they are faster.

import { OnnxType } from '../onnx/types.ts';
import { type DType, graphError, type Shape } from '../tensor.ts';
import type { Emitter, Lower, Lowering } from './lowering.ts';

const microsoft = { domain: 'com.microsoft' };

/** An operator that ONNX has under `opType`, with the same inputs. */
const same =
  (opType: string): Lower =>
  (_, inputs, e) =>
    e.emit(opType, inputs);

const reduce =
  (opType: string): Lower =>
  ({ attributes }, [x], e) =>
    e.emit(opType, [x, e.ints(attributes.axes as readonly number[])], { keepdims: attributes.keepDims ? 1 : 0 });

function matmul(e: Emitter, a: string, b: string, transA: boolean, transB: boolean, alpha: number): string {
  if (!transA && !transB && alpha === 1) return e.emit('MatMul', [a, b])[0];
  return e.emit('FusedMatMul', [a, b], { transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha: { float: alpha } }, microsoft)[0];
}

/** A reshape target: 0 copies the input's size at the same axis, -1 stands for the one that is left. */
function reshapeTarget(from: Shape, to: Shape): number[] {
  return to.map((dim, axis) => (typeof dim === 'number' ? dim : from[axis] === dim ? 0 : -1));
}

export const cpuLowering: Lowering = {
  add: same('Add'),
  sub: same('Sub'),
  mul: same('Mul'),
  div: same('Div'),
  minimum: same('Min'),
  maximum: same('Max'),
  neg: same('Neg'),
  exp: same('Exp'),
  log: same('Log'),
  sigmoid: same('Sigmoid'),
  softplus: same('Softplus'),
  silu: (_, [x], e) => {
    const [s] = e.emit('Sigmoid', [x]);
    return [...e.emit('Mul', [x, s]), s];
  },
  where: same('Where'),
  lessEqual: same('LessOrEqual'),
  stopGradient: (_, inputs) => [...inputs],
  cast: ({ attributes }, inputs, e) => e.emit('Cast', inputs, { to: OnnxType[attributes.dtype as DType] }),
  sum: reduce('ReduceSum'),
  max: reduce('ReduceMax'),
  reshape: ({ inputs: [x], outputs: [y] }, [name], e) => e.emit('Reshape', [name, e.ints(reshapeTarget(x.shape, y.shape))]),
  reshapeLike: (_, [x, like], e) => e.emit('Reshape', [x, e.emit('Shape', [like])[0]]),
  transpose: ({ attributes }, inputs, e) => e.emit('Transpose', inputs, { perm: attributes.perm as readonly number[] }),
  concat: ({ attributes }, inputs, e) => e.emit('Concat', inputs, { axis: attributes.axis as number }),
  slice: ({ attributes: { axis, start, end } }, [x], e) =>
    e.emit('Slice', [x, e.ints([start as number]), e.ints([end as number]), e.ints([axis as number])]),
  pad: ({ attributes: { axis, before, after } }, [x], e) =>
    e.emit('Pad', [x, e.ints([before as number, after as number]), '', e.ints([axis as number])], { mode: 'constant' }),
  expandLike: (_, [x, like], e) => e.emit('Expand', [x, e.emit('Shape', [like])[0]]),
  matmul: ({ attributes }, [a, b], e) => [
    matmul(e, a, b, attributes.transA as boolean, attributes.transB as boolean, attributes.alpha as number),
  ],
  gatherRows: (_, inputs, e) => e.emit('Gather', inputs, { axis: 0 }),
  // ScatterND with reduction=add loses updates when ids repeat and several threads run; ScatterElements does not. Where no id
  // repeats there is nothing to add up, and ScatterND without a reduction copies whole rows.
  scatterAddRows: ({ attributes, inputs }, [ids, rows, like], e) => {
    const width = inputs[2].shape[1];
    if (typeof width !== 'number') throw graphError('scatterAddRows', 'the rows have a symbolic width', inputs);
    const zeros = e.emit('ConstantOfShape', [e.emit('Shape', [like])[0]])[0];
    const column = e.emit('Reshape', [ids, e.ints([-1, 1])])[0];
    const flat = e.emit('Reshape', [rows, e.ints([-1, width])])[0];
    if (attributes.distinct) return e.emit('ScatterND', [zeros, e.emit('Cast', [column], { to: OnnxType.int64 })[0], flat]);
    return e.emit('ScatterElements', [zeros, e.emit('Expand', [column, e.ints([1, width])])[0], flat], { axis: 0, reduction: 'add' });
  },
  rmsNorm: ({ attributes }, inputs, e) =>
    e.emit('SimplifiedLayerNormalization', inputs, { axis: -1, epsilon: { float: attributes.eps as number } }, { outputs: 2 }),
  softmax: (_, inputs, e) => e.emit('Softmax', inputs, { axis: -1 }),
  logSoftmax: (_, inputs, e) => e.emit('LogSoftmax', inputs, { axis: -1 }),
  tokenLogprobs: ({ inputs: [, ids] }, [logits, targets], e) => {
    const all = e.emit('LogSoftmax', [logits], { axis: -1 })[0];
    if (ids.rank === 2) return [e.emit('GatherElements', [all, targets], { axis: 1 })[0], all];
    const picked = e.emit('GatherElements', [all, e.emit('Reshape', [targets, e.ints([-1, 1])])[0]], { axis: 1 })[0];
    return [e.emit('Reshape', [picked, e.ints([-1])])[0], all];
  },
  addAtTargets: ({ inputs: [, ids] }, [base, targets, amounts], e) => {
    const columns = ids.rank === 2 ? targets : e.emit('Reshape', [targets, e.ints([-1, 1])])[0];
    return e.emit('ScatterElements', [base, columns, amounts], { axis: 1, reduction: 'add' });
  },
  rope: (_, [x, positions, cos, sin], e) =>
    e.emit('RotaryEmbedding', [x, e.emit('Cast', [positions], { to: OnnxType.int64 })[0], cos, sin], { interleaved: 0 }, microsoft),
  attention: ({ attributes }, [q, k, v, mask], e) => {
    const scores = matmul(e, q, k, false, true, attributes.scale as number);
    const p = e.emit('Softmax', [e.emit('Add', [scores, mask])[0]], { axis: -1 })[0];
    return [matmul(e, p, v, false, false, 1), p];
  },
  argMax: (_, inputs, e) => e.emit('Cast', e.emit('ArgMax', inputs, { axis: -1, keepdims: 0 }), { to: OnnxType.int32 }),
  topK: ({ attributes }, [x], e) => {
    const [values, ids] = e.emit('TopK', [x, e.ints([attributes.k as number])], { axis: -1, largest: 1, sorted: 1 }, { outputs: 2 });
    return [values, e.emit('Cast', [ids], { to: OnnxType.int32 })[0]];
  },
  pick: (_, [x, ids], e) => {
    const column = e.emit('Reshape', [ids, e.ints([-1, 1])])[0];
    return e.emit('GatherND', [x, e.emit('Cast', [column], { to: OnnxType.int64 })[0]], { batch_dims: 1 });
  },
  cumSum: ({ inputs: [x] }, [name], e) => e.emit('CumSum', [name, e.int32s([x.rank - 1], [])]),
};
