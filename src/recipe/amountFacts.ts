// What the amounts of a stage are counted from, and what they are. Everything is an upper bound where responses, or what a stage before is
// going to keep, decide on it.

import type { LoraOptions, NewModel, PlannedWork } from '../engine/engine.ts';
import { encodePrompt, openModelText } from '../stages/prompts.ts';
import type { LoadedTask, Task } from '../tasks/task.ts';

/** What the stage starts from, in files: that of a stage before is counted as what that began with. */
export type Start = { model: string; lora?: LoraOptions } | { init: NewModel };

/** What one model does. */
export interface Load {
  start?: Start;
  /** New tokens, were every response as long as it may be. */
  sampled?: number;
  /** Tokens that gradients are computed of. */
  trained?: number;
  /** Tokens that are only read: of a reference, a teacher, a reward model. */
  read?: number;
}

/** Rows that there are at most, and the tokens of all of them. */
export interface Rows {
  rows: number;
  tokens: number;
}

/** Data that a stage makes, at most. */
export interface Made extends Rows {
  /** Of a judge stage, whose rows are pairs: responses with a label. */
  labels?: Rows;
}

export interface Amount {
  /** Of the optimiser. */
  steps?: number;
  samples?: number;
  loads: Load[];
  made?: Made;
  /** The stage whose data it works on and which are not there yet: steps and tokens are those of all that it may make. */
  boundBy?: string;
  /** What it waits for whose time nobody knows. */
  waitsFor?: string;
  /** What it asks of memory, one after another. */
  works?: PlannedWork[];
}

export interface AmountFacts {
  start?: Start;
  /** `rows` is absent where a stage before is going to make them. */
  tasks: readonly { task: Task; rows?: LoadedTask }[];
  /** The user's own. */
  data?: string;
  /** What the stage that `data` names makes. */
  made?: Made & { by: string };
  /** Of any model that the settings name. */
  startOf(model: string): Promise<Start | undefined>;
  seed: number;
}

/** A model in a file; undefined of one that is made from nothing. */
export function fileOf(start: Start | undefined): string | undefined {
  return start && 'model' in start ? start.model : undefined;
}

/** Rows that are looked at for the length of prompts. */
const looked = 200;

/** `count` prompts, each as long as the longest of the first rows of each task; none where the model or the rows are not known. */
export async function promptLengths(count: number, { tasks }: Pick<AmountFacts, 'tasks'>, start: Start | undefined): Promise<number[]> {
  const model = fileOf(start);
  if (model === undefined) return [];
  const { tokenizer } = await openModelText(model);
  let longest = 0;
  for (const { task, rows = { train: [], heldOut: [] } } of tasks)
    for (const row of (rows.train.length > 0 ? rows.train : rows.heldOut).slice(0, looked))
      longest = Math.max(longest, encodePrompt(tokenizer, task, row).length);
  return longest === 0 ? [] : Array.from({ length: count }, () => longest);
}

/** How many training prompts a stage takes, which may take fewer than all. */
export function promptsOf(prompts: number | undefined, { tasks }: AmountFacts): number {
  if (tasks.some(({ rows }) => rows === undefined)) return prompts ?? 0;
  const all = tasks.reduce((sum, { rows }) => sum + (rows?.train.length ?? 0), 0);
  return Math.min(prompts ?? all, all);
}
