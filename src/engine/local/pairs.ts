// Which data are compared with which, and at which positions a scalar head is read.

import type { Datum } from '../engine.ts';

export interface Pair {
  /** Numbers of data. */
  preferred: number;
  other: number;
  /** Of the preferred datum at its last position that has one; 0 where nothing of the pair bears a loss. */
  weight: number;
}

/** The last position whose weight is not 0; -1 where there is none. */
export function lastWeighted(weights: Float32Array): number {
  let t = weights.length - 1;
  while (t >= 0 && weights[t] === 0) t--;
  return t;
}

/** The data as a scalar head reads them: each bears its loss at its last weighted position alone. */
export function atLastWeighted(data: readonly Datum[]): Datum[] {
  return data.map((datum) => {
    const last = lastWeighted(datum.weights);
    const weights = new Float32Array(datum.weights.length);
    if (last >= 0) weights[last] = datum.weights[last];
    return { ...datum, weights };
  });
}

/**
 * The pairs by name, in the order of their preferred data.
 * @throws Error where a datum has no pair, or a pair not two data, of which both bear a loss or neither
 */
export function pairsOf(data: readonly Datum[]): Map<string, Pair> {
  const members = new Map<string, number[]>();
  for (const [index, { pair }] of data.entries()) {
    if (pair === undefined) throw new Error(`datum ${index} belongs to no pair`);
    const others = members.get(pair);
    if (others) others.push(index);
    else members.set(pair, [index]);
  }
  const pairs = new Map<string, Pair>();
  for (const [name, indices] of members) {
    if (indices.length !== 2) throw new Error(`the pair ${name} has ${indices.length} data (${indices.join(', ')}), not 2`);
    const [preferred, other] = indices;
    const [last, otherLast] = indices.map((index) => lastWeighted(data[index].weights));
    if (last < 0 !== otherLast < 0)
      throw new Error(`of the pair ${name} only datum ${last < 0 ? other : preferred} has a position with a weight`);
    pairs.set(name, { preferred, other, weight: last < 0 ? 0 : data[preferred].weights[last] });
  }
  return pairs;
}
