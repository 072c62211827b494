// Whether a stage fits in memory, asked before anything is loaded: what would not fit is refused with the recipe's field to lower, and to what.

import type { Engine, LoraOptions, MemoryNeed, PlannedWork } from '../engine/engine.ts';
import { InputError } from '../platform/errors.ts';
import { memoryBound } from '../platform/memory.ts';

/** A field of the stage that work may be made less by: what it says, and the work under a lower value. */
export interface Lowered {
  field: string;
  value: number;
  /** What to do so that the field has no more than `most`, where that is not just to lower it. */
  mend?(most: number): string;
  work(value: number): PlannedWork;
}

/** The adapter that is proposed where all weights do not fit. */
export const smallAdapter: LoraOptions = {
  rank: 16,
  alpha: 32,
  targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
};

/**
 * @param what the work in the recipe's words, the subject of the message
 * @throws InputError where the estimate is more than the memory that this process may have
 */
export async function requireMemory(
  engine: Engine,
  stage: string,
  what: string,
  work: PlannedWork,
  lowered: readonly Lowered[],
  bound = memoryBound().total,
): Promise<void> {
  const needOf = engine.memoryNeed;
  if (needOf === undefined) return;
  const need = await needOf(work);
  if (need.bytes <= bound) return;
  const fits = async (less: PlannedWork): Promise<boolean> => (await needOf(less)).bytes <= bound;
  const mends: string[] = [];
  for (const { field, value, work: under, mend } of lowered) {
    const most = await largestThatFits(value, (lower) => fits(under(lower)));
    if (most > 0) mends.push(mend?.(most) ?? `lower stages.${stage}.${field} from ${value} to ${most}`);
  }
  const { from, training } = work;
  if (training && 'model' in from && from.lora === undefined && (await fits({ ...work, from: { ...from, lora: smallAdapter } })))
    mends.push(`train an adapter instead of all weights (stages.${stage}.lora: { rank: ${smallAdapter.rank} })`);
  if (mends.length === 0) mends.push('take a smaller model, or a machine with more memory');
  throw new InputError(
    `stage ${stage}: ${what} would take about ${gigabytes(need.bytes)} of memory, ${largestPart(need)}, and this process may have ${gigabytes(bound)}; nothing was loaded. To mend: ${mends.join(', or ')}`,
  );
}

/** Nearly the largest of 1 .. value - 1 that fits (to a 64th), where a lower one fits whenever a higher one does; 0 where none does. */
async function largestThatFits(value: number, fits: (value: number) => Promise<boolean>): Promise<number> {
  let [low, high] = [0, value];
  while (high - low > Math.max(1, value / 64)) {
    const middle = Math.floor((low + high) / 2);
    if (await fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** "most of it (12.1 GB) for forward and backward" */
export function largestPart({ parts }: MemoryNeed): string {
  const [name, bytes] = Object.entries(parts).reduce((a, b) => (b[1] > a[1] ? b : a));
  return `the most of it (${gigabytes(bytes)}) for ${name}`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;
}
