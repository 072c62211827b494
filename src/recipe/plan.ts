// What a run of a recipe is going to do, stage by stage: from what, how much, in how much memory and about how long. Nothing is written.

import type { Engine } from '../engine/engine.ts';
import { readModelConfig } from '../formats/modelConfig.ts';
import { openModel } from '../formats/modelSource.ts';
import { parameterCount } from '../models/llama.ts';
import { join } from '../platform/files.ts';
import { loadTask } from '../tasks/registry.ts';
import type { LoadedTask, Task } from '../tasks/task.ts';
import { readJsonLines } from '../tracking/jsonLines.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import { type Amount, type AmountFacts, amountOf, newModelIn, type Start } from './amounts.ts';
import { measureSpeed, type Speed } from './calibrate.ts';
import type { Recipe } from './recipe.ts';
import { type Standing, standingsIn } from './standing.ts';
import { fieldOf, referenceIn } from './wiring.ts';

export interface PlannedStage extends Omit<Amount, 'work'> {
  name: string;
  kind: string;
  state: Standing['state'];
  /** It is done anew, by `from`. */
  redo: boolean;
  /** Why a run would refuse to go on with what is there, in words. */
  changes: string[];
  /** What its settings name: `$stage`, models, data, tasks. */
  inputs: Record<string, string>;
  /** Of the model that it starts from. */
  parameters?: number;
  /** At its highest, where the engine can tell. */
  memoryBytes?: number;
  /** Absent where the stage is done, or its amount cannot be told yet. */
  seconds?: { low: number; high: number };
  /** What the seconds come from: steps of this stage that have run, or a measurement. */
  basis?: 'steps' | 'measured';
}

/** Responses end before the limit, where exactly nobody knows: from this share of it on. */
const leastShareOfLimit = 0.15;
/** A measurement of seconds says about a run of hours so much. */
const margin = 1.3;

/**
 * @param dir the run's directory; it need not be there
 * @param options.measure take the time of a few tokens, where no steps have run: some seconds a model
 * @throws InputError as the run would
 */
export async function planRecipe(
  recipe: Recipe,
  dir: string,
  engine: Engine,
  { from = [], measure = true }: { from?: readonly string[]; measure?: boolean } = {},
): Promise<PlannedStage[]> {
  const standings = await standingsIn(dir, recipe, from);
  const starts = new Map<string, Start | undefined>();
  const speeds = new Map<string, Promise<Speed>>();
  const loaded = new Map<string, { task: Task; rows: LoadedTask }>();
  const planned: PlannedStage[] = [];
  for (const { stage, state, redo, changes } of standings) {
    const { name, settings, places, tasks } = stage;
    const start = await startOf(settings, starts);
    if (stage.kind.makes === 'model') starts.set(name, start);
    const data = fieldOf(settings, 'data');
    const facts: AmountFacts = { start, data: data?.startsWith('$') ? undefined : data, seed: recipe.seed };
    if (tasks.length === 1) {
      const key = JSON.stringify([tasks[0], data]);
      const columns = 'columns' in settings ? (settings.columns as Record<string, string> | undefined) : undefined;
      const task = await loadTask(tasks[0]);
      const known = loaded.get(key) ?? { task, rows: await task.load({ data, columns, seed: recipe.seed }) };
      loaded.set(key, known);
      Object.assign(facts, known);
    }
    const { work, ...amount } = await amountOf(settings, facts);
    const plan: PlannedStage = {
      ...{ name, kind: settings.kind, state: redo ? 'new' : state, redo },
      changes: redo ? [] : [...changes.own, ...changes.from.map((other) => `it is made from ${other}`)],
      inputs: Object.fromEntries([
        ...places.map(({ path, text }) => [path.join('.'), text]),
        ...tasks.map((task, i) => [i === 0 ? 'task' : `task ${i + 1}`, task]),
      ]),
      ...amount,
    };
    if (start) plan.parameters = await parametersOf(start);
    if (work && engine.memoryNeed) plan.memoryBytes = (await engine.memoryNeed(work)).bytes;
    if (plan.state !== 'done') Object.assign(plan, await timeOf(plan, start));
    planned.push(plan);
  }
  return planned;

  async function timeOf({ name, redo, steps, sampledTokens = 0, trainedTokens = 0 }: PlannedStage, start: Start | undefined) {
    const ran = redo ? [] : await stepTimes(dir, name);
    if (ran.length > 0 && steps !== undefined) {
      const left = Math.max(0, steps - Math.max(...ran.map(({ step }) => step)));
      const sorted = ran.map(({ seconds }) => seconds).sort((a, b) => a - b);
      const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
      return { seconds: { low: left * at(0.1), high: left * at(0.9) }, basis: 'steps' as const };
    }
    if (!measure || start === undefined || sampledTokens + trainedTokens === 0) return {};
    const key = JSON.stringify('model' in start ? start : start.init.config);
    const speed = speeds.get(key) ?? measureSpeed(engine, start);
    speeds.set(key, speed);
    const { sampling, training } = await speed;
    // Where nothing is sampled the tokens are known.
    const least = sampledTokens > 0 ? leastShareOfLimit : 1;
    const seconds = sampledTokens / sampling + trainedTokens / training;
    return { seconds: { low: (least * seconds) / margin, high: seconds * margin }, basis: 'measured' as const };
  }
}

/** What a stage's model began with, through all stages before. */
async function startOf(
  settings: Standing['stage']['settings'],
  starts: ReadonlyMap<string, Start | undefined>,
): Promise<Start | undefined> {
  const init = newModelIn(settings);
  if (init) return { init };
  const model = fieldOf(settings, 'model');
  if (model === undefined) return undefined;
  const reference = referenceIn(model);
  const start = reference ? starts.get(reference.stage) : { model: await resolveModel(model) };
  const lora = 'lora' in settings ? settings.lora : undefined;
  return start && 'model' in start && lora ? { ...start, lora } : start;
}

async function parametersOf(start: Start): Promise<number> {
  if ('init' in start) return parameterCount(readModelConfig(start.init.config, 'the new model'));
  const source = await openModel(start.model);
  await source.close();
  return parameterCount(source.config);
}

/** Of the steps that a stage has done. */
async function stepTimes(dir: string, stage: string): Promise<{ step: number; seconds: number }[]> {
  const rows = await readJsonLines(join(dir, 'metrics.jsonl'));
  return rows.flatMap(({ stage: name, step, step_time: seconds }) =>
    name === stage && typeof step === 'number' && typeof seconds === 'number' ? [{ step, seconds }] : [],
  );
}
