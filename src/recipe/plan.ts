// What a run of a recipe is going to do, stage by stage: from what, how much, in how much memory and about how long. Nothing is written.

import type { Engine } from '../engine/engine.ts';
import { readModelConfig } from '../formats/modelConfig.ts';
import { openModel } from '../formats/modelSource.ts';
import { parameterCount } from '../models/llama.ts';
import { join } from '../platform/files.ts';
import { readJsonLines } from '../tracking/jsonLines.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import type { Amount, AmountFacts, Load, Made, Start } from './amountFacts.ts';
import { amountOf, newModelIn } from './amounts.ts';
import { measureSpeed, type Speed } from './calibrate.ts';
import type { Recipe } from './recipe.ts';
import { StageTasks, tasksOf } from './stageTasks.ts';
import { type Standing, standingsIn } from './standing.ts';
import { fieldOf, referenceIn } from './wiring.ts';

export interface PlannedStage {
  name: string;
  kind: string;
  state: Standing['state'];
  /** It is done anew, by `from`. */
  redo: boolean;
  /** Why a run would refuse to go on with what is there, in words. */
  changes: string[];
  /** What its settings name: `$stage`, models, data, tasks. */
  inputs: Record<string, string>;
  /** Of the optimiser. */
  steps?: number;
  samples?: number;
  /** New tokens, were every response as long as it may be. */
  sampledTokens?: number;
  /** Tokens that gradients are computed of. */
  trainedTokens?: number;
  /** Tokens that are only read: by a reference, a teacher, a reward model. */
  readTokens?: number;
  /** Rows of data that it makes, at most. */
  rows?: number;
  /** The stage whose data it works on, which are not there yet: steps and tokens are those of all that it may make. */
  boundBy?: string;
  /** What it waits for, beside this machine. */
  waitsFor?: string;
  /** Of the model that it starts from. */
  parameters?: number;
  /** At its highest, where the engine can tell. */
  memoryBytes?: number;
  /** Absent where the stage is done, or its amount cannot be told yet. Where `boundBy` is there only the higher end is known. */
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
  const loaded = await tasksOf(recipe);
  /** By the stages that make a model, or the names of several: what it began with. */
  const starts = new Map<string, Start | undefined>();
  const made = new Map<string, Made | undefined>();
  const speeds = new Map<string, Promise<Speed>>();
  const stageTasks = new StageTasks(recipe, loaded);
  const planned: PlannedStage[] = [];
  for (const { stage, state, redo, changes } of standings) {
    const { name, settings, places, tasks } = stage;
    const start = await startOf(settings, starts);
    if (stage.kind.makes === 'model' || stage.kind.makes === 'rewardModel') starts.set(name, start);
    if (settings.kind === 'distill')
      for (const [student, model] of Object.entries(settings.students)) starts.set(`${name}.${student}`, await modelStart(model, starts));
    const data = fieldOf(settings, 'data');
    const source = data === undefined ? undefined : referenceIn(data)?.stage;
    const known = source === undefined ? undefined : made.get(source);
    const facts: AmountFacts = {
      ...{ start, tasks: await stageTasks.of(stage), startOf: (model) => modelStart(model, starts), seed: recipe.seed },
      ...(source === undefined ? { data } : {}),
      ...(source !== undefined && known && { made: { ...known, by: source } }),
    };
    const amount = await amountOf(settings, facts);
    made.set(name, amount.made);
    const plan: PlannedStage = {
      ...{ name, kind: settings.kind, state: redo ? 'new' : state, redo },
      changes: redo ? [] : [...changes.own, ...changes.from.map((other) => `it is made from ${other}`)],
      inputs: Object.fromEntries([
        ...places.map(({ path, text }) => [path.join('.'), text]),
        ...tasks.map((task, i) => [i === 0 ? 'task' : `task ${i + 1}`, task]),
      ]),
      ...told(amount),
    };
    if (start) plan.parameters = await parametersOf(start);
    const memoryBytes = await memoryOf(amount, engine);
    if (memoryBytes !== undefined) plan.memoryBytes = memoryBytes;
    if (plan.state !== 'done') Object.assign(plan, await timeOf(plan, amount));
    planned.push(plan);
  }
  return planned;

  async function timeOf({ name, redo, steps, boundBy }: PlannedStage, { loads, waitsFor }: Amount) {
    const ran = redo ? [] : await stepTimes(dir, name);
    if (ran.length > 0 && steps !== undefined) {
      const left = Math.max(0, steps - Math.max(...ran.map(({ step }) => step)));
      const sorted = ran.map(({ seconds }) => seconds).sort((a, b) => a - b);
      const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
      return { seconds: { low: boundBy === undefined ? left * at(0.1) : 0, high: left * at(0.9) }, basis: 'steps' as const };
    }
    if (!measure || waitsFor !== undefined || loads.length === 0) return {};
    let seconds = 0;
    for (const load of loads) {
      if (load.start === undefined) return {};
      const { sampling, training, reading } = await speedOf(load.start);
      seconds += (load.sampled ?? 0) / sampling + (load.trained ?? 0) / training + (load.read ?? 0) / reading;
    }
    if (seconds === 0) return {};
    // Where nothing is sampled the tokens are known; of what a stage before keeps of its samples nothing is.
    const least = boundBy !== undefined ? 0 : total(loads, 'sampled') > 0 ? leastShareOfLimit : 1;
    return { seconds: { low: (least * seconds) / margin, high: seconds * margin }, basis: 'measured' as const };
  }

  function speedOf(start: Start): Promise<Speed> {
    const key = JSON.stringify('model' in start ? start : start.init.config);
    const speed = speeds.get(key) ?? measureSpeed(engine, start);
    speeds.set(key, speed);
    return speed;
  }
}

/** What of the amount is there to be told. */
function told({ steps, samples, loads, made, boundBy, waitsFor }: Amount): Partial<PlannedStage> {
  const tokens = { sampledTokens: total(loads, 'sampled'), trainedTokens: total(loads, 'trained'), readTokens: total(loads, 'read') };
  return {
    ...(steps !== undefined && { steps }),
    ...(samples !== undefined && { samples }),
    ...Object.fromEntries(Object.entries(tokens).filter(([, count]) => count > 0)),
    ...(made && { rows: made.rows }),
    ...(boundBy !== undefined && { boundBy }),
    ...(waitsFor !== undefined && { waitsFor }),
  };
}

function total(loads: readonly Load[], which: 'sampled' | 'trained' | 'read'): number {
  return loads.reduce((sum, load) => sum + (load[which] ?? 0), 0);
}

/** What works that follow each other come to at the highest. */
async function memoryOf({ works = [] }: Amount, engine: Engine): Promise<number | undefined> {
  let most: number | undefined;
  for (const work of works) {
    const need = await engine.memoryNeed?.(work);
    if (need) most = Math.max(most ?? 0, need.bytes);
  }
  return most;
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
  const start = await modelStart(model, starts);
  const lora = 'lora' in settings ? settings.lora : undefined;
  return start && 'model' in start && lora ? { ...start, lora } : start;
}

/** @param model of a stage before, or the user's */
async function modelStart(model: string, starts: ReadonlyMap<string, Start | undefined>): Promise<Start | undefined> {
  const reference = referenceIn(model);
  if (reference === undefined) return { model: await resolveModel(model) };
  return starts.get(reference.part === undefined ? reference.stage : `${reference.stage}.${reference.part}`);
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
