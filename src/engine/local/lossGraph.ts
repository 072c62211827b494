// The losses of the seam as graphs: the formulas of algorithms/policyLoss.ts (a test holds the two equal), on the N positions
// that bear a loss. Token losses are multiplied by their weights and summed; the weights hold every denominator.

import {
  add,
  exp,
  gatherRows,
  maximum,
  minimum,
  mul,
  neg,
  reshape,
  scatterAddRows,
  stopGradient,
  sub,
  sum,
} from '../../graph/ops/index.ts';
import { constant, input, type Tensor } from '../../graph/tensor.ts';
import type { Datum, Loss } from '../engine.ts';

/** Which optional inputs a batch brings, and the loss's constants: what a compiled graph depends on. */
export interface LossShape {
  name: Loss['name'];
  clipLow?: number;
  clipHigh?: number;
  klBeta: number;
  tisCap?: number;
  offPolicy: boolean;
}

/** Per-token inputs of the loss graph, [N] each, by the name under which a datum brings them. */
export const tokenInputs = [
  'weights',
  'advantages',
  'logprobs',
  'samplerLogprobs',
  'refLogprobs',
] as const satisfies readonly (keyof Datum)[];

/** What `loss` makes of data that bring old log-probabilities (`offPolicy`), or none. */
export function shapeOf({ name, clipLow, clipHigh, klBeta = 0, tisCap }: Loss, offPolicy: boolean): LossShape {
  return { name, clipLow, clipHigh, klBeta, tisCap, offPolicy };
}

/** @throws Error where a datum lacks an input that the loss needs */
export function lossShape(loss: Loss, data: readonly Datum[]): LossShape {
  const withLogprobs = data.filter((datum) => datum.logprobs !== undefined).length;
  if (withLogprobs !== 0 && withLogprobs !== data.length)
    throw new Error(`${withLogprobs} of ${data.length} data bring old logprobs; bring all or none`);
  const shape = shapeOf(loss, withLogprobs > 0);
  for (const name of requiredInputs(shape))
    for (const [index, datum] of data.entries())
      if (datum[name] === undefined) throw new Error(`the loss ${loss.name} needs ${name}, which datum ${index} lacks`);
  return shape;
}

export function requiredInputs(shape: LossShape): (typeof tokenInputs)[number][] {
  const names: (typeof tokenInputs)[number][] = ['weights'];
  if (shape.name !== 'cross_entropy') names.push('advantages');
  if (shape.name !== 'cross_entropy' && shape.offPolicy) names.push('logprobs');
  if (shape.name !== 'cross_entropy' && shape.tisCap !== undefined) names.push('samplerLogprobs');
  if (shape.klBeta !== 0) names.push('refLogprobs');
  return names;
}

/** The graph input that carries a datum's `name`; a graph's outputs are in the same name space. */
export const inputName = (name: (typeof tokenInputs)[number]): string => `datum.${name}`;

const perToken = (name: (typeof tokenInputs)[number]): Tensor => input(inputName(name), ['N']);

/** `logprobs [N]` of the targets under the policy being trained -> the loss, a scalar. */
export function lossGraph(logprobs: Tensor, shape: LossShape): Tensor {
  let token = shape.name === 'cross_entropy' ? neg(logprobs) : policyTerm(logprobs, shape);
  if (shape.klBeta !== 0) {
    // k3: pi_ref/pi - log(pi_ref/pi) - 1, in the loss and not in the reward.
    const logRatio = sub(perToken('refLogprobs'), logprobs);
    token = add(token, mul(sub(sub(exp(logRatio), logRatio), 1), shape.klBeta));
  }
  return sum(mul(token, perToken('weights')));
}

function policyTerm(logprobs: Tensor, shape: LossShape): Tensor {
  const advantages = perToken('advantages');
  const old = shape.offPolicy ? perToken('logprobs') : stopGradient(logprobs);
  const logRatio = sub(logprobs, old);
  const ratio = exp(shape.name === 'gspo' ? sequenceMean(logRatio) : logRatio);
  const high = shape.clipHigh === undefined ? undefined : 1 + shape.clipHigh;
  let term: Tensor;
  if (shape.name === 'importance_sampling') {
    term = neg(mul(ratio, advantages));
  } else if (shape.name === 'cispo') {
    const capped = high === undefined ? ratio : minimum(ratio, constant(high));
    term = neg(mul(mul(stopGradient(capped), advantages), logprobs));
  } else {
    let clipped = ratio;
    if (shape.clipLow !== undefined) clipped = maximum(clipped, constant(1 - shape.clipLow));
    if (high !== undefined) clipped = minimum(clipped, constant(high));
    const surrogate = mul(ratio, advantages);
    term = neg(clipped === ratio ? surrogate : minimum(surrogate, mul(clipped, advantages)));
  }
  if (shape.tisCap === undefined) return term;
  const correction = minimum(exp(sub(stopGradient(old), perToken('samplerLogprobs'))), constant(shape.tisCap));
  return mul(term, stopGradient(correction));
}

/** Every token gets the mean over its sequence: inputs `sequence [N]` (which one) and `inverseLengths [S, 1]`. */
function sequenceMean(x: Tensor): Tensor {
  const sequence = input('sequence', ['N'], 'int32');
  const inverseLengths = input('inverseLengths', ['S', 1]);
  const sums = scatterAddRows(sequence, reshape(x, ['N', 1]), inverseLengths);
  return reshape(gatherRows(mul(sums, inverseLengths), sequence), ['N']);
}
