// Evaluation as a stage: pass@k and cons@k of a model on a task's held-out problems, with intervals. Every sample is kept in
// evaluations/<stage>/ of the run, and a run that was stopped goes on after those.

import { deriveSeed } from '../algorithms/random.ts';
import { InputError } from '../platform/errors.ts';
import { modelFingerprint } from '../tracking/modelFingerprint.ts';
import { type Evaluation, Interrupted, type Metrics, type TaskContext } from './context.ts';
import { runEvaluation } from './evaluation/evaluation.ts';
import { localCompletions } from './evaluation/localCompletions.ts';
import type { Progress } from './evaluation/problems.ts';
import { evaluationMetrics } from './evaluation/score.ts';
import { heldOutRows } from './heldOut.ts';
import { requireSamplingMemory } from './plannedWork.ts';
import { fittingPrompts, openModelText } from './prompts.ts';
import type { EvaluateSettings } from './settings.ts';
import { unreadGolds } from './taskRows.ts';

/** Measures the model and keeps the result as the stage's. */
export async function evaluate(settings: EvaluateSettings, context: TaskContext): Promise<Evaluation> {
  const { name, run, engine, task, model, report, signal } = context;
  await run.rewindTo(name);
  const text = await openModelText(model, run.began);
  const { heldOut } = await task.load({ data: context.data, columns: context.columns, seed: context.seed });
  for (const message of unreadGolds(task, { train: [], heldOut })) report({ type: 'warning', stage: name, message });
  const rows = heldOutRows(heldOut, settings.problems ?? heldOut.length);
  if (rows.length === 0) throw new InputError(`stage ${name}: the task ${task.name} has no held-out problems to measure on`);
  report({ type: 'stageStart', stage: name, kind: 'evaluate', steps: rows.length, doneSteps: 0 });
  const { samples, temperature, topP, maxTokens, ks } = settings;
  const prompts = fittingPrompts(
    text,
    task,
    rows,
    'held-out prompts',
    { maxTokens, longPrompts: 'refuse', mend: 'lower maxTokens' },
    () => {},
  );
  await requireSamplingMemory(context, settings, prompts);
  const sampler = await engine.createSampler({ model });
  if (signal.aborted) throw new Interrupted(name, 0);
  const seed = deriveSeed(context.seed, name);
  const evaluation = await runEvaluation({
    task,
    rows,
    source: localCompletions(sampler, text.tokenizer, task, prompts, { samples, temperature, topP, maxTokens, seed, signal }),
    samples,
    ks,
    sampling: { temperature, topP, maxTokens },
    keep: {
      dir: run.evaluationDir(name),
      settings: {
        ...{ task: task.name, model: (await modelFingerprint(model)).slice(0, 16) },
        ...{ temperature, topP, maxTokens, seed },
      },
    },
    signal,
    report: everySome(({ done, of, right, judged }) => {
      const metrics: Metrics = judged > 0 ? { 'rewards/accuracy/mean': right / judged } : {};
      report({ type: 'step', stage: name, step: done, steps: of, metrics });
    }),
    warn: (message) => report({ type: 'warning', stage: name, message }),
  }).finally(() => sampler.close());
  if (evaluation === undefined) throw new Interrupted(name, 0);
  await run.metrics({ stage: name, step: 0, ...evaluationMetrics(evaluation) });
  await run.finish(name, evaluation);
  report({ type: 'heldOut', stage: name, step: 0, evaluation });
  report({ type: 'stageEnd', stage: name });
  return evaluation;
}

/** Progress at most some twenty times: not every problem of thousands is worth a line. */
function everySome(tell: (progress: Progress) => void): (progress: Progress) => void {
  let next = 1;
  return (progress) => {
    if (progress.done < next && progress.done < progress.of) return;
    next = progress.done + Math.ceil(progress.of / 20);
    tell(progress);
  };
}
