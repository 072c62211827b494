// What `thinkling data` can look at, each read into the same items: a task's rows, the corpus of a pretraining recipe, the rollouts of
// a run, rows that SFT learns from (rowView.ts). With a tokenizer an item has its tokens, marked by the very code that makes the training data.

import { didYouMean } from '../algorithms/nearest.ts';
import { isDataFile } from '../datasets/formats.ts';
import { parseHubData } from '../datasets/hubData.ts';
import { type JsonRow, readJsonl } from '../formats/jsonl.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { InputError } from '../platform/errors.ts';
import { basename, dirname, exists, isDirectory, isFile, join, resolve } from '../platform/files.ts';
import { loadRecipe, type Recipe } from '../recipe/recipe.ts';
import { minibatchData } from '../stages/batch.ts';
import { documentIds } from '../stages/pretrain.ts';
import { encodePrompt, openModelText } from '../stages/prompts.ts';
import type { Group } from '../stages/rollout.ts';
import type { RlSettings } from '../stages/settings.ts';
import { labDocument } from '../tasks/lab/corpus.ts';
import { labTokenizerFiles } from '../tasks/lab/tokenizer.ts';
import { loadTask, taskNames } from '../tasks/registry.ts';
import type { Task, TaskContext, TaskRow } from '../tasks/task.ts';
import { parseStepName } from '../tracking/names.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import { listRollouts, type RolloutRow, readRollouts } from '../tracking/rollouts.ts';
import { ofRows, ofSft } from './rowView.ts';
import { legend, type ShownToken, shownTokens } from './tokenView.ts';

export interface DataItem {
  title: string;
  prompt: string;
  response?: string;
  tokens?: ShownToken[];
  remark?: string;
  /** The row that it is, where nothing more is known of it. */
  row?: JsonRow;
}

export interface SourceView {
  /** What this is, in a line or two. */
  about: string[];
  items: DataItem[];
}

export interface DataRequest {
  number: number;
  from: number;
  model?: string;
  data?: string;
  seed?: number;
  /** Of a recipe, as `thinkling run` takes them. */
  overrides?: readonly string[];
  heldOut?: boolean;
  /** Of a recipe; by default its first stage. */
  stage?: string;
}

/** @throws InputError where there is no such thing to look at */
export async function openSource(source: string, request: DataRequest): Promise<SourceView> {
  if (/\.ya?ml$/i.test(source)) return ofRecipe(await loadRecipe(source, overridesOf(request)), source, request);
  if (request.overrides && request.overrides.length > 0)
    throw new InputError(`override ${request.overrides[0]}: ${source} is no recipe (.yaml), and nothing else has fields to change`);
  const onHub = parseHubData(source) !== undefined;
  if (isDataFile(source) && (!onHub || (await isFile(source)))) {
    if (!(await isFile(source))) throw new InputError(`there is no file ${source}`);
    return (await isRollouts(source)) ? ofRollouts(resolve(source), request) : ofRows(source, await tokenizerOf(request.model), request);
  }
  // A built-in task's name wins over a folder that happens to be called so.
  if (!taskNames.includes(source) && (await isDirectory(source))) {
    if (!(await exists(join(source, 'recipe.yaml')))) return ofRows(source, await tokenizerOf(request.model), request);
    const files = await listRollouts(join(source, 'rollouts'));
    if (files.length === 0) throw new InputError(`the run ${source} has no rollouts yet`);
    const newest = files[files.length - 1].stage;
    return ofRollouts(resolve(files.findLast(({ stage }) => stage === newest)!.file), request);
  }
  if (!taskNames.includes(source) && onHub) return ofRows(source, await tokenizerOf(request.model), request);
  return ofTask(source, await loadTask(source), await tokenizerOf(request.model), request, { data: request.data, seed: request.seed ?? 0 });
}

async function tokenizerOf(model: string | undefined): Promise<Tokenizer | undefined> {
  return model === undefined ? undefined : (await openModelText(await resolveModel(model))).tokenizer;
}

/** Samples of a run, and not any other rows. */
async function isRollouts(file: string): Promise<boolean> {
  if (!/\.jsonl$/i.test(file)) return false;
  for await (const { row } of readJsonl(file))
    return ['sample', 'text', 'rewards', 'advantage', 'stopReason'].every((name) => Object.hasOwn(row, name));
  return true;
}

