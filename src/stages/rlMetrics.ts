// What an RL step tells of itself, under TRL's names, and the warnings of a run that cannot learn.

import { groupStatistics } from '../algorithms/advantages.ts';
import { type PolicyLossConfig, type PolicySequence, policyLoss } from '../algorithms/policyLoss.ts';
import { mean, std } from '../algorithms/summary.ts';
import type { ForwardResult } from '../engine/engine.ts';
import { type Task, taskOf } from '../tasks/task.ts';
import type { TrainedCompletion } from './batch.ts';
import type { Metrics } from './context.ts';
import { responseFigures, responseStatistics } from './responseStatistics.ts';
import { ownTokens } from './responses.ts';
import type { Completion, Group, Rollout } from './rollout.ts';
import type { RlSettings } from './settings.ts';

function put(metrics: Metrics, name: string, value: number | undefined): void {
  if (value !== undefined) metrics[name] = value;
}

/** Rewards, lengths and words of one minibatch of groups. A reward that applied to no sample is absent. */
export function sampleMetrics(groups: readonly Group[], task: Task): Metrics {
  const completions = groups.flatMap((group) => group.completions);
  const metrics: Metrics = {};
  put(metrics, 'reward', mean(completions.map(({ reward }) => reward)));
  for (const part of new Set(task.partOf ? groups.map(({ prompt }) => String(prompt.row.task)) : []))
    put(
      metrics,
      `reward/${part}`,
      mean(groups.flatMap((group) => (group.prompt.row.task === part ? group.completions.map(({ reward }) => reward) : []))),
    );
  // As TRL: the mean over groups of the spread within each; exactly 0 where rewards are equal within rounding (1.2, 1.2, 1.2).
  const spreads = groups.map((group) => groupStatistics(group.completions.map(({ reward }) => reward)));
  put(metrics, 'reward_std', mean(spreads.map(({ count, std }) => (count > 0 ? std : undefined))));
  metrics.frac_reward_zero_std = groups.filter(({ equal }) => equal).length / groups.length;
  for (const name of new Set(completions.flatMap(({ rewards }) => Object.keys(rewards)))) {
    const values = completions.map(({ rewards }) => rewards[name]);
    put(metrics, `rewards/${name}/mean`, mean(values));
    put(metrics, `rewards/${name}/std`, std(values));
    if (values.includes(null)) metrics[`no_reward_share/${name}`] = values.filter((value) => value === null).length / values.length;
  }
  const lengths = completions.map(({ sample }) => ownTokens(sample));
  const figures = responseFigures(task);
  const statistics = responseStatistics(
    groups.flatMap(({ prompt, completions }) =>
      completions.map(({ sample }) => figures(prompt.row, { text: sample.text, tokens: ownTokens(sample), stopReason: sample.stopReason })),
    ),
  );
  put(metrics, 'completions/mean_length', statistics.meanLength);
  metrics['completions/min_length'] = Math.min(...lengths);
  metrics['completions/max_length'] = Math.max(...lengths);
  put(metrics, 'completions/clipped_ratio', statistics.truncatedShare);
  const episodes = completions.flatMap(({ sample }) => sample.episode ?? []);
  put(metrics, 'environment/turns', mean(episodes.map(({ turns }) => turns.filter(({ by }) => by === 'model').length)));
  put(metrics, 'environment/reply_tokens', mean(episodes.map(({ own }) => own.filter((is) => is === 0).length)));
  metrics.reflection_words = statistics.reflectionWordsPerResponse;
  put(metrics, 'reflection_words_per_100_tokens', statistics.reflectionWordsPer100Tokens);
  metrics.thinking_share = statistics.thinkingShare;
  metrics.no_reward_share = completions.filter(({ reward }) => reward === null).length / completions.length;
  return metrics;
}

/** What a rollout took. */
export function rolloutMetrics(
  { seconds: spent, tokens, rounds, discarded, filled }: Rollout,
  { dynamicSampling }: RlSettings,
  prepare: number,
): Metrics {
  return {
    'time/sample': spent.sample,
    'time/verify': spent.verify,
    'time/verify_alone': spent.verifyAlone,
    'time/prepare': prepare,
    tokens_per_second: tokens / spent.sample,
    ...(dynamicSampling && { 'sampling/rounds': rounds, 'sampling/discarded_groups': discarded, 'sampling/filled_groups': filled }),
  };
}

/** How far trainer and sampler are apart on the same tokens and policy: TRL's `sampling/sampling_logp_difference`. */
export function samplerDifference(trained: readonly TrainedCompletion[], logprobs: readonly Float32Array[]): Metrics {
  let largest = 0;
  let sum = 0;
  let count = 0;
  for (const [i, { completion, start }] of trained.entries())
    for (const [t, sampled] of completion.sample.logprobs.entries()) {
      if (completion.sample.episode?.own[t] === 0) continue;
      const difference = Math.abs(logprobs[i][start + t] - sampled);
      largest = Math.max(largest, difference);
      sum += difference;
      count++;
    }
  return count === 0 ? {} : { 'sampling/sampling_logp_difference/mean': sum / count, 'sampling/sampling_logp_difference/max': largest };
}

