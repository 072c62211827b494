// A task's rows as the tokens that a model is prompted with, and responses back as the text that rewards judge.

import { thoughtTag } from '../formats/encoder.ts';
import { stringifyJson } from '../formats/jsonl.ts';
import { openModel } from '../formats/modelSource.ts';
import { Tokenizer } from '../formats/tokenizer.ts';
import { InputError } from '../platform/errors.ts';
import { sha256 } from '../platform/hash.ts';
import { type Task, type TaskRow, taskOf } from '../tasks/task.ts';

export interface Prompt {
  row: TaskRow;
  tokens: Int32Array;
}

export interface ModelText {
  tokenizer: Tokenizer;
  /** Prompt and response together, tokens. */
  maxContext: number;
}

/**
 * The tokenizer of a model directory or GGUF file, and its context.
 * @param date for chat templates that write it: when the run was begun; without a run, now
 */
export async function openModelText(model: string, date?: string): Promise<ModelText> {
  const source = await openModel(model);
  await source.close();
  return { tokenizer: Tokenizer.fromFiles(source.tokenizerFiles, source.config, date), maxContext: source.config.maxPositions };
}

/** Chat messages go through the model's own template, text is taken as it is; the task's prefill follows, inside the response's turn. */
export function encodePrompt(tokenizer: Tokenizer, task: Pick<Task, 'prefill'>, row: TaskRow): Int32Array {
  const ids =
    typeof row.prompt === 'string'
      ? tokenizer.encode(row.prompt, { special: true })
      : tokenizer.renderChat(row.prompt, { addGenerationPrompt: true });
  // The task's author wrote it: what looks like a control token in it is meant as one.
  if (task.prefill) ids.push(...tokenizer.encode(task.prefill, { allowControl: true }));
  return Int32Array.from(ids);
}

/**
 * What rewards are given: no end token (which a tokenizer need not call special) and no control tokens, but for the tags of a thought
 * and an answer, which some tokenizers make such; and what the model did not write, but continued, back in front: the task's prefill,
 * or a `<think>` that the chat template or the row's own text ends with.
 * @param prompt the tokens that were continued; without them nothing but the prefill is put in front
 */
export function responseText(
  tokenizer: Pick<Tokenizer, 'decode' | 'stopIds' | 'isSpecial'>,
  task: Pick<Task, 'prefill'>,
  tokens: Int32Array,
  prompt: Int32Array = new Int32Array(0),
): string {
  const ended = tokens.length > 0 && tokenizer.stopIds.includes(tokens[tokens.length - 1]);
  const shown = (ended ? tokens.subarray(0, -1) : tokens).filter(
    (id) => !tokenizer.isSpecial(id) || thoughtTag.test(tokenizer.decode([id])),
  );
  // A tag is no more than a few tokens.
  const opened = task.prefill ?? /<think>\s*$/.exec(tokenizer.decode(prompt.subarray(-16)))?.[0] ?? '';
  return opened + tokenizer.decode(shown);
}

/** How much room a prompt must leave in the model's context, and what is done where it does not. */
export interface Room {
  maxTokens: number;
  longPrompts: 'drop' | 'refuse';
  /** What to do about a refusal, for the message. */
  mend?: string;
}

/** A prompt of more characters than this for each token of the context is looked at from its beginning. */
const CHARACTERS_A_TOKEN = 32;

/**
 * Whether the beginning alone of a very long prompt is more than twice the context. Then the rest of it, which may be megabytes, is not
 * encoded: a tokenizer takes seconds for each.
 */
export function overflows(
  { tokenizer, maxContext }: ModelText,
  { prompt }: { prompt: string | readonly { content: string | null }[] },
): boolean {
  const text = typeof prompt === 'string' ? prompt : prompt.map(({ content }) => content).join('\n');
  const beginning = CHARACTERS_A_TOKEN * maxContext;
  return text.length > beginning && tokenizer.encode(text.slice(0, beginning)).length > 2 * maxContext;
}

/**
 * Encodes all rows and sorts out those that leave no room for a response of `maxTokens`; nothing is ever cut.
 * @param what "prompts", "held-out prompts": for messages
 * @throws InputError where some are too long and the recipe refuses that, or one has no token at all
 */
export function fittingPrompts(
  text: ModelText,
  task: Pick<Task, 'name' | 'prefill' | 'partOf'>,
  rows: readonly TaskRow[],
  what: string,
  { maxTokens, longPrompts, mend = 'lower maxTokens, or set longPrompts: drop' }: Room,
  warn: (message: string) => void,
): Prompt[] {
  const prompts = rows.map((row) => ({
    row,
    tokens: overflows(text, row) ? undefined : encodePrompt(text.tokenizer, taskOf(task, row), row),
  }));
  const empty = prompts.find(({ tokens }) => tokens?.length === 0);
  if (empty) throw new InputError(`${task.name}: the prompt of ${empty.row.id} has no tokens: there is nothing to continue`);
  const room = text.maxContext - maxTokens;
  const fitting = prompts.filter((prompt): prompt is Prompt => prompt.tokens !== undefined && prompt.tokens.length <= room);
  const tooLong = prompts.length - fitting.length;
  if (tooLong > 0) {
    const longest = prompts.some(({ tokens }) => tokens === undefined)
      ? `more than ${2 * text.maxContext}`
      : prompts.reduce((max, { tokens }) => Math.max(max, tokens?.length ?? 0), 0);
    const facts = `${tooLong} of ${prompts.length} ${what} of ${task.name} are longer than the ${Math.max(0, room)} tokens that maxTokens ${maxTokens} leaves of the model's context of ${text.maxContext} (the longest has ${longest})`;
    if (longPrompts === 'refuse') throw new InputError(`${facts}: ${mend}`);
    warn(`${facts}; they are left out`);
  }
  return fitting;
}

/** The prompts to train on. @throws InputError as `fittingPrompts` does, and where none is left */
export function encodePrompts(
  text: ModelText,
  task: Pick<Task, 'name' | 'prefill' | 'partOf'>,
  rows: readonly TaskRow[],
  room: Room,
  warn: (message: string) => void,
): Prompt[] {
  if (rows.length === 0)
    throw new InputError(
      `${task.name} has no prompts to train on: all of its rows are held out, to measure on. Train on another task or other data (math and gsm8k take any questions with answers)`,
    );
  const fitting = fittingPrompts(text, task, rows, 'prompts', room, warn);
  if (fitting.length === 0) throw new InputError(`${task.name}: no prompt is left to train on`);
  return fitting;
}

/** What a prompt is, its row's other columns (the gold answers) included: the same data and tokenizer have the same. */
export function promptFingerprint({ row, tokens }: Prompt): string {
  return sha256(stringifyJson(row)) + sha256(tokens);
}

/** The same of all prompts, in their order. */
export function promptsFingerprint(prompts: readonly Prompt[]): string {
  return sha256(prompts.map(promptFingerprint).join('\n'));
}
