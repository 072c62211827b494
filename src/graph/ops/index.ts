// Every operator a model or a loss may use.

export { attention } from './attention.ts';
export {
  add,
  cast,
  div,
  exp,
  lessEqual,
  log,
  maximum,
  minimum,
  mul,
  neg,
  sigmoid,
  silu,
  softplus,
  stopGradient,
  sub,
  where,
} from './elementwise.ts';
export { gatherRows, scatterAddRows } from './gather.ts';
export { matmul } from './matmul.ts';
export { rmsNorm } from './normalization.ts';
export { max, mean, sum } from './reduce.ts';
export { rope } from './rope.ts';
export { argMax, cumSum, pick, topK } from './sampling.ts';
export { concat, expandLike, pad, reshape, reshapeLike, slice, transpose } from './shape.ts';
export { logSoftmax, softmax, tokenLogprobs } from './softmax.ts';
