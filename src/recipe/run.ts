// Runs a recipe: opens its directory, starts the engine, and takes the stages one after another, each from what the one before made.
// A run that was stopped is taken up where it was, by the same call.

import type { Engine } from '../engine/engine.ts';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { InputError } from '../platform/errors.ts';
import { type Evaluation, Interrupted, type RunEvent, type StageContext } from '../stages/context.ts';
import { evaluate } from '../stages/evaluate.ts';
import { onPolicyDistill } from '../stages/onPolicyDistill.ts';
import { pretrain } from '../stages/pretrain.ts';
import { reportLooks, rl } from '../stages/rl.ts';
import { type Selection, select } from '../stages/select.ts';
import { makesModel, usesTask } from '../stages/settings.ts';
import { sft } from '../stages/sft.ts';
import { loadTask, prepareRewards } from '../tasks/registry.ts';
import type { Task } from '../tasks/task.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import { RunDirectory } from '../tracking/runDirectory.ts';
import { formatRecipe, loadRecipe, type Recipe } from './recipe.ts';

export interface RunOptions {
  /** The run's directory. */
  out: string;
  report?: (event: RunEvent) => void;
  /** Abort to stop after the step that is running; everything is saved. */
  signal?: AbortSignal;
  /** Default: the local engine, closed at the end. */
  engine?: Engine;
}

export interface RunResult {
  /** Absolute path of the run's directory. */
  dir: string;
  /** The directory of each training stage's last checkpoint. */
  checkpoints: Record<string, string>;
  evaluations: Record<string, Evaluation>;
  selections: Record<string, Selection>;
}

/**
 * Runs all stages that are not done.
 * @throws InputError for what is wrong with the recipe or its files; Interrupted where `signal` stopped it; StageError where the work cannot go on
 */
export async function runRecipe(
  recipe: Recipe,
  { out, report = () => {}, signal = new AbortController().signal, engine: given }: RunOptions,
): Promise<RunResult> {
  let current = '';
  const warn = (message: string): void => report({ type: 'warning', stage: current, message });
  const needsTask = Object.values(recipe.stages).some(usesTask);
  const task = needsTask ? await requireTask(recipe) : undefined;
  const run = await RunDirectory.open({ dir: out, recipeText: formatRecipe(recipe), warn });
  let engine: Engine | undefined;
  let mistaken = false;
  try {
    const result: RunResult = { dir: run.dir, checkpoints: {}, evaluations: {}, selections: {} };
    let model = recipe.model;
    for (const [name, settings] of Object.entries(recipe.stages)) {
      current = name;
      const finished = await run.finished(name);
      if (finished) {
        report({ type: 'note', stage: name, message: `stage ${name} is done already` });
        if (settings.kind === 'rl') reportLooks(name, finished.result, report);
        if (settings.kind === 'select') result.selections[name] = finished.result as Selection;
        else if (finished.dir) result.checkpoints[name] = finished.dir;
        else result.evaluations[name] = finished.result as Evaluation;
      } else {
        if (signal.aborted) throw new Interrupted(name, 0);
        if (engine === undefined) {
          engine = given ?? createLocalEngine();
          run.computedWith((await engine.capabilities()).arithmetic);
        }
        const { seed, decontaminate } = recipe;
        const context: StageContext = { name, run, engine, seed, decontaminate, report, signal };
        if (settings.kind === 'pretrain') result.checkpoints[name] = await pretrain(settings, context);
        else {
          const from = await resolveModel(stageModel(settings.model ?? model, name, result.checkpoints));
          const taskContext = { ...context, model: from, task: task as Task, data: recipe.data, columns: recipe.columns };
          if (settings.kind === 'sft')
            result.checkpoints[name] = await sft(settings, { ...context, model: from, data: (settings.data ?? recipe.data) as string });
          else if (settings.kind === 'select') result.selections[name] = await select(settings, taskContext);
          else if (settings.kind === 'rl')
            result.checkpoints[name] = await rl(settings, { ...taskContext, chosen: chosenBy(settings.prompts, result.selections) });
          else if (settings.kind === 'on_policy_distill') {
            const teacher = await resolveModel(stageModel(settings.teacher, name, result.checkpoints));
            result.checkpoints[name] = await onPolicyDistill(settings, { ...taskContext, teacher });
          } else result.evaluations[name] = await evaluate(settings, taskContext);
        }
      }
      if (makesModel(settings)) model = `$${name}`;
    }
    return result;
  } catch (error) {
    mistaken = error instanceof InputError;
    throw error;
  } finally {
    if (engine && engine !== given) await engine.close();
    await run.close({ mistaken });
  }
}

/** Reads a recipe file and runs it. The run's directory is runs/<name> where `out` does not say otherwise. */
export async function run(file: string, options: { overrides?: string[] } & Partial<RunOptions> = {}): Promise<RunResult> {
  const { overrides = [], ...rest } = options;
  const recipe = await loadRecipe(file, overrides);
  return runRecipe(recipe, { ...rest, out: rest.out ?? `runs/${recipe.name}` });
}

async function requireTask({ name, task }: Recipe): Promise<Task> {
  if (task === undefined)
    throw new InputError(`the recipe ${name} has no task: add task: lab, gsm8k, or the path of a file of yours (./my-task.ts)`);
  const loaded = await loadTask(task);
  await prepareRewards(loaded);
  return loaded;
}

function stageModel(model: string | undefined, stage: string, made: Record<string, string>): string {
  if (model === undefined)
    throw new InputError(`stage ${stage} has no model to start from: add model: to the recipe, or model=PATH to the command`);
  if (!model.startsWith('$')) return model;
  return made[model.slice(1)];
}

/** @param prompts `$stage`, checked with the recipe */
function chosenBy(prompts: string | undefined, made: Record<string, Selection>): Selection['chosen'] | undefined {
  return prompts === undefined ? undefined : made[prompts.slice(1)].chosen;
}
