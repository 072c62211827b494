// Rows as what is learnt from: pairs as a reward model reads them, labelled responses, pairs as DPO learns them.

import type { Content } from '../../datasets/examples.ts';
import { lastTurn, type Pair, pairReader, type Side, type Texts, turnsOf } from '../../datasets/pairs.ts';
import { type DataRow, requireColumn } from '../../datasets/rows.ts';
import type { Message, Tokenizer } from '../../formats/tokenizer.ts';
import { InputError } from '../../platform/errors.ts';
import { sha256 } from '../../platform/hash.ts';
import { judgedText, responseIds } from '../../rewards/judgedText.ts';
import type { DpoSettings, RewardModelSettings } from '../settings.ts';
import type { Item, LeftOut } from './preferenceData.ts';

/** Ids, and where the response begins among them. */
export interface Response {
  ids: Int32Array;
  start: number;
}

export interface Compared<T> {
  chosen: T;
  rejected: T;
}

export interface Labelled {
  ids: Int32Array;
  /** 1: safe, 0: not. */
  label: number;
}

type RowReader<T> = (row: DataRow) => Item<T> | LeftOut;

/** Pairs as a reward model reads them. */
export function comparedTexts(
  tokenizer: Tokenizer,
  { columns, texts, sees }: Pick<RewardModelSettings, 'texts' | 'sees'> & { columns?: PairColumns },
): RowReader<Compared<Int32Array>> {
  const read = pairReader(columns, texts);
  return (row) => {
    const pair = read(row);
    if (typeof pair === 'string') return pair;
    const [chosen, rejected] = at(row, () =>
      [pair.chosen, pair.rejected].map(({ prompt, response }) => judgedText(tokenizer, prompt, response, sees)),
    );
    if (sameIds(chosen, rejected)) return 'equal';
    return { ...describe(pair, [chosen, rejected]), value: { chosen, rejected } };
  };
}

type PairColumns = DpoSettings['columns'];

/** Pairs as DPO learns them: two whole responses to one prompt. */
export function comparedResponses(
  tokenizer: Tokenizer,
  { columns, texts }: Pick<DpoSettings, 'columns' | 'texts'>,
): RowReader<Compared<Response>> {
  const read = pairReader(columns, texts);
  return (row) => {
    const pair = read(row);
    if (typeof pair === 'string') return pair;
    if (promptKey(pair.chosen.prompt) !== promptKey(pair.rejected.prompt)) return 'prompts';
    const [chosen, rejected] = at(row, () =>
      [pair.chosen, pair.rejected].map(({ prompt, response }) => responseIds(tokenizer, prompt, response)),
    );
    if (sameIds(chosen.ids, rejected.ids)) return 'equal';
    return { ...describe(pair, [chosen.ids, rejected.ids]), value: { chosen, rejected } };
  };
}

/** Single responses with a label. */
export function labelledTexts(
  tokenizer: Tokenizer,
  { columns, texts, sees }: Pick<RewardModelSettings, 'columns' | 'texts' | 'sees'>,
): RowReader<Labelled> {
  const { prompt: promptColumn = 'prompt', response: responseColumn = 'response', label: labelColumn = 'label' } = columns ?? {};
  return (row) => {
    for (const column of [responseColumn, labelColumn]) if (!Object.hasOwn(row.row, column)) requireColumn(row, column);
    const value = row.row[labelColumn];
    if (value === null) return 'unlabelled';
    const label = typeof value === 'boolean' || typeof value === 'bigint' ? Number(value) : value;
    if (label !== 0 && label !== 1)
      throw new InputError(`${row.place}: "${labelColumn}" must be 1 (safe) or 0 (not), or true or false, not ${JSON.stringify(value)}`);
    const side = sideOf(row, promptColumn, responseColumn, texts);
    const ids = at(row, () => judgedText(tokenizer, side.prompt, side.response, sees));
    return { prompt: promptKey(side.prompt), key: sha256(ids) + label, tokens: ids.length, value: { ids, label } };
  };
}

/** A response with what it answers; without a column prompt it is a whole conversation. */
function sideOf(row: DataRow, promptColumn: string, responseColumn: string, texts: Texts): Side {
  const response = row.row[responseColumn];
  const prompt = row.row[promptColumn];
  if (typeof response === 'string') {
    if (typeof prompt === 'string') return { prompt: texts === 'chat' ? [{ role: 'user', content: prompt }] : prompt, response };
    if (prompt === undefined) {
      const turns = turnsOf(response);
      if (turns) return texts === 'chat' ? lastTurn(turns, row.place) : { prompt: '', response };
    }
    requireColumn(row, promptColumn);
    throw new InputError(`${row.place}: "${responseColumn}" is text, so "${promptColumn}" must be, too`);
  }
  const messages = [prompt ?? [], response].flat() as unknown[];
  const isMessage = (one: unknown): one is Message =>
    typeof one === 'object' &&
    one !== null &&
    'role' in one &&
    typeof one.role === 'string' &&
    'content' in one &&
    typeof one.content === 'string';
  if (!messages.every(isMessage))
    throw new InputError(
      `${row.place}: "${responseColumn}" must be text or a list of messages, { role, content }, and "${promptColumn}" alike`,
    );
  return lastTurn(messages, row.place);
}

function describe({ chosen, rejected }: Pair, ids: readonly Int32Array[]): Omit<Item<unknown>, 'value'> {
  const prompts = [chosen.prompt, rejected.prompt].map(promptKey);
  return {
    // Where the conversations part before their ends, what they share is what their prompts begin with: told by the first turn of it.
    prompt: prompts[0] === prompts[1] ? prompts[0] : promptKey(opening(chosen.prompt)),
    key: ids.map((one) => sha256(one)).join(' '),
    tokens: Math.max(...ids.map(({ length }) => length)),
  };
}

function opening(prompt: Content): Content {
  return typeof prompt === 'string' ? prompt : prompt.slice(0, 1);
}

function promptKey(prompt: Content): string {
  return sha256(JSON.stringify(prompt));
}

function sameIds(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}

/** What is wrong with a row is said with its place. */
function at<T>({ place }: DataRow, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${place}: ${error.message}`);
    throw error;
  }
}