/** KL, entropy, and where the ratio was clipped, from the log-probabilities that the update was computed with. */
export function updateMetrics(trained: readonly TrainedCompletion[], result: ForwardResult, loss: PolicyLossConfig): Metrics {
  const sequences = trained.map(
    ({ datum }, i): PolicySequence => ({
      logprobs: result.logprobs[i],
      weights: datum.weights,
      advantages: datum.advantages,
      oldLogprobs: datum.logprobs,
      samplerLogprobs: datum.samplerLogprobs,
      refLogprobs: datum.refLogprobs,
    }),
  );
  const { clipLowFraction, clipHighFraction, ratioMean, klMean } = policyLoss(sequences, loss);
  const metrics: Metrics = {
    'clip_ratio/low_mean': clipLowFraction,
    'clip_ratio/high_mean': clipHighFraction,
    'clip_ratio/region_mean': clipLowFraction + clipHighFraction,
    ratio: ratioMean,
  };
  put(metrics, 'kl', klMean);
  const entropies = trained.flatMap(({ datum }, i) => [...(result.entropy?.[i] ?? [])].filter((_, t) => datum.weights[t] !== 0));
  put(metrics, 'entropy', mean(entropies));
  return metrics;
}

/** Mean absolute difference of log-probabilities, nats a token, beyond rounding in float32. */
const LARGE_DIFFERENCE = 0.01;

/** Says in words, once for each time it sets in, that nothing can be learnt. */
export class Watch {
  private readonly standing = new Set<string>();

  /** @param patience rollouts after which a reward that was always 0 is worth a word */
  constructor(
    private readonly warn: (message: string) => void,
    private readonly patience: number,
  ) {}

  /** Trainer and sampler see the same tokens under the same weights: only rounding may part them. */
  compare(step: number, metrics: Metrics): void {
    const difference = metrics['sampling/sampling_logp_difference/mean'] ?? 0;
    this.when(
      'apart',
      difference > LARGE_DIFFERENCE,
      () =>
        `step ${step}: sampler and trainer disagree by ${difference.toFixed(3)} nats a token on average, so the update is not on-policy. That is a fault: please report it; tisCap: 2 corrects for it meanwhile`,
    );
  }

  /** Dynamic sampling ended with groups that carry no signal. */
  bound(step: number, filled: number, rounds: number): void {
    this.when(
      'bound',
      filled > 0,
      () =>
        `step ${step}: after ${rounds} rounds of dynamic sampling ${filled} groups still carry no signal; they fill the batch. Raise dynamicSampling.maxRounds, or give prompts nearer to what the model can do`,
    );
  }

  /** @param task as it was judged: a reward is waited for where its task's responses are, and from when it counts */
  look(step: number, groups: readonly Group[], maxTokens: number, task: Pick<Task, 'weights' | 'partOf'>): void {
    const completions: Completion[] = groups.flatMap((group) => group.completions);
    this.when(
      'no signal',
      groups.every(({ equal }) => equal),
      () => {
        const [first] = completions;
        const value = first.reward === null ? 'there is no reward at all' : `for example all ${first.reward}`;
        return `step ${step}: in every group all rewards are equal (${value}), so no group has signal and nothing is learnt. The problems may be too hard or too easy for this model, or a reward may not see what it should`;
      },
    );
    this.when(
      'cut',
      completions.every(({ sample }) => sample.stopReason === 'length'),
      () =>
        `step ${step}: every response was cut at maxTokens (${maxTokens}); that limit is the likely cause of missing rewards. Raise maxTokens, or see whether the model ever writes an end token`,
    );
    const weighed = new Set(groups.flatMap(({ prompt }) => Object.entries(taskOf(task, prompt.row).weights).flatMap(nonZero)));
    for (const name of weighed) {
      const values = completions.flatMap(({ rewards }) => (typeof rewards[name] === 'number' ? [rewards[name]] : []));
      if (values.some((value) => value !== 0)) this.seen.add(name);
      if (values.length > 0) this.applied.add(name);
      const looks = (this.looks.get(name) ?? 0) + 1;
      this.looks.set(name, looks);
      this.when(
        `absent ${name}`,
        looks >= this.patience && !this.applied.has(name),
        () =>
          `step ${step}: the reward "${name}" has applied to no response so far (it returned null for every one). Do the rows have what it judges by?`,
      );
      if (values.length > 0)
        this.when(
          `zero ${name}`,
          looks >= this.patience && !this.seen.has(name),
          () =>
            `step ${step}: the reward "${name}" was 0 for every response so far. Does the prompt ask for what it looks for, and does it see the text as it is (a prefilled tag, special tokens)?`,
        );
    }
  }

  /** Rewards that gave anything but 0, that applied to any response, and how often each was looked at. */
  private readonly seen = new Set<string>();
  private readonly applied = new Set<string>();
  private readonly looks = new Map<string, number>();

  private when(what: string, holds: boolean, message: () => string): void {
    if (!holds) this.standing.delete(what);
    else if (!this.standing.has(what)) {
      this.standing.add(what);
      this.warn(message());
    }
  }
}

function nonZero([name, weight]: [string, number]): string[] {
  return weight === 0 ? [] : [name];
}
