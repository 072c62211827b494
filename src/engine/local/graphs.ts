// The engine's graphs: what runs over packed rows (training, log-probabilities, prompts) and a step of decoding. Built from a config
// alone, so that what they take can be known before anything is loaded (memoryEstimate.ts).

import type { AdaptedConfig } from '../../formats/lora.ts';
import { gradients } from '../../graph/autodiff.ts';
import {
  add,
  argMax,
  cast,
  cumSum,
  div,
  exp,
  gatherRows,
  lessEqual,
  logSoftmax,
  max,
  minimum,
  mul,
  neg,
  pad,
  pick,
  reshape,
  sub,
  sum,
  tokenLogprobs,
  topK,
  where,
} from '../../graph/ops/index.ts';
import { constant, input, type Tensor } from '../../graph/tensor.ts';
import { decodeStep, forwardRows, logitsOf, scoresOf, trainableNames, weightInputs } from '../../models/llama.ts';
import { type LossShape, lossGraph, readsOfLoss } from './lossGraph.ts';

/** Gradients leave a graph under this prefix. */
export const GRADIENT = 'd ';

/** What is wanted of packed rows beside log-probabilities, or scores of a scalar head. */
export interface RowsWanted {
  shape?: LossShape;
  entropy?: boolean;
  /** The gradients of the loss of `shape`. */
  backward?: boolean;
  /** The so many likeliest tokens. */
  top?: number;
}

/** What runs over packed rows; a model's head says whether that is log-probabilities or scores. */
export function rowGraph(config: AdaptedConfig, { shape, entropy, backward, top }: RowsWanted): Record<string, Tensor> {
  const weights = weightInputs(config);
  const { hidden } = forwardRows(config, weights);
  const flat = reshape(hidden, ['B*T', config.hiddenSize]);
  // Logits only where a loss falls.
  const bearing = gatherRows(flat, input('lossPositions', ['N'], 'int32'), { distinct: true });
  const outputs: Record<string, Tensor> = {};
  let read: Tensor;
  if (config.head === 'scalar') {
    read = scoresOf(weights, bearing);
    outputs.scores = read;
  } else {
    const logits = logitsOf(config, weights, div(bearing, input('temperature', [])));
    const { logprobs, all } = tokenLogprobs(logits, input('targets', ['N'], 'int32'));
    outputs.logprobs = logprobs;
    if (entropy) outputs.entropy = neg(sum(mul(exp(all), all), [-1]));
    if (top !== undefined) {
      const { values, ids } = topK(all, top);
      Object.assign(outputs, { topLogprobs: values, topIds: ids });
    }
    const ofTeacher = shape && readsOfLoss(shape.name) === 'teacher';
    read = ofTeacher ? tokenLogprobs(logits, input('teacherIds', ['N', 'K'], 'int32')).logprobs : logprobs;
  }
  if (shape === undefined) return outputs;
  outputs.loss = lossGraph(read, shape);
  if (!backward) return outputs;
  const names = trainableNames(config);
  const wanted = names.map((name) => weights.get(name) as Tensor);
  for (const [i, gradient] of gradients(outputs.loss, wanted).entries()) outputs[GRADIENT + names[i]] = gradient;
  return outputs;
}

/** Which step of decoding: what it need not do is not in its graph. */
export interface StepKind {
  /** One sequence runs. */
  alone: boolean;
  /** Some row takes the likeliest token. */
  greedy: boolean;
  /** Every log-probability is returned too, [B, V]. */
  all: boolean;
}

/** One step of decoding: the token of each sequence, its log-probability, and what it adds to the cache. */
export function stepGraph(config: AdaptedConfig, { alone, greedy, all: every }: StepKind): Record<string, Tensor> {
  const { logits, newCache } = decodeStep(config, weightInputs(config), alone);
  const all = logSoftmax(logits);
  const drawn = drawnToken(exp(all));
  const token = greedy ? where(lessEqual(constant(1), input('greedy', ['B'])), argMax(logits), drawn) : drawn;
  const { logprobs } = tokenLogprobs(logits, token);
  return { token, logprobs, newCache, ...(every ? { all } : {}) };
}

/** Keys and values of whole prompts, at the positions fed as `lossPositions` [N]. */
export function prefillGraph(config: AdaptedConfig): Record<string, Tensor> {
  const { keys, values } = forwardRows(config, weightInputs(config));
  const width = config.kvHeads * config.headDim;
  const positions = input('lossPositions', ['N'], 'int32');
  const at = (x: Tensor): Tensor => gatherRows(reshape(x, ['B*T', width]), positions);
  const outputs: Record<string, Tensor> = {};
  for (const layer of keys.keys()) {
    outputs[`keys.${layer}`] = at(keys[layer]);
    outputs[`values.${layer}`] = at(values[layer]);
  }
  return outputs;
}

/** The draw looks through the vocabulary in blocks of so many ids. */
const BLOCK = 128;
const JUST_BELOW_ONE = 1 - 2 ** -24;

/**
 * `probabilities [B, V]` -> token [B], by inverting the cumulative distribution at `uniforms [B, 1]` in [0, 1): one random number a token,
 * so a sequence draws the same whatever else is in the batch. First the block in which the number falls, then the id within the block: a
 * running sum over the whole vocabulary would take longer than the softmax, and round worse.
 */
export function drawnToken(probabilities: Tensor): Tensor {
  const vocabulary = probabilities.shape[1] as number;
  const blocks = Math.ceil(vocabulary / BLOCK);
  const inBlocks = reshape(pad(probabilities, 1, 0, blocks * BLOCK - vocabulary), ['B', blocks, BLOCK]);
  const upTo = cumSum(sum(inBlocks, [-1]));
  const target = mul(max(upTo, [-1], true), input('uniforms', ['B', 1]));
  const passed = lessEqual(upTo, target);
  const block = sum(where(passed, constant(1), constant(0)), [-1]);
  const before = max(where(passed, upTo, constant(0)), [-1], true);
  const within = cumSum(pick(inBlocks, cast(block, 'int32')));
  // The block's sum may round otherwise here: never past its end, so that an id of no mass is never drawn.
  const rest = minimum(sub(target, before), mul(max(within, [-1], true), JUST_BELOW_ONE));
  const id = sum(where(lessEqual(within, rest), constant(1), constant(0)), [-1]);
  return cast(add(mul(block, BLOCK), id), 'int32');
}
