// Rows as what is learnt from: pairs as a reward model reads them, labelled responses, pairs as DPO learns them.

import type { Content } from '../../datasets/examples.ts';
import { lastTurn, type Pair, pairReader, type Side, type Texts, turnsOf } from '../../datasets/pairs.ts';
import { type DataRow, requireColumn } from '../../datasets/rows.ts';
import { stringifyJson } from '../../formats/jsonl.ts';
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

/** Columns of CSV are text. */
const labels = new Map<unknown, number>([
  ...[1, 1n, true, '1', 'true'].map((safe): [unknown, number] => [safe, 1]),
  ...[0, 0n, false, '0', 'false'].map((unsafe): [unknown, number] => [unsafe, 0]),
]);

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
    const label = labels.get(value);
    if (label === undefined)
      throw new InputError(`${row.place}: "${labelColumn}" must be 1 (safe) or 0 (not), or true or false, not ${stringifyJson(value)}`);
    const side = sideOf(row, promptColumn, responseColumn, texts);
    const ids = at(row, () => judgedText(tokenizer, side.prompt, side.response, sees));
    return { prompt: promptKey(opening(side.prompt)), key: sha256(ids) + label, tokens: ids.length, value: { ids, label } };
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

function describe({ chosen }: Pair, ids: readonly Int32Array[]): Omit<Item<unknown>, 'value'> {
  return {
    prompt: promptKey(opening(chosen.prompt)),
    key: ids.map((one) => sha256(one)).join(' '),
    tokens: Math.max(...ids.map(({ length }) => length)),
  };
}

/**
 * What tells a conversation from others: all up to its first turn of the user's. Sets such as HH have a row for each of its turns, of which the
 * later ones show what was answered to the earlier.
 */
function opening(prompt: Content): Content {
  const turns = typeof prompt === 'string' ? (turnsOf(prompt) ?? []) : prompt;
  const first = turns.findIndex(({ role }) => role === 'user');
  return first < 0 ? prompt : turns.slice(0, first + 1);
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
