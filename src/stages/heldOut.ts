// Measuring a policy on held-out problems: k samples of each, pass@k with 95% intervals clustered by problem, by domain.

import { clusteredInterval } from '../algorithms/intervals.ts';
import { passAtK } from '../algorithms/passAtK.ts';
import { deriveSeed } from '../algorithms/random.ts';
import type { Sample, SamplingClient } from '../engine/engine.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { scoreCompletions } from '../rewards/mix.ts';
import type { Task, TaskRow } from '../tasks/task.ts';
import type { DomainScore, Evaluation } from './context.ts';
import { type Prompt, responseText } from './prompts.ts';
import { responseStatistics } from './responseStatistics.ts';

export interface HeldOutOptions {
  samples: number;
  temperature: number;
  topP: number;
  maxTokens: number;
  seed: number;
  /** Default: 1 and `samples`. */
  ks?: readonly number[];
  /** What an accuracy that throws or is not finite means: an error (the default), or that the answer is not judged. */
  onRewardError?: 'stop' | 'noReward';
  /** Ends the sampling early; the result is then worth nothing. */
  signal?: AbortSignal;
}

export interface HeldOutAnswer {
  row: TaskRow;
  text: string;
  tokens: number;
  stopReason: Sample['stopReason'];
  /** The task's accuracy; null where it does not apply. */
  correct: number | null;
}

/** The first `problems` rows of each domain. */
export function heldOutRows(rows: readonly TaskRow[], problems: number): TaskRow[] {
  const counts = new Map<string, number>();
  return rows.filter(({ domain = '' }) => {
    const seen = counts.get(domain) ?? 0;
    counts.set(domain, seen + 1);
    return seen < problems;
  });
}

/** Samples and judges `prompts`; answers are [prompt][sample]. Problem i draws from the seed (seed, i), so two policies meet the same draws. @throws RewardError */
export async function measure(
  sampler: SamplingClient,
  tokenizer: Tokenizer,
  task: Task,
  prompts: readonly Prompt[],
  options: HeldOutOptions,
): Promise<{ evaluation: Evaluation; answers: HeldOutAnswer[][]; errors: string[] }> {
  const { samples: n, temperature, topP, maxTokens, seed, signal } = options;
  const rows = prompts.map(({ row }) => row);
  const sampled = await Promise.all(
    prompts.map(({ tokens }, i) =>
      sampler.sample(tokens, {
        n,
        maxTokens,
        temperature,
        topP,
        topK: 0,
        stop: tokenizer.stopIds,
        seed: deriveSeed(seed, 'heldOut', i),
        signal,
      }),
    ),
  );
  const completions = sampled.map((group, p) => group.map(({ tokens }) => responseText(tokenizer, task, tokens, prompts[p].tokens)));
  const each = <T>(value: (row: TaskRow) => T): T[] => rows.flatMap((row) => Array<T>(n).fill(value(row)));
  const accuracy = { name: task.name, rewards: { [task.accuracy]: task.rewards[task.accuracy] } };
  const scores = await scoreCompletions(
    accuracy,
    {},
    { prompts: each((row) => row.prompt), completions: completions.flat(), rows: each((row) => row) },
    options.onRewardError === 'noReward' ? 'null' : 'throw',
  );
  const verdicts = scores.rewards[task.accuracy];
  const answers = sampled.map((group, p) =>
    group.map((sample, s) => ({
      row: rows[p],
      text: completions[p][s],
      tokens: sample.tokens.length,
      stopReason: sample.stopReason,
      correct: verdicts[p * n + s],
    })),
  );
  const domains = [...new Set(rows.map(({ domain }) => domain ?? task.name))];
  const byDomain: Record<string, DomainScore> = {};
  for (const domain of domains)
    byDomain[domain] = domainScore(
      answers.filter((_, p) => (rows[p].domain ?? task.name) === domain),
      task,
      options.ks ?? [...new Set([1, n])],
    );
  return {
    evaluation: { problems: rows.length, samples: n, temperature, topP, maxTokens, byDomain },
    answers,
    errors: scores.errors.map(({ message }) => message),
  };
}

function domainScore(answers: readonly HeldOutAnswer[][], task: Task, ks: readonly number[]): DomainScore {
  // An answer is right where the accuracy reward is 1; partial credit is none. A problem whose gold does not parse is left out.
  const judged = answers.map((group) => group.filter(({ correct }) => correct !== null)).filter((group) => group.length > 0);
  const problems = judged.map((group) => ({ n: group.length, c: group.filter(({ correct }) => correct === 1).length }));
  const passAt: DomainScore['passAtK'] = {};
  for (const k of ks) {
    const values = problems.map(({ n, c }) => passAtK(n, c, k));
    if (problems.length === 0 || values.some((value) => value === undefined)) continue;
    const interval = clusteredInterval(k === 1 ? problems : values.map((value) => ({ n: 1, c: value as number })));
    passAt[k] = { value: interval.mean as number, low: interval.low, high: interval.high };
  }
  const unjudged = answers.length - problems.length;
  return { problems: problems.length, unjudged, passAtK: passAt, ...responseStatistics(answers.flat(), task) };
}

/** As rows of metrics: `eval/<domain>/pass@1`, its 95% interval as `.../low` and `.../high`, and so on. */
export function evaluationMetrics({ byDomain }: Evaluation): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const [domain, score] of Object.entries(byDomain)) {
    for (const [k, { value, low, high }] of Object.entries(score.passAtK)) {
      metrics[`eval/${domain}/pass@${k}`] = value;
      metrics[`eval/${domain}/pass@${k}/low`] = low;
      metrics[`eval/${domain}/pass@${k}/high`] = high;
    }
    metrics[`eval/${domain}/unjudged`] = score.unjudged;
    metrics[`eval/${domain}/mean_length`] = score.meanLength;
    metrics[`eval/${domain}/reflection_words`] = score.reflectionWordsPerResponse;
    metrics[`eval/${domain}/clipped_ratio`] = score.truncatedShare;
  }
  return metrics;
}
