// The rows of one split as the sequences that SFT learns from them. What is left out, cut or learnt otherwise than one would think is
// counted and said.

import { type Content, type Example, exampleReader } from '../datasets/examples.ts';
import type { DataRow } from '../datasets/rows.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { InputError } from '../platform/errors.ts';
import { sha256 } from '../platform/hash.ts';
import type { Decontamination } from './decontamination.ts';
import { exampleRows } from './exampleRows.ts';
import { type ModelText, overflows } from './prompts.ts';
import type { SftSettings } from './settings.ts';
import { contentsOf, cutTo, learntTokens, type Sequence, sequencesOf } from './sftSequences.ts';

export interface SftRow {
  /** In its file, for messages. */
  place: string;
  /** The same for rows that teach the same. */
  key: string;
  sequences: Sequence[];
}

export type RowSettings = Pick<SftSettings, 'columns' | 'maxLength' | 'longSequences'>;

/** Rows, but for `longest` and `unread`; `asWritten` and `silent` count turns. */
interface Counts {
  rows: number;
  long: number;
  /** Tokens of the longest; of one whose end the tokenizer did not read, at least so many. */
  longest: number;
  firstLong: string;
  unread: boolean;
  untaught: number;
  asWritten: number;
  silent: number;
  apart: number;
  endless: number;
  control: number;
}

/**
 * The rows that fit and teach something.
 * @param data a file, a directory, a name on the hub, or lab:general, which is drawn by the seed
 * @param warn is told what was left out
 * @param decontamination drops rows before anything else is asked of them
 * @throws InputError as `loadSftData`
 */
export async function readSplit(
  settings: RowSettings,
  data: string,
  split: string,
  text: ModelText,
  seed: number,
  warn: (message: string) => void,
  decontamination?: Decontamination,
): Promise<SftRow[]> {
  const { maxLength = text.maxContext } = settings;
  if (maxLength > text.maxContext)
    throw new InputError(`maxLength ${maxLength} is more than the model's context of ${text.maxContext} tokens: lower it`);
  const limits = { ...settings, maxLength };
  const read = exampleReader(settings.columns);
  const rows: SftRow[] = [];
  const counts: Counts = {
    ...{ rows: 0, long: 0, longest: 0, firstLong: '', unread: false },
    ...{ untaught: 0, asWritten: 0, silent: 0, apart: 0, endless: 0, control: 0 },
  };
  for await (const row of exampleRows(data, split, seed)) {
    const example = read(row);
    if (decontamination?.isClean(row.place, row.row) === false) continue;
    counts.rows++;
    const learnt = learntRow(row, example, limits, text.tokenizer, counts);
    if (learnt) rows.push(learnt);
  }
  decontamination?.requireSome();
  refuseOrSayLong(counts, limits, text.maxContext, data, rows.length, warn);
  sayOthers(counts, limits, warn);
  return rows;
}

type Limits = RowSettings & { maxLength: number };

/** Undefined where nothing of the row is learnt; what befell it is counted. */
function learntRow(
  { place }: DataRow,
  example: Example,
  { maxLength, longSequences }: Limits,
  tokenizer: Tokenizer,
  counts: Counts,
): SftRow | undefined {
  // Megabytes of text take a tokenizer seconds, and are not needed to see that they are too many.
  const known = { tokenizer, maxContext: maxLength };
  const hopeless = longSequences !== 'cut' && contentsOf(example).some((prompt) => overflows(known, { prompt }));
  counts.unread ||= hopeless;
  const found = hopeless ? undefined : sequencesOf(tokenizer, example, place);
  const longest = found ? found.sequences.reduce((max, { ids }) => Math.max(max, ids.length), 0) : 2 * maxLength;
  if (longest > maxLength) {
    counts.long++;
    counts.longest = Math.max(counts.longest, longest);
    counts.firstLong ||= place;
  }
  if (found === undefined || (longest > maxLength && longSequences !== 'cut')) return undefined;
  const teaching = found.sequences.map((sequence) => cutTo(sequence, maxLength)).filter((sequence) => learntTokens(sequence) > 0);
  if (teaching.length === 0) {
    counts.untaught++;
    return undefined;
  }
  counts.asWritten += found.asWritten;
  counts.silent += found.silent;
  if (found.sequences.length > 1) counts.apart++;
  if (found.sequences.some((sequence) => isEndless(tokenizer, sequence))) counts.endless++;
  if (looksLikeControl(tokenizer, example)) counts.control++;
  return { place, key: rowKey(teaching), sequences: teaching };
}

