// Evaluation as a stage: pass@k and cons@k of a model on a task's held-out problems, with intervals; or a table, every one of several models
// on every one of several tasks. Every sample is kept in evaluations/<stage>/ of the run, and a run that was stopped goes on after those.

import { deriveSeed } from '../algorithms/random.ts';
import { InputError } from '../platform/errors.ts';
import { join } from '../platform/files.ts';
import type { Task } from '../tasks/task.ts';
import type { Evaluation, EvaluationTable, StageContext, TaskContext } from './context.ts';
import { evaluateModel, problemsOf, progressOf } from './evaluateModel.ts';
import type { EvaluateSettings } from './settings.ts';

/** Measures the model and keeps the result as the stage's. */
export async function evaluate(settings: EvaluateSettings, context: TaskContext): Promise<Evaluation> {
  const { name, run, report } = context;
  await run.rewindTo(name);
  const rows = await problemsOf(settings, context);
  report({ type: 'stageStart', stage: name, kind: 'evaluate', steps: rows.length, doneSteps: 0 });
  const { evaluation, metrics } = await evaluateModel(settings, context, {
    rows,
    dir: run.evaluationDir(name),
    seed: deriveSeed(context.seed, name),
    progress: progressOf(context, { before: 0, steps: rows.length }),
  });
  await run.metrics({ stage: name, step: 0, ...metrics });
  await run.finish(name, evaluation);
  report({ type: 'heldOut', stage: name, step: 0, evaluation });
  report({ type: 'stageEnd', stage: name });
  return evaluation;
}

/** What a table is made of. */
export interface TableContext extends StageContext {
  /** Directories or .gguf files, by the names that the table gives them. */
  models: Readonly<Record<string, string>>;
  /** In the order of the table; `data` and `columns` where the recipe gives them to that task. */
  tasks: readonly (Pick<TaskContext, 'data' | 'columns'> & { task: Task })[];
}

/**
 * Measures every model on every task, one after another, all with the same draws, and keeps the table as the stage's result.
 * @throws InputError where two of them would be kept in one place, or a task has no held-out problems
 */
export async function evaluateTable(settings: EvaluateSettings, context: TableContext): Promise<EvaluationTable> {
  const { name, run, report, models } = context;
  await run.rewindTo(name);
  const places = requirePlaces(context);
  const parts: (TableContext['tasks'][number] & { rows: Awaited<ReturnType<typeof problemsOf>> })[] = [];
  for (const part of context.tasks) parts.push({ ...part, rows: await problemsOf(settings, { ...context, ...part }) });
  const problems = parts.reduce((sum, { rows }) => sum + rows.length, 0);
  const steps = Object.keys(models).length * problems;
  report({ type: 'stageStart', stage: name, kind: 'evaluate', steps, doneSteps: 0 });
  const table: EvaluationTable = {};
  let [at, before] = [0, 0];
  for (const [called, model] of Object.entries(models)) {
    table[called] = {};
    for (const { rows, ...part } of parts) {
      const { task } = part;
      report({ type: 'note', stage: name, message: `${called} on ${task.name} (${at + 1} of ${places.length})` });
      const { evaluation, metrics } = await evaluateModel(
        settings,
        { ...context, ...part, model },
        {
          rows,
          dir: join(run.evaluationDir(name), places[at]),
          seed: deriveSeed(context.seed, name),
          progress: progressOf(context, { before, steps }),
        },
      );
      await run.metrics({ stage: name, step: at, model: called, task: task.name, ...metrics });
      table[called][task.name] = evaluation;
      before += rows.length;
      at++;
    }
  }
  await run.finish(name, table);
  report({ type: 'table', stage: name, table });
  report({ type: 'stageEnd', stage: name });
  return table;
}

/** Tells again the table of a stage that is done; of one model there is none. */
export function retellTable(stage: string, result: unknown, report: StageContext['report']): void {
  const table = result as Evaluation | EvaluationTable;
  if (!isEvaluation(table)) report({ type: 'table', stage, table });
}

/** Whether an evaluate stage's result is that of one model on one task. */
export function isEvaluation(result: Evaluation | EvaluationTable): result is Evaluation {
  return 'byDomain' in result;
}

/** The folders of models and tasks, in the order in which they are measured. */
function requirePlaces({ name, models, tasks }: TableContext): string[] {
  const places = Object.keys(models).flatMap((model) => tasks.map(({ task }) => evaluationPlace(model, task.name)));
  // There are file systems that do not tell capitals from small letters.
  const same = places.find((place, i) => places.findIndex((other) => other.toLowerCase() === place.toLowerCase()) < i);
  if (same !== undefined)
    throw new InputError(
      `stage ${name}: two of its models and tasks would be kept in one folder, ${same}: give the models other names, and name no task twice`,
    );
  return places;
}

/** The folder, within the stage's, of one model on one task. */
export function evaluationPlace(model: string, task: string): string {
  return `${model}-${task.replace(/[^\w.-]+/g, '_')}`;
}
