// Evaluation as a stage: pass@k of a model on a task's held-out problems, with intervals.

import { deriveSeed } from '../algorithms/random.ts';
import { InputError } from '../platform/errors.ts';
import { type Evaluation, Interrupted, type TaskContext } from './context.ts';
import { evaluationMetrics, heldOutRows, measure } from './heldOut.ts';
import { requireSamplingMemory } from './plannedWork.ts';
import { fittingPrompts, openModelText } from './prompts.ts';
import type { EvaluateSettings } from './settings.ts';
import { unreadGolds } from './taskRows.ts';

/** Measures the model and keeps the result as the stage's. Done anew where a run was stopped before its end. */
export async function evaluate(settings: EvaluateSettings, context: TaskContext): Promise<Evaluation> {
  const { name, run, engine, task, model, report } = context;
  await run.rewindTo(name);
  report({ type: 'stageStart', stage: name, kind: 'evaluate', steps: 1, doneSteps: 0 });
  const text = await openModelText(model, run.began);
  const { heldOut } = await task.load({ data: context.data, columns: context.columns, seed: context.seed });
  for (const message of unreadGolds(task, { train: [], heldOut })) report({ type: 'warning', stage: name, message });
  const rows = heldOutRows(heldOut, settings.problems ?? heldOut.length);
  if (rows.length === 0) throw new InputError(`stage ${name}: the task ${task.name} has no held-out problems to measure on`);
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
  if (context.signal.aborted) throw new Interrupted(name, 0);
  const { evaluation } = await measure(sampler, text.tokenizer, task, prompts, {
    samples,
    temperature,
    topP,
    maxTokens,
    ks,
    seed: deriveSeed(context.seed, name),
    signal: context.signal,
  }).finally(() => sampler.close());
  if (context.signal.aborted) throw new Interrupted(name, 0);
  await run.metrics({ stage: name, step: 0, ...evaluationMetrics(evaluation) });
  await run.finish(name, evaluation);
  report({ type: 'heldOut', stage: name, step: 0, evaluation });
  report({ type: 'stageEnd', stage: name });
  return evaluation;
}
