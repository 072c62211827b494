// The losses of the seam as graphs: the formulas of algorithms/policyLoss.ts, preferenceLoss.ts and teacherKl.ts (tests hold the two
// equal), on the N positions that bear a loss. Losses are multiplied by their weights and summed; the weights hold every denominator.

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
  softplus,
  stopGradient,
  sub,
  sum,
} from '../../graph/ops/index.ts';
import { constant, input, type Tensor } from '../../graph/tensor.ts';
import type { Datum, Head, Loss, LossName } from '../engine.ts';
import { pairsOf } from './pairs.ts';

/** Which optional inputs a batch brings, and the loss's constants: what a compiled graph depends on. */
export interface LossShape {
  name: Loss['name'];
  clipLow?: number;
  clipHigh?: number;
  klBeta: number;
  tisCap?: number;
  beta?: number;
  offPolicy: boolean;
}

/** What each loss is a function of: log-probabilities of targets, a scalar head's scores, or log-probabilities of a teacher's ids. */
const readsOf = {
  cross_entropy: 'logprobs',
  importance_sampling: 'logprobs',
  ppo: 'logprobs',
  gspo: 'logprobs',
  cispo: 'logprobs',
  dpo: 'logprobs',
  teacher_kl: 'teacher',
  bradley_terry: 'scores',
  binary: 'scores',
} as const satisfies Record<LossName, string>;

export const lossNames = Object.keys(readsOf) as LossName[];

/** What the loss's graph is given: see `readsOf`. */
export const readsOfLoss = (name: LossName): (typeof readsOf)[LossName] => readsOf[name];

const comparesPairs = (name: LossName): boolean => name === 'bradley_terry' || name === 'dpo';
/** Those whose terms are sums over tokens, to which a KL term may be added. */
const isOfTokens = (name: LossName): boolean => readsOf[name] === 'logprobs' && name !== 'dpo';

/** Per-token inputs of the loss graph, [N] each, by the name under which a datum brings them. */
export const tokenInputs = [
  'weights',
  'advantages',
  'logprobs',
  'samplerLogprobs',
  'refLogprobs',
] as const satisfies readonly (keyof Datum)[];

/** What `loss` makes of data that bring old log-probabilities (`offPolicy`), or none. */
export function shapeOf({ name, clipLow, clipHigh, klBeta = 0, tisCap, beta = 0.1 }: Loss, offPolicy: boolean): LossShape {
  return { name, clipLow, clipHigh, klBeta, tisCap, ...(name === 'dpo' ? { beta } : {}), offPolicy };
}

/** @throws Error where a datum lacks an input that the loss needs, or the model the head */
export function lossShape(loss: Loss, data: readonly Datum[], head: Head): LossShape {
  const wanted: Head = readsOf[loss.name] === 'scores' ? 'scalar' : 'lm';
  if (wanted !== head) throw new Error(`the loss ${loss.name} is of a model with the head ${wanted}, and this one has ${head}`);
  if (loss.klBeta && !isOfTokens(loss.name)) throw new Error(`the loss ${loss.name} takes no KL term: leave klBeta out`);
  const withLogprobs = data.filter((datum) => datum.logprobs !== undefined).length;
  if (withLogprobs !== 0 && withLogprobs !== data.length)
    throw new Error(`${withLogprobs} of ${data.length} data bring old logprobs; bring all or none`);
  const shape = shapeOf(loss, withLogprobs > 0);
  for (const name of requiredInputs(shape))
    for (const [index, datum] of data.entries())
      if (datum[name] === undefined) throw new Error(`the loss ${loss.name} needs ${name}, which datum ${index} lacks`);
  if (comparesPairs(loss.name)) pairsOf(data);
  for (const [index, datum] of data.entries()) {
    if (loss.name === 'binary' && datum.label !== 0 && datum.label !== 1)
      throw new Error(`the loss binary needs a label, 1 or 0; datum ${index} has ${datum.label ?? 'none'}`);
    if (loss.name === 'teacher_kl') checkTeacher(datum, index, teacherWidth(data[0]));
  }
  return shape;
}

/** How many ids the teacher gives at a position. */
export function teacherWidth({ teacherIds, tokens }: Datum): number {
  return (teacherIds?.length ?? 0) / tokens.length;
}

function checkTeacher({ teacherIds, teacherLogprobs, tokens }: Datum, index: number, width: number): void {
  const [ids, logprobs] = [teacherIds?.length ?? 0, teacherLogprobs?.length ?? 0];
  if (!(Number.isInteger(width) && width > 0) || ids !== width * tokens.length || logprobs !== ids)
    throw new Error(
      `datum ${index}: ${tokens.length} tokens, ${ids} teacherIds and ${logprobs} teacherLogprobs; the loss teacher_kl needs as many of both at each token, in all data`,
    );
}

export function requiredInputs(shape: LossShape): (typeof tokenInputs)[number][] {
  if (shape.name === 'dpo') return ['refLogprobs'];
  if (shape.name === 'bradley_terry') return [];
  const names: (typeof tokenInputs)[number][] = ['weights'];
  if (shape.name === 'binary' || shape.name === 'teacher_kl') return names;
  if (shape.name !== 'cross_entropy') names.push('advantages');
  if (shape.name !== 'cross_entropy' && shape.offPolicy) names.push('logprobs');
  if (shape.name !== 'cross_entropy' && shape.tisCap !== undefined) names.push('samplerLogprobs');
  if (shape.klBeta !== 0) names.push('refLogprobs');
  return names;
}

/** The graph input that carries a datum's `name`; a graph's outputs are in the same name space. */
export const inputName = (name: (typeof tokenInputs)[number]): string => `datum.${name}`;

const perToken = (name: (typeof tokenInputs)[number]): Tensor => input(inputName(name), ['N']);

/**
 * What the loss reads under the model being trained, `values [N]` (a teacher's ids: `[N, K]`) -> the loss, a scalar. Beside the inputs of
 * `requiredInputs` those of lossFeeds.ts.
 */
export function lossGraph(values: Tensor, shape: LossShape): Tensor {
  if (shape.name === 'bradley_terry') return pairLoss(values, 1);
  if (shape.name === 'dpo') return pairLoss(sub(values, perToken('refLogprobs')), shape.beta as number);
  if (shape.name === 'binary') return sum(mul(sub(softplus(values), mul(values, input('labels', ['N']))), perToken('weights')));
  if (shape.name === 'teacher_kl') {
    const crossEntropy = neg(sum(mul(input('teacher', ['N', 'K']), values), [-1]));
    return sum(mul(sub(crossEntropy, input('teacherEntropy', ['N'])), perToken('weights')));
  }
  return tokenLoss(values, shape);
}

/**
 * -log sigmoid(scale x (sum of the preferred datum's `values [N]` - sum of the other's)): inputs `pair [N]` (which one), `sign [N]` (1 of
 * the preferred, -1 of the other) and `pairWeights [M, 1]`.
 */
function pairLoss(values: Tensor, scale: number): Tensor {
  const weights = input('pairWeights', ['M', 1]);
  const signed = reshape(mul(values, input('sign', ['N'])), ['N', 1]);
  const margins = mul(scatterAddRows(input('pair', ['N'], 'int32'), signed, weights), scale);
  return sum(mul(softplus(neg(margins)), weights));
}

function tokenLoss(logprobs: Tensor, shape: LossShape): Tensor {
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
