// What a reward model and DPO give to the engine: what a score's loss weighs, a response and the sum of its reference.

import type { Datum } from '../../engine/engine.ts';
import type { Response } from './items.ts';

/** @param count what the loss is the mean over: pairs, or labelled responses */
export function weighEnds(data: readonly Datum[], count: number): void {
  for (const { weights } of data) weights[weights.length - 1] = 1 / count;
}

/**
 * A response to be learnt, its end token too. The loss sums the reference over the response, so its sum may stand at the last token.
 * @param reference the sum of the reference's log-probabilities
 */
export function dpoDatum({ ids, start }: Response, reference = 0): Datum {
  const weights = new Float32Array(ids.length - 1).fill(1, Math.max(0, start - 1));
  const refLogprobs = new Float32Array(ids.length - 1);
  refLogprobs[ids.length - 2] = reference;
  return { tokens: ids.slice(0, -1), targets: ids.slice(1), weights, refLogprobs };
}

/** Of a response's log-probabilities. */
export function sumOf({ weights }: Datum, logprobs: Float32Array): number {
  return logprobs.reduce((sum, logprob, t) => sum + (weights[t] === 0 ? 0 : logprob), 0);
}

/** The loss of DPO as the mean over pairs: a pair weighs what its preferred response's last token does. */
export function weighPairs(data: readonly Datum[]): void {
  for (const { weights } of data) for (const t of weights.keys()) if (weights[t] !== 0) weights[t] = 2 / data.length;
}

/** Chosen and rejected, which come one after the other. */
export function inTwos(values: readonly number[]): [number, number][] {
  return Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i], values[2 * i + 1]]);
}
