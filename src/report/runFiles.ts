// What a run's directory holds, read for its report. Whatever is missing, cut short or damaged is passed over: a report of a part is better
// than none.
import { parse } from 'yaml';
import { InputError } from '../platform/errors.ts';
import * as files from '../platform/files.ts';
import type { Evaluation, EvaluationTable } from '../stages/context.ts';
import { evaluationPlace } from '../stages/evaluate.ts';
import { partName, stageOfPart } from '../tracking/names.ts';
import type { RolloutRow } from '../tracking/rollouts.ts';
import { listRollouts } from '../tracking/rollouts.ts';
import type { Start } from '../tracking/starts.ts';
import { wholeLines } from '../tracking/wholeLines.ts';

export type Row = Record<string, unknown>;

export interface StageFiles {
  name: string;
  kind: string;
  /** Of the recipe. */
  settings: Row;
  metrics: Row[];
  /** Of a stage that trains several models: each one's rows of metrics, by its name. */
  parts: Record<string, Row[]>;
  /** Of finished.json; undefined where the stage is not done. */
  result?: unknown;
  done: boolean;
  /** Of an evaluation, and of several models; also of one that is under way. */
  evaluation?: Evaluation;
  table?: EvaluationTable;
  /** Folders of its evaluations below evaluations/, by model and task. */
  places: { model: string; task: string; dir: string }[];
  /** report.json of the data that it made. */
  curation?: unknown;
  /** The first and the last rollouts that are kept. */
  rollouts: { step: number; rows: RolloutRow[] }[];
}

export interface RunFiles {
  dir: string;
  name: string;
  recipeText?: string;
  recipe: Row;
  began?: string;
  starts: Start[];
  stages: StageFiles[];
}

/** @throws InputError where there is no run */
export async function readRun(dir: string): Promise<RunFiles> {
  const path = files.resolve(dir);
  if (await files.isFile(path)) throw new InputError(`${dir} is a file: give the directory of a run`);
  if (!(await files.isDirectory(path)))
    throw new InputError(`there is no run at ${dir}: give the directory of a run (runs/<name of its recipe>)`);
  const at = (...parts: string[]): string => files.join(path, ...parts);
  if (!(await files.exists(at('recipe.yaml'))) && !(await files.exists(at('metrics.jsonl'))))
    throw new InputError(`${dir} holds no run: it has no recipe.yaml. Give the directory of a run (runs/<name of its recipe>)`);
  const recipeText = await textOf(at('recipe.yaml'));
  const recipe = recordOf(recipeText === undefined ? undefined : attempt(() => parse(recipeText)));
  const metrics = await jsonLinesOf(at('metrics.jsonl'));
  const finished = recordOf(await jsonOf(at('finished.json')));
  const inRecipe = recordOf(recipe.stages);
  const told = metrics.flatMap(({ stage }) => (typeof stage === 'string' ? [stageOfPart(stage)] : []));
  const names = [...new Set([...Object.keys(inRecipe), ...told])];
  const stages: StageFiles[] = [];
  for (const name of names) {
    const settings = recordOf(inRecipe[name]);
    const { result } = recordOf(finished[name]);
    const stage: StageFiles = {
      ...{ name, kind: typeof settings.kind === 'string' ? settings.kind : '', settings, result },
      ...{ done: Object.hasOwn(finished, name), metrics: metrics.filter((row) => row.stage === name), places: [], rollouts: [] },
      ...{ parts: partsIn(metrics, name), curation: await jsonOf(at('data', name, 'report.json')) },
    };
    if (stage.kind === 'evaluate') await addEvaluations(stage, recipe, at('evaluations', name));
    if (stage.kind === 'rl') stage.rollouts = await firstAndLast(at('rollouts'), name);
    stages.push(stage);
  }
  const began = recordOf(await jsonOf(at('began.json'))).began;
  return {
    ...{ dir: path, name: typeof recipe.name === 'string' ? recipe.name : files.basename(path), recipeText, recipe, stages },
    ...{ began: typeof began === 'string' ? began : undefined, starts: (await jsonLinesOf(at('starts.jsonl'))) as unknown as Start[] },
  };
}

