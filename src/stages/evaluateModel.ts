// One model on the held-out problems of one task: what a stage of kind evaluate does once, or for every model and task of a table.
import type { SamplingClient } from '../engine/engine.ts';
import { now } from '../platform/clock.ts';
import { InputError } from '../platform/errors.ts';
import type { TaskRow } from '../tasks/task.ts';
import { modelFingerprint } from '../tracking/modelFingerprint.ts';
import { type Evaluation, Interrupted, type Metrics, type TaskContext } from './context.ts';
import { runEvaluation } from './evaluation/evaluation.ts';
import { localCompletions } from './evaluation/localCompletions.ts';
import type { Progress } from './evaluation/problems.ts';
import { evaluationMetrics, wholeScore } from './evaluation/score.ts';
import { heldOutRows } from './heldOut.ts';
import { requireSamplingMemory } from './plannedWork.ts';
import { fittingPrompts, openModelText } from './prompts.ts';
import type { EvaluateSettings } from './settings.ts';
import { unreadGolds } from './taskRows.ts';

/** The problems that a stage measures on. @throws InputError where there are none */
export async function problemsOf(
  { problems }: EvaluateSettings,
  { name, task, data, columns, seed, report }: Pick<TaskContext, 'name' | 'task' | 'data' | 'columns' | 'seed' | 'report'>,
): Promise<TaskRow[]> {
  const { heldOut } = await task.load({ data, columns, seed });
  for (const message of unreadGolds(task, { train: [], heldOut })) report({ type: 'warning', stage: name, message });
  const rows = heldOutRows(heldOut, problems ?? heldOut.length);
  if (rows.length === 0) throw new InputError(`stage ${name}: the task ${task.name} has no held-out problems to measure on`);
  return rows;
}

export interface ModelEvaluation {
  rows: readonly TaskRow[];
  /** Where its samples are kept, and it goes on from. */
  dir: string;
  seed: number;
  progress(progress: Progress): void;
}

/**
 * Measures `context.model` on `context.task`.
 * @returns what it says, and the row of metrics: `num_tokens` are those of prompts and responses, `stage_time` the seconds of this start
 * @throws Interrupted
 */
export async function evaluateModel(
  settings: EvaluateSettings,
  context: TaskContext,
  { rows, dir, seed, progress }: ModelEvaluation,
): Promise<{ evaluation: Evaluation; metrics: Metrics }> {
  const { name, run, engine, task, model, report, signal } = context;
  const { samples, temperature, topP, maxTokens, ks } = settings;
  const started = now();
  const text = await openModelText(model, run.began);
  const prompts = fittingPrompts(
    text,
    task,
    rows,
    'held-out prompts',
    { maxTokens, longPrompts: 'refuse', mend: 'lower maxTokens' },
    () => {},
  );
  await requireSamplingMemory(context, settings, prompts);
  if (signal.aborted) throw new Interrupted(name, 0);
  let sampler: SamplingClient | undefined;
  const opened = async (): Promise<SamplingClient> => {
    sampler ??= await engine.createSampler({ model });
    return sampler;
  };
  const evaluation = await runEvaluation({
    task,
    rows,
    source: localCompletions(opened, text.tokenizer, task, prompts, { samples, temperature, topP, maxTokens, seed, signal }),
    samples,
    ks,
    sampling: { temperature, topP, maxTokens },
    keep: {
      dir,
      settings: {
        ...{ task: task.name, model: (await modelFingerprint(model)).slice(0, 16) },
        ...{ temperature, topP, maxTokens, seed },
      },
    },
    signal,
    report: progress,
    warn: (message) => report({ type: 'warning', stage: name, message }),
  }).finally(() => sampler?.close());
  if (evaluation === undefined) throw new Interrupted(name, 0);
  const prompted = samples * prompts.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const responded = Math.round(rows.length * samples * (wholeScore(evaluation).meanLength ?? 0));
  const spent = { num_tokens: prompted + responded, stage_time: (now() - started) / 1000 };
  return { evaluation, metrics: { ...evaluationMetrics(evaluation), ...spent } };
}

/** The progress of an evaluation as the stage's steps, at most some twenty times: not every problem of thousands is worth a line. */
export function progressOf(
  { name, report }: Pick<TaskContext, 'name' | 'report'>,
  { before, steps }: { before: number; steps: number },
): (progress: Progress) => void {
  let next = 1;
  return ({ done, of, right, judged }) => {
    if (done < next && done < of) return;
    next = done + Math.ceil(of / 20);
    const metrics: Metrics = judged > 0 ? { 'rewards/accuracy/mean': right / judged } : {};
    report({ type: 'step', stage: name, step: before + done, steps, metrics });
  };
}