/** Whether a text, or what a message says, holds what looks like a control token. */
function looksLikeControl(tokenizer: Tokenizer, example: Example): boolean {
  const { kind: _, ...columns } = example;
  return Object.entries(columns).some(([column, content]: [string, Content]) =>
    typeof content === 'string'
      ? tokenizer.holdsControl(content, column === 'completion')
      : content.some((message) => tokenizer.holdsControl(message.content ?? '', message.role === 'assistant')),
  );
}

function isEndless({ stopIds }: Tokenizer, { ids, learnt }: Sequence): boolean {
  for (let i = 0; i < learnt.length; i += 2) if (learnt[i + 1] > learnt[i] && !stopIds.includes(ids[learnt[i + 1] - 1])) return true;
  return false;
}

function rowKey(sequences: readonly Sequence[]): string {
  return sequences.map(({ ids, learnt }) => sha256(ids) + sha256(learnt)).join(' ');
}

function nothingToLearn({ longSequences }: Limits): string {
  return `nothing to learn (no assistant turn that says anything, an empty completion${longSequences === 'cut' ? ', or what is learnt was cut off' : ''})`;
}

/** @param left rows to learn from */
function refuseOrSayLong(
  { rows, long, longest, firstLong, unread, untaught }: Counts,
  limits: Limits,
  maxContext: number,
  data: string,
  left: number,
  warn: (message: string) => void,
): void {
  const { maxLength, longSequences } = limits;
  const facts = `${long} of ${rows} rows are longer than maxLength (${maxLength} tokens; the longest has ${longest}${unread ? ' or more' : ''}; the first is ${firstLong})`;
  if (long > 0 && longSequences === 'refuse')
    throw new InputError(
      `${facts}: ${maxLength < maxContext ? `raise maxLength (the model's context is ${maxContext})` : "that is the model's context"}, or set longSequences: drop, or cut`,
    );
  if (left === 0)
    throw new InputError(
      `${data}: none of its ${rows} rows is left to learn from: ${longSequences === 'cut' ? 0 : long} are too long, ${untaught} have ${nothingToLearn(limits)}`,
    );
  if (long > 0) warn(`${facts}; ${longSequences === 'drop' ? 'they are left out' : 'they are cut there, and no end of theirs is learnt'}`);
}

function sayOthers(counts: Counts, limits: Limits, warn: (message: string) => void): void {
  const { rows, untaught, apart, asWritten, silent, endless, control } = counts;
  const of = `of ${rows} rows`;
  if (untaught > 0) warn(`${untaught} ${of} have ${nothingToLearn(limits)}; they are left out`);
  if (apart > 0)
    warn(
      `${apart} ${of}: the chat template shows earlier turns otherwise than the last one (it leaves out their thinking, say), so every assistant turn is a sequence of its own`,
    );
  if (asWritten > 0)
    warn(
      `the chat template does not show ${asWritten} assistant turns as they are written; they are learnt as written, after the prompt that it makes, with an end token`,
    );
  if (silent > 0)
    warn(
      `${silent} assistant turns in rows that are learnt have no words and nothing else that the chat template shows; they are not learnt`,
    );
  if (endless > 0)
    warn(
      `${endless} ${of}: the chat template ends a turn with no end token of the model's, or does not mark it as the assistant's: that a response ends is not learnt`,
    );
  if (control > 0)
    warn(
      `${control} ${of} hold text that looks like control tokens of the model; it stays text. What is meant as a conversation goes into messages, each turn one of its own`,
    );
}