function partsIn(metrics: readonly Row[], stage: string): Record<string, Row[]> {
  const parts = new Map<string, Row[]>();
  for (const row of metrics) {
    const part = String(row.stage).slice(stage.length + 1);
    if (row.stage !== partName(stage, part)) continue;
    if (!parts.has(part)) parts.set(part, []);
    parts.get(part)?.push(row);
  }
  return Object.fromEntries(parts);
}

async function addEvaluations(stage: StageFiles, recipe: Row, dir: string): Promise<void> {
  const { models, task } = stage.settings;
  if (models === undefined) {
    const kept = stage.result ?? (await jsonOf(files.join(dir, 'results.json')));
    if (isEvaluation(kept)) stage.evaluation = kept;
    const { task: called = task ?? recipe.task ?? 'task' } = recordOf(await jsonOf(files.join(dir, 'evaluation.json')));
    stage.places = [{ model: stage.name, task: String(called), dir }];
    return;
  }
  const folders = (await files.isDirectory(dir)) ? await files.list(dir) : [];
  const found: EvaluationTable = {};
  for (const model of Object.keys(recordOf(models)))
    for (const folder of folders) {
      const { task: of } = recordOf(await jsonOf(files.join(dir, folder, 'evaluation.json')));
      if (typeof of !== 'string' || evaluationPlace(model, of) !== folder) continue;
      stage.places.push({ model, task: of, dir: files.join(dir, folder) });
      const result = await jsonOf(files.join(dir, folder, 'results.json'));
      if (isEvaluation(result)) found[model] = { ...found[model], [of]: result };
    }
  stage.table = isTable(stage.result) ? stage.result : found;
  const [tasks = {}] = Object.values(stage.table);
  const order = Object.keys(tasks);
  stage.places.sort((a, b) => order.indexOf(a.task) - order.indexOf(b.task));
}

function isTable(value: unknown): value is EvaluationTable {
  const models = Object.values(recordOf(value)).map((tasks) => Object.values(recordOf(tasks)));
  return models.length > 0 && models.every((evaluations) => evaluations.length > 0 && evaluations.every(isEvaluation));
}

async function firstAndLast(dir: string, stage: string): Promise<StageFiles['rollouts']> {
  const all = (await listRollouts(dir)).filter((entry) => entry.stage === stage);
  const ends = all.length > 1 ? [all[0], all[all.length - 1]] : all;
  const read: StageFiles['rollouts'] = [];
  for (const { step, file } of ends) {
    const rows = (await jsonLinesOf(file)).filter(({ text }) => typeof text === 'string');
    read.push({ step, rows: rows as unknown as RolloutRow[] });
  }
  return read;
}

export function isEvaluation(value: unknown): value is Evaluation {
  const { byDomain } = recordOf(value);
  const scores = Object.values(recordOf(byDomain));
  return scores.length > 0 && scores.every((score) => typeof recordOf(score).passAtK === 'object');
}

/** A map as one, anything else as an empty one. */
export function recordOf(value: unknown): Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : {};
}

async function textOf(file: string): Promise<string | undefined> {
  return (await files.isFile(file)) ? files.readText(file) : undefined;
}

async function jsonOf(file: string): Promise<unknown> {
  const text = await textOf(file);
  return text === undefined ? undefined : attempt(() => JSON.parse(text));
}

async function jsonLinesOf(file: string): Promise<Row[]> {
  if (!(await files.isFile(file))) return [];
  const rows: Row[] = [];
  for await (const { text } of wholeLines(file)) rows.push(recordOf(attempt(() => JSON.parse(text))));
  return rows.filter((row) => Object.keys(row).length > 0);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
