// Measuring a policy on held-out problems while it is trained: k samples of each, all at once, pass@k by domain.

import type { Sample, SamplingClient } from '../engine/engine.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import type { Task, TaskRow, Turn } from '../tasks/task.ts';
import type { Evaluation } from './context.ts';
import { Begun } from './evaluation/inParallel.ts';
import { type Judged, judge } from './evaluation/judge.ts';
import { type LocalCompletion, localCompletions, type SamplingOptions } from './evaluation/localCompletions.ts';
import { scorer, scoresByDomain } from './evaluation/score.ts';
import type { Prompt } from './prompts.ts';

export interface HeldOutOptions extends SamplingOptions {
  /** Default: 1 and `samples`. */
  ks?: readonly number[];
  /** What an accuracy that throws or is not finite means: an error (the default), or that the answer is not judged. */
  onRewardError?: 'stop' | 'noReward';
}

export interface HeldOutAnswer {
  row: TaskRow;
  text: string;
  tokens: number;
  stopReason: Sample['stopReason'];
  /** The task's accuracy; null where it does not apply. */
  correct: number | null;
  measures?: Record<string, number | null>;
  /** Where an environment took part. */
  turns?: readonly Turn[];
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

/** Samples and judges `prompts`, each as soon as it is sampled; answers are [prompt][sample]. @throws RewardError */
export async function measure(
  sampler: SamplingClient,
  tokenizer: Tokenizer,
  task: Task,
  prompts: readonly Prompt[],
  options: HeldOutOptions,
): Promise<{ evaluation: Evaluation; answers: HeldOutAnswer[][]; errors: string[] }> {
  const { samples, temperature, topP, maxTokens } = options;
  const { ks = [...new Set([1, samples])], onRewardError, ...sampling } = options;
  const errors: string[] = [];
  const noReward = onRewardError === 'noReward';
  const source = localCompletions(
    async () => sampler,
    tokenizer,
    task,
    prompts,
    sampling,
    noReward ? ({ message }) => errors.push(message) : 'throw',
  );
  const outcomes: { row: TaskRow; judged: Judged<LocalCompletion>[] }[] = [];
  const judging = new Begun();
  try {
    await source.complete([...prompts.keys()], (i, completions) => {
      const { row } = prompts[i];
      judging.add(
        judge(task, row, completions, noReward ? 'null' : 'throw').then((outcome) => {
          outcomes[i] = { row, judged: outcome.judged };
          errors.push(...outcome.errors);
        }),
      );
    });
  } finally {
    await judging.ended();
  }
  const score = scorer(task);
  const scored = outcomes.map(({ row, judged }) => score(row, judged));
  const byDomain = scoresByDomain(scored, ks);
  return {
    evaluation: { problems: prompts.length, samples, temperature, topP, maxTokens, byDomain },
    answers: outcomes.map(({ row, judged }) => judged.map((answer) => ({ row, ...answer }))),
    errors,
  };
}
