// A minibatch of groups as the engine's data: prompt and response joined, losses on the response alone, every denominator of the
// loss in the weights.

import { tokenWeights } from '../algorithms/weights.ts';
import type { Datum } from '../engine/engine.ts';
import { ownTokens } from './responses.ts';
import type { Completion, Group } from './rollout.ts';
import type { RlSettings } from './settings.ts';

export interface TrainedCompletion {
  completion: Completion;
  datum: Datum;
  /** The response's first target in the datum. */
  start: number;
}

/**
 * The data of one optimiser step. Denominators count every response of the minibatch; a response whose loss is identically 0 (its
 * advantage is 0 and there is no KL term) is then left out, for there is nothing to compute.
 * @param first the number of the first group within its rollout: groups of one rollout bear different names, in whatever minibatch
 */
export function minibatchData(groups: readonly Group[], settings: RlSettings, maxTokens: number, first = 0): TrainedCompletion[] {
  const responses = groups.flatMap((group, g) => group.completions.map((completion) => ({ group, g: first + g, completion })));
  const keep = responses.map(
    ({ completion }) => completion.advantage !== null && !(settings.overlongFilter && completion.sample.stopReason === 'length'),
  );
  const weights = tokenWeights(
    responses.map(({ completion }) => ownTokens(completion.sample)),
    settings.aggregation,
    { keep, maxLength: maxTokens },
  );
  return responses.flatMap(({ group, g, completion }, i) => {
    const silent = completion.advantage === 0 && settings.beta === 0;
    if (!keep[i] || silent || completion.sample.tokens.length === 0) return [];
    return [{ completion, ...responseDatum(group, g, completion, weights[i], settings.tisCap !== undefined) }];
  });
}

/** A prompt and what follows it as a datum's tokens and targets. */
export interface Joined extends Pick<Datum, 'tokens' | 'targets'> {
  /** The response's first target. */
  start: number;
  /** [T] The response's values (or one for all of it) at its targets, 0 before. */
  onResponse(values: number | Float32Array): Float32Array;
}

export function joined(prompt: Int32Array, response: Int32Array): Joined {
  const length = prompt.length + response.length - 1;
  const start = prompt.length - 1;
  const tokens = new Int32Array(length);
  tokens.set(prompt);
  tokens.set(response.subarray(0, -1), prompt.length);
  const targets = new Int32Array(length);
  targets.set(prompt.subarray(1));
  targets.set(response, start);
  const onResponse = (values: number | Float32Array): Float32Array => {
    const array = new Float32Array(length);
    if (typeof values === 'number') array.fill(values, start);
    else array.set(values, start);
    return array;
  };
  return { tokens, targets, start, onResponse };
}

function responseDatum(
  { prompt }: Group,
  g: number,
  completion: Completion,
  weight: number,
  withSampler: boolean,
): { datum: Datum; start: number } {
  const { tokens: response, logprobs, episode } = completion.sample;
  const { tokens, targets, start, onResponse } = joined(prompt.tokens, response);
  const datum: Datum = {
    tokens,
    targets,
    // What an environment said is not learnt.
    weights: onResponse(episode ? Float32Array.from(episode.own, (own) => own * weight) : weight),
    advantages: onResponse(completion.advantage as number),
    group: String(g),
    sharedPrefix: prompt.tokens.length,
  };
  if (withSampler) datum.samplerLogprobs = onResponse(logprobs);
  return { datum, start };
}
