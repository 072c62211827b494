// The data of an SFT stage: every row as the sequences that are learnt from it, those that are held out apart. What is left out, cut or
// learnt otherwise than one would think is counted and said.

import { exampleReader } from '../datasets/examples.ts';
import { drawHeldOut } from '../datasets/order.ts';
import { streamRows } from '../datasets/rows.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { InputError } from '../platform/errors.ts';
import { sha256 } from '../platform/hash.ts';
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

export interface SftData {
  train: SftRow[];
  heldOut: SftRow[];
}

type DataSettings = Pick<SftSettings, 'split' | 'columns' | 'maxLength' | 'longSequences' | 'heldOut'>;

/**
 * The rows that fit and teach something.
 * @param data a file or directory
 * @param warn is told what was left out
 * @throws InputError naming the row, where it cannot be learnt from; where rows are too long and the recipe refuses that; where none is left
 */
export async function loadSftData(
  settings: DataSettings,
  data: string,
  text: ModelText,
  seed: number,
  warn: (message: string) => void,
): Promise<SftData> {
  const { heldOut } = settings;
  const rows = await readSplit(settings, data, settings.split, text, warn);
  if (heldOut === 0) return { train: rows, heldOut: [] };
  if (typeof heldOut === 'string') {
    const others = await readSplit(settings, data, heldOut, text, (message) => warn(`${heldOut}: ${message}`));
    return { train: without(rows, others, data, warn), heldOut: others };
  }
  const chosen = drawHeldOut(rows.length, heldOut, seed);
  const drawn = rows.filter((_, i) => chosen.has(i));
  const rest = rows.filter((_, i) => !chosen.has(i));
  if (rest.length === 0)
    throw new InputError(`heldOut ${heldOut} takes all of the ${rows.length} rows of ${data}: nothing is left to learn from; lower it`);
  return { train: without(rest, drawn, data, warn), heldOut: drawn };
}

/** What tells these rows from any others. */
export function fingerprint({ train, heldOut }: SftData): string {
  return sha256([...train, { key: '' }, ...heldOut].map(({ key }) => key).join('\n'));
}

function rowKey(sequences: readonly Sequence[]): string {
  return sequences.map(({ ids, learnt }) => sha256(bytesOf(ids)) + sha256(bytesOf(learnt))).join(' ');
}

function bytesOf(numbers: Int32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** A row that is held out is not learnt from, however often it is there. */
function without(rows: readonly SftRow[], heldOut: readonly SftRow[], data: string, warn: (message: string) => void): SftRow[] {
  const known = new Set(heldOut.map(({ key }) => key));
  const left = rows.filter(({ key }) => !known.has(key));
  const same = rows.length - left.length;
  if (left.length === 0) throw new InputError(`${data}: every row is held out, too: nothing is left to learn from`);
  if (same > 0) warn(`${same} of ${rows.length} rows are held out, too: they are not learnt from`);
  return left;
}

async function readSplit(
  settings: DataSettings,
  data: string,
  split: string,
  { tokenizer, maxContext }: ModelText,
  warn: (message: string) => void,
): Promise<SftRow[]> {
  const { maxLength = maxContext, longSequences } = settings;
  if (maxLength > maxContext)
    throw new InputError(`maxLength ${maxLength} is more than the model's context of ${maxContext} tokens: lower it`);
  const read = exampleReader(settings.columns);
  const rows: SftRow[] = [];
  const seen = { rows: 0, long: 0, longest: 0, firstLong: '', unread: false, untaught: 0, asWritten: 0, apart: 0, endless: 0, control: 0 };
  for await (const row of streamRows(data, split)) {
    seen.rows++;
    const example = read(row);
    // Megabytes of text take a tokenizer seconds, and are not needed to see that they are too many.
    const hopeless =
      longSequences !== 'cut' && contentsOf(example).some((prompt) => overflows({ tokenizer, maxContext: maxLength }, { prompt }));
    seen.unread ||= hopeless;
    const found = hopeless ? undefined : sequencesOf(tokenizer, example, row.place);
    const longest = found ? found.sequences.reduce((max, { ids }) => Math.max(max, ids.length), 0) : 2 * maxLength;
    if (longest > maxLength) {
      seen.long++;
      seen.longest = Math.max(seen.longest, longest);
      seen.firstLong ||= row.place;
      if (longSequences !== 'cut') continue;
    }
    const { sequences, asWritten } = found as NonNullable<typeof found>;
    const teaching = sequences.map((sequence) => cutTo(sequence, maxLength)).filter((sequence) => learntTokens(sequence) > 0);
    if (teaching.length === 0) {
      seen.untaught++;
      continue;
    }
    rows.push({ place: row.place, key: rowKey(teaching), sequences: teaching });
    seen.asWritten += asWritten;
    if (sequences.length > 1) seen.apart++;
    if (sequences.some((sequence) => isEndless(tokenizer, sequence))) seen.endless++;
    if (
      example.kind === 'prompt-completion' &&
      contentsOf(example).some((text) => typeof text === 'string' && tokenizer.holdsControl(text))
    )
      seen.control++;
  }
  const of = `of ${seen.rows} rows`;
  const nothing = `nothing to learn (no assistant turn, an empty completion${longSequences === 'cut' ? ', or what is learnt was cut off' : ''})`;
  const facts = `${seen.long} ${of} are longer than maxLength (${maxLength} tokens; the longest has ${seen.longest}${seen.unread ? ' or more' : ''}; the first is ${seen.firstLong})`;
  if (seen.long > 0 && longSequences === 'refuse')
    throw new InputError(
      `${facts}: ${maxLength < maxContext ? `raise maxLength (the model's context is ${maxContext})` : "that is the model's context"}, or set longSequences: drop, or cut`,
    );
  if (rows.length === 0)
    throw new InputError(
      `${data}: none of its ${seen.rows} rows is left to learn from: ${seen.long - (longSequences === 'cut' ? seen.long : 0)} are too long, ${seen.untaught} have ${nothing}`,
    );
  if (seen.long > 0)
    warn(`${facts}; ${longSequences === 'drop' ? 'they are left out' : 'they are cut there, and no end of theirs is learnt'}`);
  if (seen.untaught > 0) warn(`${seen.untaught} ${of} have ${nothing}; they are left out`);
  if (seen.apart > 0)
    warn(
      `${seen.apart} ${of}: the chat template shows earlier turns otherwise than the last one (it leaves out their thinking, say), so every assistant turn is a sequence of its own`,
    );
  if (seen.asWritten > 0)
    warn(
      `the chat template does not show ${seen.asWritten} assistant turns as they are written; they are learnt as written, after the prompt that it makes, with an end token`,
    );
  if (seen.endless > 0)
    warn(
      `${seen.endless} ${of}: the chat template ends a turn with no end token of the model's, or does not mark it as the assistant's: that a response ends is not learnt`,
    );
  if (seen.control > 0)
    warn(
      `${seen.control} ${of} hold text that looks like control tokens of the model; it is learnt as text. Conversations go into messages`,
    );
  return rows;
}

function isEndless({ stopIds }: Tokenizer, { ids, learnt }: Sequence): boolean {
  for (let i = 0; i < learnt.length; i += 2) if (learnt[i + 1] > learnt[i] && !stopIds.includes(ids[learnt[i + 1] - 1])) return true;
  return false;
}
