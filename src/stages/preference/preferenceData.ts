// The data of a reward model or of DPO: rows that can be learnt from, and those that are held out. Prompts are held out whole: pairs of one
// prompt share its responses. What is left out is counted and said, the first row of each kind named.

import { hasSplit } from '../../datasets/files.ts';
import { drawHeldOut } from '../../datasets/order.ts';
import { type DataRow, streamRows } from '../../datasets/rows.ts';
import { InputError } from '../../platform/errors.ts';
import { sha256 } from '../../platform/hash.ts';
import type { Decontamination } from '../decontamination.ts';
import type { DpoSettings, RewardModelSettings } from '../settings.ts';

/** Something to learn from, made of a row. */
export interface Item<T> {
  /** The same for rows of the same prompt. */
  prompt: string;
  /** The same for rows that teach the same. */
  key: string;
  /** Of its longest sequence. */
  tokens: number;
  value: T;
}

/** Why nothing is learnt from a row. */
export type LeftOut = 'empty' | 'equal' | 'prompts' | 'unlabelled';

const reasons: Record<LeftOut, string> = {
  empty: 'have an empty side',
  equal: 'have sides that are the same, as they are read',
  prompts: 'have sides that answer different prompts',
  unlabelled: 'have no label',
};

export interface PreferenceData<T> {
  train: Item<T>[];
  heldOut: Item<T>[];
}

type DataSettings = Pick<RewardModelSettings | DpoSettings, 'split' | 'heldOut' | 'maxLength' | 'longSequences'>;

export interface Reading<T> {
  settings: DataSettings;
  /** A file, a directory or a name on the hub. */
  data: string;
  /** Of the model, tokens. */
  maxContext: number;
  /** A reader of one split's rows. */
  reader(): (row: DataRow) => Item<T> | LeftOut;
  seed: number;
  /** Of what is learnt from; it counts what it drops. */
  decontamination?: Decontamination;
  warn(message: string): void;
}

/** @throws InputError where a row is not of the kind that is read, rows are too long and the recipe refuses that, or nothing is left */
export async function loadPreferences<T>(reading: Reading<T>): Promise<PreferenceData<T>> {
  const { settings, data, seed, decontamination, warn } = reading;
  const heldOut = settings.heldOut ?? ((await hasSplit(data, 'test')) && settings.split !== 'test' ? 'test' : 0.1);
  const items = await readItems(reading, settings.split, decontamination);
  if (heldOut === 0) return { train: items, heldOut: [] };
  if (typeof heldOut === 'string') {
    const others = await readItems(reading, heldOut);
    return { train: without(items, others, data, warn), heldOut: others };
  }
  const prompts = [...new Set(items.map(({ prompt }) => prompt))];
  const drawn = drawHeldOut(prompts.length, heldOut, seed);
  if (drawn.size === prompts.length)
    throw new InputError(
      `heldOut ${heldOut} takes all of the ${prompts.length} prompts of ${data}: nothing is left to learn from; lower it`,
    );
  const chosen = new Set(prompts.filter((_, i) => drawn.has(i)));
  return { train: items.filter(({ prompt }) => !chosen.has(prompt)), heldOut: items.filter(({ prompt }) => chosen.has(prompt)) };
}

/** What tells these rows from any others. */
export function preferencesFingerprint<T>({ train, heldOut }: PreferenceData<T>): string {
  return sha256([...train.map(({ key }) => key), '', ...heldOut.map(({ key }) => key)].join('\n'));
}

async function readItems<T>(
  { settings, data, maxContext, reader, warn }: Reading<T>,
  split: string,
  decontamination?: Decontamination,
): Promise<Item<T>[]> {
  const { maxLength = maxContext, longSequences } = settings;
  if (maxLength > maxContext)
    throw new InputError(`maxLength ${maxLength} is more than the model's context of ${maxContext} tokens: lower it`);
  const read = reader();
  const items: Item<T>[] = [];
  const left = new Map<LeftOut, { rows: number; first: string }>();
  let rows = 0;
  const long = { rows: 0, longest: 0, first: '' };
  for await (const row of streamRows(data, split)) {
    if (decontamination?.isClean(row.place, row.row) === false) continue;
    rows++;
    const item = read(row);
    if (typeof item === 'string') {
      const { rows: count, first } = left.get(item) ?? { rows: 0, first: row.place };
      left.set(item, { rows: count + 1, first });
    } else if (item.tokens > maxLength) {
      long.rows++;
      long.longest = Math.max(long.longest, item.tokens);
      long.first ||= row.place;
    } else items.push(item);
  }
  decontamination?.requireSome();
  const lines = [...left].map(([reason, { rows: count, first }]) => `${count} of ${rows} rows ${reasons[reason]} (the first is ${first})`);
  if (long.rows > 0) {
    const line = `${long.rows} of ${rows} rows are longer than maxLength (${maxLength} tokens; the longest has ${long.longest}; the first is ${long.first})`;
    if (longSequences === 'refuse')
      throw new InputError(
        `${line}: ${maxLength < maxContext ? `raise maxLength (the model's context is ${maxContext})` : "that is the model's context"}, or set longSequences: drop`,
      );
    lines.push(line);
  }
  if (items.length === 0 && split === settings.split)
    throw new InputError(`${data}: none of its ${rows} rows is left to learn from: ${lines.join('; ')}`);
  for (const line of lines) warn(`${line}; they are left out`);
  return items;
}

function without<T>(items: readonly Item<T>[], heldOut: readonly Item<T>[], data: string, warn: (message: string) => void): Item<T>[] {
  const known = new Set(heldOut.map(({ prompt }) => prompt));
  const left = items.filter(({ prompt }) => !known.has(prompt));
  if (left.length === 0) throw new InputError(`${data}: the prompt of every row is held out, too: nothing is left to learn from`);
  const same = items.length - left.length;
  if (same > 0) warn(`${same} of ${items.length} rows have a prompt that is held out, too: they are not learnt from`);
  return left;
}
