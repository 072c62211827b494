// Runs a recipe: opens its directory, starts the engine, and takes the stages one after another, each from what those before it made.
// A run that was stopped is taken up where it was, by the same call; what is done is not done again.

import type { Engine } from '../engine/engine.ts';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { InputError, messageOf } from '../platform/errors.ts';
import { writeReport } from '../report/report.ts';
import { type Evaluation, type EvaluationTable, Interrupted, type RunEvent, type StageContext } from '../stages/context.ts';
import type { Selection } from '../stages/select.ts';
import { prepareRewards } from '../tasks/registry.ts';
import type { Task } from '../tasks/task.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import { RunDirectory } from '../tracking/runDirectory.ts';
import { Outputs } from './outputs.ts';
import { formatRecipe, loadRecipe, type Recipe } from './recipe.ts';
import { tasksOf } from './stageTasks.ts';
import { requireUnchanged, standingsIn } from './standing.ts';
import { fieldOf, referenceIn, type WiredStage, withTexts } from './wiring.ts';

export interface RunOptions {
  /** The run's directory. */
  out: string;
  /** Stages to do anew, with all that depend on them: what they made before is replaced. */
  from?: readonly string[];
  report?: (event: RunEvent) => void;
  /** Abort to stop after the step that is running; everything is saved. */
  signal?: AbortSignal;
  /** Default: the local engine, closed at the end. */
  engine?: Engine;
}

export interface RunResult {
  /** Absolute path of the run's directory. */
  dir: string;
  /** The directory of each training stage's last checkpoint; of a stage that trains several models by `stage.part`. */
  checkpoints: Record<string, string>;
  rewardModels: Record<string, string>;
  /** The directory of each stage that makes data. */
  data: Record<string, string>;
  evaluations: Record<string, Evaluation>;
  /** Of the evaluate stages with several models. */
  tables: Record<string, EvaluationTable>;
  selections: Record<string, Selection>;
  /** report.html of the run; absent where it could not be written. */
  report?: string;
}

/**
 * Runs all stages that are not done.
 * @throws InputError for what is wrong with the recipe or its files, and where a stage that has begun is another now and `from` does not say
 * to do it anew; Interrupted where `signal` stopped it; StageError where the work cannot go on
 */
export async function runRecipe(
  recipe: Recipe,
  { out, from = [], report = () => {}, signal = new AbortController().signal, engine: given }: RunOptions,
): Promise<RunResult> {
  let current = '';
  const warn = (message: string): void => report({ type: 'warning', stage: current, message });
  const tasks = await tasksOf(recipe);
  for (const task of tasks.values()) await prepareRewards(task);
  const run = await RunDirectory.open({ dir: out, recipeText: formatRecipe(recipe), warn });
  let engine: Engine | undefined;
  let mistaken = false;
  try {
    const standings = await standingsIn(run.dir, recipe, from);
    requireUnchanged(run.dir, standings);
    const records = Object.fromEntries(standings.map(({ stage, record }) => [stage.name, record]));
    const redone = standings.filter(({ redo }) => redo).map(({ stage }) => stage.name);
    await run.prepare(formatRecipe(recipe), records, redone);
    const outputs = new Outputs();
    for (const { stage } of standings) {
      const { name, kind } = stage;
      current = name;
      run.begin(name);
      if (await outputs.take(run, stage)) {
        report({ type: 'note', stage: name, message: `stage ${name} is done already` });
        kind.retell?.(name, outputs.results[name], report);
        continue;
      }
      if (signal.aborted) throw new Interrupted(name, 0);
      if (engine === undefined) {
        engine = given ?? createLocalEngine();
        await run.computedWith((await engine.capabilities()).arithmetic);
      }
      const context: StageContext = { name, run, engine, seed: recipe.seed, decontaminate: recipe.decontaminate, report, signal };
      const settings = withTexts(stage.settings, await namedBy(stage, outputs));
      await kind.run(settings, {
        context,
        model: fieldOf(settings, 'model'),
        tasks: stage.tasks.map((task) => tasks.get(task) as Task),
        data: fieldOf(settings, 'data'),
        columns: 'columns' in settings ? (settings.columns as Record<string, string>) : undefined,
        results: outputs.results,
        recipeTask: recipe.task,
      });
      if (!(await outputs.take(run, stage))) throw new Error(`stage ${name} came to its end and left nothing`);
    }
    // The work is done and kept: a report that cannot be written takes nothing from it.
    const written = await writeReport(run.dir).catch((error: unknown) => {
      warn(`the report could not be written: ${messageOf(error)}`);
      return undefined;
    });
    return { dir: run.dir, ...outputs.all, report: written };
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

/** The paths of what the stage's settings name. Prompts have none: they are in the result of the stage that chose them. */
async function namedBy({ places }: WiredStage, outputs: Outputs): Promise<{ path: (string | number)[]; text: string }[]> {
  const named: { path: (string | number)[]; text: string }[] = [];
  for (const { path, wants, text } of places) {
    const reference = referenceIn(text);
    if (wants === 'prompts') continue;
    named.push({ path, text: reference ? outputs.pathOf(reference) : wants === 'data' ? text : await resolveModel(text) });
  }
  return named;
}