function overridesOf({ model, data, seed, overrides = [] }: DataRequest): string[] {
  return [
    ...overrides,
    ...(model === undefined ? [] : [`model=${model}`]),
    ...(data === undefined ? [] : [`data=${data}`]),
    ...(seed === undefined ? [] : [`seed=${seed}`]),
  ];
}

async function ofRecipe(recipe: Recipe, source: string, request: DataRequest): Promise<SourceView> {
  const names = Object.keys(recipe.stages);
  const name = request.stage ?? names[0];
  if (!names.includes(name)) throw new InputError(`--stage ${name}: the recipe has no such stage${didYouMean(name, names)}`);
  const stage = recipe.stages[name];
  if (stage.kind === 'pretrain') return ofCorpus(stage.seed ?? recipe.seed, request);
  if (stage.kind === 'sft') return ofSft(recipe, stage, request);
  if (recipe.task === undefined) throw new InputError(`${source}: stage ${name} reads no data`);
  return ofTask(recipe.task, await loadTask(recipe.task), await tokenizerOf(recipe.model), request, recipe);
}

async function ofCorpus(seed: number, { from, number }: DataRequest): Promise<SourceView> {
  const { Tokenizer } = await import('../formats/tokenizer.ts');
  const tokenizer = Tokenizer.fromFiles(labTokenizerFiles());
  const items = Array.from({ length: number }, (_, i): DataItem => {
    const { prompt, response } = labDocument(seed, from + i);
    const ids = documentIds(tokenizer, { prompt, response });
    return { title: `document ${from + i}`, prompt, response, tokens: shownTokens(tokenizer, ids, (position) => position > 0) };
  });
  return {
    about: [`The lab's corpus, seed ${seed}: prompts and responses alike are learnt, for this makes a base model. ${legend}.`],
    items,
  };
}

async function ofTask(
  name: string,
  task: Task,
  tokenizer: Tokenizer | undefined,
  { from, number, heldOut }: DataRequest,
  { data, columns, seed }: TaskContext,
): Promise<SourceView> {
  const loaded = await task.load({ data, columns, seed });
  const rows = heldOut ? loaded.heldOut : loaded.train;
  const part = heldOut ? 'held-out problems' : 'prompts to train on';
  if (from >= rows.length) throw new InputError(`--from ${from}: the task ${name} has ${rows.length} ${part}, counted from 0`);
  const items = rows.slice(from, from + number).map((row): DataItem => {
    const item: DataItem = { title: row.id, prompt: promptText(task, row) };
    if (!tokenizer) return item;
    return {
      ...item,
      tokens: shownTokens(tokenizer, encodePrompt(tokenizer, task, row), () => false),
      remark: 'the loss falls on the response that comes here, its end token included',
    };
  });
  const rewards = Object.entries(task.weights).map(([reward, weight]) => `${reward} x ${weight}`);
  const about = [
    `${name}: ${loaded.train.length} prompts to train on, ${loaded.heldOut.length} held-out problems; rewards ${rewards.join(', ')}. Below: ${part}.`,
    ...(tokenizer ? [] : ['With --model MODEL: token by token, as that model reads them.']),
  ];
  return { about, items };
}

