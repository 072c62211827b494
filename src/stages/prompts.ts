// A task's rows as the tokens that a model is prompted with, and responses back as the text that rewards judge.

import { openModel } from '../formats/modelSource.ts';
import { Tokenizer } from '../formats/tokenizer.ts';
import { InputError } from '../platform/errors.ts';
import type { Task, TaskRow } from '../tasks/task.ts';

export interface Prompt {
  row: TaskRow;
  tokens: Int32Array;
}

export interface ModelText {
  tokenizer: Tokenizer;
  /** Prompt and response together, tokens. */
  maxContext: number;
}

/** The tokenizer of a model directory or GGUF file, and its context. */
export async function openModelText(model: string): Promise<ModelText> {
  const source = await openModel(model);
  await source.close();
  return { tokenizer: Tokenizer.fromFiles(source.tokenizerFiles, source.config), maxContext: source.config.maxPositions };
}

/** Chat messages go through the model's own template, text is taken as it is; the task's prefill follows, inside the response's turn. */
export function encodePrompt(tokenizer: Tokenizer, task: Pick<Task, 'prefill'>, row: TaskRow): Int32Array {
  const ids =
    typeof row.prompt === 'string'
      ? tokenizer.encode(row.prompt, { special: true })
      : tokenizer.renderChat(row.prompt, { addGenerationPrompt: true });
  if (task.prefill) ids.push(...tokenizer.encode(task.prefill));
  return Int32Array.from(ids);
}

/** What rewards are given: no control tokens, and the prefilled tag (which the model did not write, but continued) back in front. */
export function responseText(tokenizer: Tokenizer, task: Pick<Task, 'prefill'>, tokens: Int32Array): string {
  return (task.prefill ?? '') + tokenizer.decode(tokens, { skipSpecial: true });
}

/**
 * Encodes all rows and sorts out those that leave no room for a response of `maxTokens`.
 * @throws InputError where some are too long and the recipe refuses that, or none is left
 */
export function encodePrompts(
  text: ModelText,
  task: Task,
  rows: readonly TaskRow[],
  maxTokens: number,
  longPrompts: 'drop' | 'refuse',
  warn: (message: string) => void,
): Prompt[] {
  const prompts = rows.map((row) => ({ row, tokens: encodePrompt(text.tokenizer, task, row) }));
  const room = text.maxContext - maxTokens;
  const fitting = prompts.filter(({ tokens }) => tokens.length <= room);
  const tooLong = prompts.length - fitting.length;
  if (tooLong > 0) {
    const longest = prompts.reduce((max, { tokens }) => Math.max(max, tokens.length), 0);
    const facts = `${tooLong} of ${prompts.length} prompts of ${task.name} are longer than the ${room} tokens that maxTokens ${maxTokens} leaves of the model's context of ${text.maxContext} (the longest has ${longest})`;
    if (longPrompts === 'refuse') throw new InputError(`${facts}: lower maxTokens, or set longPrompts: drop`);
    warn(`${facts}; they are left out`);
  }
  if (fitting.length === 0) throw new InputError(`${task.name}: no prompt is left to train on`);
  return fitting;
}
