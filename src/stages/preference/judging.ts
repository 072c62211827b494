// One pair before its judge: several judgements, each with the sides in an order drawn by the seed, so that a bias for the first side
// becomes noise that averages out.

import { deriveSeed, stream } from '../../algorithms/random.ts';
import { InputError, messageOf } from '../../platform/errors.ts';
import { RewardError } from '../../rewards/mix.ts';
import { NoVerdict, type PreferenceJudge } from '../../rewards/preference.ts';
import type { TaskRow } from '../../rewards/reward.ts';
import { EndpointFailure } from '../evaluation/endpoint.ts';

export interface Judgement {
  /** By which the first response of the pair is the better one; null where the judge gave no verdict. */
  points: number | null;
  /** The judge was shown the second response first. */
  swapped: boolean;
}

/**
 * @param seed of the pair
 * @throws RewardError where the judge throws or returns what are no points
 */
export async function judgePair(
  judge: PreferenceJudge,
  row: TaskRow,
  [a, b]: readonly [string, string],
  judgements: number,
  seed: number,
): Promise<Judgement[]> {
  const sides = stream(seed, 'sides');
  const all: Judgement[] = [];
  for (let j = 0; j < judgements; j++) {
    const swapped = sides.next() < 0.5;
    const shown = swapped ? ([b, a] as const) : ([a, b] as const);
    const points = await asked(judge, row, shown, deriveSeed(seed, 'judgement', j));
    all.push({ points: points !== null && swapped ? 0 - points : points, swapped });
  }
  return all;
}

async function asked(judge: PreferenceJudge, row: TaskRow, [a, b]: readonly [string, string], seed: number): Promise<number | null> {
  const fault = (what: string, cause?: unknown): RewardError => new RewardError('judge', what, { row, completion: a }, cause);
  let points: unknown;
  try {
    points = await judge.compare(row, a, b, seed);
  } catch (error) {
    if (error instanceof NoVerdict) return null;
    // What a server refuses, goes on failing at, or the user stopped is no fault of the pair's.
    if (error instanceof InputError || error instanceof EndpointFailure || (error instanceof Error && error.name === 'AbortError'))
      throw error;
    throw fault(`threw: ${messageOf(error)}`, error);
  }
  if (typeof points !== 'number' || !Number.isFinite(points)) throw fault(`returned ${String(points)}; points are a finite number`);
  // -0 would be another number in a file.
  return points + 0;
}

/** The mean of the points; null where a judgement is missing: a pair is judged as often as the recipe says, or not at all. */
export function meanPoints(judgements: readonly Pick<Judgement, 'points'>[]): number | null {
  let sum = 0;
  for (const { points } of judgements) {
    if (points === null) return null;
    sum += points;
  }
  return judgements.length === 0 ? null : sum / judgements.length;
}
