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
  max,
  mul,
  neg,
  reshape,
  sum,
  tokenLogprobs,
  where,
} from '../../graph/ops/index.ts';
import { constant, input, type Tensor } from '../../graph/tensor.ts';
import { decodeStep, forwardRows, logitsOf, trainableNames, weightInputs } from '../../models/llama.ts';
import { type LossShape, lossGraph, scaleByTemperature } from './lossGraph.ts';

/** Gradients leave a graph under this prefix. */
export const GRADIENT = 'd ';

/** What runs over packed rows: log-probabilities, and what else is wanted: entropies, the loss of `shape`, its gradients. */
export function rowGraph(config: AdaptedConfig, shape: LossShape | undefined, entropy: boolean, backward: boolean): Record<string, Tensor> {
  const weights = weightInputs(config);
  const { hidden } = forwardRows(config, weights);
  const flat = reshape(hidden, ['B*T', config.hiddenSize]);
  // Logits only where a loss falls.
  const bearing = gatherRows(flat, input('lossPositions', ['N'], 'int32'), { distinct: true });
  const logits = scaleByTemperature(logitsOf(config, weights, bearing));
  const { logprobs, all } = tokenLogprobs(logits, input('targets', ['N'], 'int32'));
  const outputs: Record<string, Tensor> = { logprobs };
  if (entropy) outputs.entropy = neg(sum(mul(exp(all), all), [-1]));
  if (shape === undefined) return outputs;
  outputs.loss = lossGraph(logprobs, shape);
  if (!backward) return outputs;
  const names = trainableNames(config);
  const wanted = names.map((name) => weights.get(name) as Tensor);
  for (const [i, gradient] of gradients(outputs.loss, wanted).entries()) outputs[GRADIENT + names[i]] = gradient;
  return outputs;
}

/** One step; `all` also returns every log-probability, [B, V]. */
export function stepGraph(config: AdaptedConfig, all: boolean): Record<string, Tensor> {
  const weights = weightInputs(config);
  const { hidden, newCache } = decodeStep(config, weights);
  const logits = div(logitsOf(config, weights, hidden), input('temperatures', ['B', 1]));
  const token = sampledToken(logits);
  const { logprobs, all: logp } = tokenLogprobs(logits, token);
  return { token, logprobs, newCache, ...(all ? { all: logp } : {}) };
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

/**
 * `logits [B, V]` -> token [B], by inverting the cumulative distribution at `uniforms [B, 1]` in [0, 1): one random number a token,
 * so a sequence draws the same whatever else is in the batch. Rows whose `greedy [B]` is 1 take the likeliest.
 */
function sampledToken(logits: Tensor): Tensor {
  const weights = exp(add(logits, mul(max(logits, [-1], true), -1)));
  const cumulative = cumSum(weights);
  const threshold = mul(max(cumulative, [-1], true), input('uniforms', ['B', 1]));
  const below = where(lessEqual(cumulative, threshold), constant(1), constant(0));
  const sampled = cast(sum(below, [-1]), 'int32');
  return where(lessEqual(constant(1), input('greedy', ['B'])), argMax(logits), sampled);
}