async function ofRollouts(file: string, request: DataRequest): Promise<SourceView> {
  const rows = await readRollouts(file);
  if (request.from >= rows.length) throw new InputError(`--from ${request.from}: ${file} holds ${rows.length} samples, counted from 0`);
  const chosen = rows.slice(request.from, request.from + request.number);
  const run = dirname(dirname(file));
  const step = parseStepName(basename(file).replace(/\.jsonl$/i, ''));
  const recipeFile = join(run, 'recipe.yaml');
  const title = (row: RolloutRow, i: number): string => {
    const scores = Object.entries(row.rewards).map(([name, value]) => `${name} ${value ?? 'does not apply'}`);
    const figures = [`reward ${row.reward ?? 'none'}`, `advantage ${row.advantage === null ? 'none' : row.advantage.toFixed(3)}`];
    return `${request.from + i}: ${row.prompt}, sample ${row.sample} (${[...scores, ...figures].join(', ')}; ${row.tokens} tokens, ${row.stopReason})`;
  };
  const plain: SourceView = {
    about: [`${rows.length} samples in ${file}`],
    items: chosen.map((row, i) => ({ title: title(row, i), prompt: row.prompt, response: transcript(row) })),
  };
  if (!step || !(await exists(recipeFile))) return plain;
  const recipe = await loadRecipe(recipeFile, overridesOf({ ...request, seed: undefined, model: undefined }));
  const settings = recipe.stages[step.stage];
  if (settings?.kind !== 'rl' || recipe.task === undefined) return plain;
  const task = await loadTask(recipe.task);
  const { train } = await task.load({ data: recipe.data, columns: recipe.columns, seed: recipe.seed });
  const byId = new Map(train.map((row) => [row.id, row]));
  // All checkpoints of a run have the tokenizer that it started from.
  const { tokenizer } = await openModelText(await resolveModel(request.model ?? run));
  const items = chosen.map((row, i): DataItem => {
    const known = byId.get(row.prompt);
    const item: DataItem = { title: title(row, i), prompt: known ? promptText(task, known) : row.prompt, response: transcript(row) };
    if (!known) return item;
    return { ...item, ...rolloutTokens(tokenizer, task, known, row, settings) };
  });
  return { about: [`${plain.about[0]}, of step ${step.step} of stage ${step.stage}. ${legend}.`], items };
}

/** What an environment said stands between the model's turns, set off. */
function transcript({ text, turns }: RolloutRow): string {
  return turns ? turns.map((turn) => (turn.by === 'model' ? turn.text : `\u27ea${turn.text}\u27eb`)).join(' ') : text;
}

/** The sample's tokens, marked where the stage's own code puts a weight. */
function rolloutTokens(
  tokenizer: Tokenizer,
  task: Task,
  known: TaskRow,
  row: RolloutRow,
  settings: RlSettings,
): Pick<DataItem, 'tokens' | 'remark'> {
  const prompt = encodePrompt(tokenizer, task, known);
  const recorded = Array.isArray(row.ids) ? (row.ids as number[]) : undefined;
  const response = Int32Array.from(recorded ?? responseIds(tokenizer, task, row));
  const sample = {
    tokens: response,
    logprobs: new Float32Array(response.length),
    stopReason: row.stopReason as 'stop' | 'length' | 'cancelled',
    version: row.version,
    text: row.text,
    episode: row.own && row.turns ? { own: Uint8Array.from(row.own), turns: row.turns, failed: false } : undefined,
  };
  const completion = { sample, rewards: row.rewards, reward: row.reward, advantage: row.advantage };
  const group: Group = { prompt: { row: known, tokens: prompt }, completions: [completion], equal: false };
  const [trained] = minibatchData([group], settings, Math.max(1, response.length));
  const ids = [...prompt, ...response];
  const tokens = shownTokens(
    tokenizer,
    ids,
    (position) => position > 0 && trained !== undefined && trained.datum.weights[position - 1] !== 0,
  );
  const remarks = [
    ...(trained
      ? []
      : [
          row.advantage === null
            ? 'it has no reward, so it takes no part'
            : row.advantage === 0
              ? 'its advantage is 0: nothing to learn'
              : 'the recipe leaves it out',
        ]),
    ...(recorded || response.length === row.tokens ? [] : [`encoded anew from the text: the model wrote it with ${row.tokens} tokens`]),
  ];
  return { tokens, remark: remarks.join('; ') || undefined };
}

function responseIds(tokenizer: Tokenizer, task: Task, row: RolloutRow): number[] {
  const prefill = task.prefill ?? '';
  const text = row.text.startsWith(prefill) ? row.text.slice(prefill.length) : row.text;
  const ids = tokenizer.encode(text);
  return row.stopReason === 'stop' && tokenizer.stopIds.length > 0 ? [...ids, tokenizer.stopIds[0]] : ids;
}

function promptText(task: Task, { prompt }: TaskRow): string {
  const text = typeof prompt === 'string' ? prompt : prompt.map(({ role, content }) => `${role}: ${content}`).join('\n');
  return task.prefill ? `${text}${task.prefill}` : text;
}
