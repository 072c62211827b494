// Evaluation as a stage: pass@k of a model on a task's held-out problems, with intervals.

import { deriveSeed } from '../algorithms/random.ts';
import type { Evaluation, TaskContext } from './context.ts';
import { evaluationMetrics, heldOutRows, measure } from './heldOut.ts';
import { openModelText } from './prompts.ts';
import type { EvaluateSettings } from './settings.ts';

/** Measures the model and keeps the result as the stage's. Done anew where a run was stopped before its end. */
export async function evaluate(settings: EvaluateSettings, context: TaskContext): Promise<Evaluation> {
  const { name, run, engine, task, model, report } = context;
  await run.rewindTo(name);
  report({ type: 'stageStart', stage: name, kind: 'evaluate', steps: 1, doneSteps: 0 });
  const { tokenizer } = await openModelText(model);
  const { heldOut } = await task.load({ data: context.data, seed: context.seed });
  const rows = heldOutRows(heldOut, settings.problems ?? heldOut.length);
  const sampler = await engine.createSampler({ model });
  const { samples, temperature, topP, maxTokens, ks } = settings;
  const { evaluation } = await measure(sampler, tokenizer, task, rows, {
    samples,
    temperature,
    topP,
    maxTokens,
    ks,
    seed: deriveSeed(context.seed, name),
  });
  await sampler.close();
  await run.metrics({ stage: name, step: 0, ...evaluationMetrics(evaluation) });
  await run.finish(name, evaluation);
  report({ type: 'heldOut', stage: name, step: 0, evaluation });
  report({ type: 'stageEnd', stage: name });
  return evaluation;
}
