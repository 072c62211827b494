// The data of an SFT stage: the rows to learn from, and those that are held out. What is held out is not learnt from.

import { drawHeldOut } from '../datasets/order.ts';
import { InputError } from '../platform/errors.ts';
import { sha256 } from '../platform/hash.ts';
import type { Decontamination } from './decontamination.ts';
import type { ModelText } from './prompts.ts';
import type { SftSettings } from './settings.ts';
import { type RowSettings, readSplit, type SftRow } from './sftRows.ts';

export interface SftData {
  train: SftRow[];
  heldOut: SftRow[];
}

type DataSettings = RowSettings & Pick<SftSettings, 'split' | 'heldOut'>;

/**
 * The rows that fit and teach something.
 * @param data a file, a directory, a name on the hub, or lab:general
 * @param warn is told what was left out
 * @param decontamination of the split that is learnt from; it counts what it drops
 * @throws InputError naming the row, where it cannot be learnt from; where rows are too long and the recipe refuses that; where none is left
 */
export async function loadSftData(
  settings: DataSettings,
  data: string,
  text: ModelText,
  seed: number,
  warn: (message: string) => void,
  decontamination?: Decontamination,
): Promise<SftData> {
  const { heldOut } = settings;
  const rows = await readSplit(settings, data, settings.split, text, seed, warn, decontamination);
  if (heldOut === 0) return { train: rows, heldOut: [] };
  if (typeof heldOut === 'string') {
    const others = await readSplit(settings, data, heldOut, text, seed, (message) => warn(`${heldOut}: ${message}`));
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

/** A row that is held out is not learnt from, however often it is there. */
function without(rows: readonly SftRow[], heldOut: readonly SftRow[], data: string, warn: (message: string) => void): SftRow[] {
  const known = new Set(heldOut.map(({ key }) => key));
  const left = rows.filter(({ key }) => !known.has(key));
  const same = rows.length - left.length;
  if (left.length === 0) throw new InputError(`${data}: every row is held out, too: nothing is left to learn from`);
  if (same > 0) warn(`${same} of ${rows.length} rows are held out, too: they are not learnt from`);
  return left;
}
