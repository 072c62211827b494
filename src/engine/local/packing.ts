// Packs data into rows of tokens without padding waste: several sequences a row, none attending to another, and a group's shared
// prompt once for all the responses that follow it in the same row. Rows are gathered into micro-batches of bounded size, and a pair's two
// data are always in the same one: in one row where they fit it together.

import type { Datum } from '../engine.ts';

/** One datum's own tokens in a row; `start` is where they begin in the datum, `column` where they lie in the row. */
interface Branch {
  datum: number;
  start: number;
  column: number;
}

/** A stretch of a row that holds one sequence, or a shared prefix and the branches that follow it. */
interface Segment {
  column: number;
  /** Length of the shared prefix; 0 where nothing is shared. */
  prefix: number;
  branches: Branch[];
}

interface Row {
  capacity: number;
  used: number;
  segments: Segment[];
  /** By a group's name, or the number of a datum on its own. */
  byGroup: Map<string | number, Segment>;
}

/** Where one datum's targets lie in a micro-batch: positions [t] of the datum with a weight, one after another from `offset`. */
export interface Placement {
  datum: number;
  offset: number;
  positions: number[];
}

/** What one run of a training graph is fed. B rows of T tokens; N positions that bear a loss. */
export interface MicroBatch {
  rows: number;
  length: number;
  /** [B, T] */
  tokens: Int32Array;
  positions: Int32Array;
  /** [B, 1, T, T], additive. */
  mask: Float32Array;
  /** [N] index into the B*T flattened tokens; no two are equal. */
  lossPositions: Int32Array;
  placements: Placement[];
}

const MASKED = -1e9;
const ROW_STEP = 64;
// Attention costs with the square of a row, padding with its length: short sequences go into short rows.
const SHORTEST_ROW = 128;

/** What packing goes by. */
export interface Packing {
  /** Tokens a micro-batch. */
  maxTokens: number;
  /** What a token costs beside attention, in columns attended to. */
  linearCost: number;
}

/** No row is longer than this where no datum is longer than `maxPositions`: what tables over a row's positions must hold. */
export function longestRow(maxPositions: number, maxTokens: number): number {
  return Math.max(SHORTEST_ROW, Math.ceil(maxPositions / ROW_STEP) * ROW_STEP, maxTokens);
}

/** How many leading tokens of a datum can be computed once for its group: all of the prompt but its last token, which predicts the response. */
function sharedLength(datum: Datum): number {
  const prefix = Math.max(0, (datum.sharedPrefix ?? 0) - 1);
  if (datum.group === undefined || prefix === 0 || prefix >= datum.tokens.length) return 0;
  for (let t = 0; t < prefix; t++) if (datum.weights[t] !== 0) return 0;
  return prefix;
}

function samePrefix(a: Datum, b: Datum, length: number): boolean {
  for (let t = 0; t < length; t++) if (a.tokens[t] !== b.tokens[t]) return false;
  return true;
}

/**
 * How long to make a row for `members` (their own lengths, longest first) of one group: the more of them share the prefix the fewer
 * tokens, but each token attends over a longer row. The cheapest length a member's token, at least what the first one needs.
 */
function rowLength(prefix: number, members: readonly number[], { maxTokens, linearCost }: Packing): number {
  let best = capacityFor(prefix + members[0]);
  let bestCost = Number.POSITIVE_INFINITY;
  let owned = 0;
  for (const own of members) {
    owned += own;
    const length = capacityFor(prefix + owned);
    if (length > maxTokens) break;
    const cost = (length * (linearCost + length)) / owned;
    if (cost < bestCost) [best, bestCost] = [length, cost];
  }
  return best;
}

const capacityFor = (length: number): number => Math.max(SHORTEST_ROW, Math.ceil(length / ROW_STEP) * ROW_STEP);

/**
 * Packs the data into micro-batches of at most `packing.maxTokens` tokens (or one row, where a single datum is longer).
 * Longest first, each into the fullest row that takes it; the result depends on the data alone.
 * @throws Error where data of one group claim a shared prefix and do not share it.
 */
export function packData(data: readonly Datum[], packing: Packing): MicroBatch[] {
  return [...microBatches(data, packing)];
}

/** The same one after another, each made when it is asked for: a mask has the square of a row's length. */
export function* microBatches(data: readonly Datum[], packing: Packing): Generator<MicroBatch> {
  for (const rows of packRows(data, packing)) yield fill(rows, data);
}

/** The sizes of the micro-batches that `packData` makes, without making them: rows B of T tokens with S data, of which M pairs, and N positions that bear a loss. */
export function packedSizes(data: readonly Datum[], packing: Packing): { B: number; T: number; N: number; S: number; M: number }[] {
  const bearing = ({ datum, start }: Branch): number =>
    data[datum].weights.subarray(start).reduce((n, weight) => n + (weight === 0 ? 0 : 1), 0);
  return packRows(data, packing).map((rows) => {
    const branches = rows.flatMap(({ segments }) => segments.flatMap((segment) => segment.branches));
    const N = branches.reduce((sum, branch) => sum + bearing(branch), 0);
    const M = new Set(branches.flatMap(({ datum }) => data[datum].pair ?? [])).size;
    return { B: rows.length, T: lengthOf(rows), N, S: branches.length, M };
  });
}

/** What is placed as one: a datum, or the two of a pair. */
interface Item {
  data: number[];
  /** Where it may share the prefix: a group's name, or its own number. */
  group: string | number;
  prefix: number;
  /** Tokens that it takes beside the prefix. */
  own: number;
  /** Of its longest datum. */
  length: number;
}

function itemsOf(data: readonly Datum[]): Item[] {
  const leaders = new Map<string, number>();
  const shared = data.map(sharedLength);
  for (const [index, datum] of data.entries()) {
    if (shared[index] === 0 || datum.group === undefined) continue;
    const leader = leaders.get(datum.group);
    if (leader === undefined) leaders.set(datum.group, index);
    else if (shared[leader] !== shared[index] || !samePrefix(data[leader], datum, shared[index]))
      throw new Error(`data ${leader} and ${index} of group ${datum.group} do not share their first tokens`);
  }
  const together = new Map<string | number, number[]>();
  for (const [index, { pair }] of data.entries()) {
    const key = pair ?? index;
    const others = together.get(key);
    if (others) others.push(index);
    else together.set(key, [index]);
  }
  return [...together.values()].map((members) => {
    const [{ group }] = members.map((index) => data[index]);
    const prefix = members.every((index) => data[index].group === group) ? Math.min(...members.map((index) => shared[index])) : 0;
    const lengths = members.map((index) => data[index].tokens.length);
    return {
      data: members,
      // A group may bear any name; an item on its own is its number.
      group: prefix > 0 ? (group as string) : members[0],
      prefix,
      own: lengths.reduce((sum, length) => sum + length - prefix, 0),
      length: Math.max(...lengths),
    };
  });
}

function packRows(data: readonly Datum[], packing: Packing): Row[][] {
  const rows: Row[] = [];
  const apart: Row[][] = [];
  const items = itemsOf(data);
  // A group's items stay together, longest first, so that its prefix is computed in as few rows as can be.
  const longest = new Map<string | number, number>();
  const first = new Map<string | number, number>();
  for (const { group, length, data: members } of items) {
    longest.set(group, Math.max(longest.get(group) ?? 0, length));
    if (!first.has(group)) first.set(group, members[0]);
  }
  const order = [...items].sort((a, b) => {
    const [x, y] = [a.group, b.group];
    if (x !== y) return (longest.get(y) as number) - (longest.get(x) as number) || (first.get(x) as number) - (first.get(y) as number);
    return b.length - a.length || a.data[0] - b.data[0];
  });
  for (const [at, item] of order.entries()) {
    const { data: members, group, prefix, own, length } = item;
    // Two that would make a row longer than any other have one each, side by side: attention costs with the square.
    if (members.length > 1 && capacityFor(prefix + own) > packing.maxTokens) {
      apart.push(members.map((datum) => place(emptyRow(capacityFor(length)), { ...item, data: [datum], prefix: 0, group: datum }, data)));
      continue;
    }
    // The fullest row that takes it, one that already holds the group's prefix before any other.
    let best: Row | undefined;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (const row of rows) {
      const has = row.byGroup.has(group);
      const left = row.capacity - row.used - (has ? own : prefix + own);
      const score = (has ? row.capacity : 0) - left;
      if (left >= 0 && score > bestScore) [best, bestScore] = [row, score];
    }
    if (best === undefined) {
      const owns: number[] = [];
      for (let next = at; next < order.length && order[next].group === group; next++) owns.push(order[next].own);
      best = emptyRow(rowLength(prefix, owns, packing));
      rows.push(best);
    }
    place(best, item, data);
  }
  return [...intoMicroBatches(rows, packing.maxTokens), ...apart];
}

const emptyRow = (capacity: number): Row => ({ capacity, used: 0, segments: [], byGroup: new Map() });

function place(row: Row, { data: members, group, prefix }: Item, data: readonly Datum[]): Row {
  let segment = row.byGroup.get(group);
  if (segment === undefined) {
    segment = { column: row.used, prefix, branches: [] };
    row.segments.push(segment);
    row.byGroup.set(group, segment);
    row.used += prefix;
  }
  for (const datum of members) {
    segment.branches.push({ datum, start: prefix, column: row.used });
    row.used += data[datum].tokens.length - prefix;
  }
  return row;
}

function intoMicroBatches(rows: readonly Row[], maxTokens: number): Row[][] {
  const byLength = new Map<number, Row[]>();
  for (const row of rows) {
    const same = byLength.get(row.capacity);
    if (same) same.push(row);
    else byLength.set(row.capacity, [row]);
  }
  const batches: Row[][] = [];
  for (const [length, same] of byLength) {
    const count = Math.max(1, Math.floor(maxTokens / length));
    for (let i = 0; i < same.length; i += count) batches.push(same.slice(i, i + count));
  }
  return batches;
}

/** A batch whose rows are all partly empty is cut to what they use. */
function lengthOf(rows: readonly Row[]): number {
  const used = Math.max(...rows.map((row) => row.used));
  return Math.min(rows[0].capacity, Math.ceil(used / ROW_STEP) * ROW_STEP);
}

function fill(rows: readonly Row[], data: readonly Datum[]): MicroBatch {
  const length = lengthOf(rows);
  const size = rows.length * length;
  const tokens = new Int32Array(size);
  const positions = new Int32Array(size);
  const mask = new Float32Array(size * length).fill(MASKED);
  const lossPositions: number[] = [];
  const placements: Placement[] = [];
  for (const [b, row] of rows.entries()) {
    const base = b * length;
    const allow = (query: number, from: number, to: number): void => {
      const at = (base + query) * length;
      mask.fill(0, at + from, at + to + 1);
    };
    for (const { column, prefix, branches } of row.segments) {
      for (let t = 0; t < prefix; t++) {
        tokens[base + column + t] = data[branches[0].datum].tokens[t];
        positions[base + column + t] = t;
        allow(column + t, column, column + t);
      }
      for (const branch of branches) {
        const datum = data[branch.datum];
        const placement: Placement = { datum: branch.datum, offset: lossPositions.length, positions: [] };
        for (let t = branch.start; t < datum.tokens.length; t++) {
          const at = branch.column + t - branch.start;
          tokens[base + at] = datum.tokens[t];
          positions[base + at] = t;
          if (prefix > 0) allow(at, column, column + prefix - 1);
          allow(at, branch.column, at);
          if (datum.weights[t] !== 0) {
            lossPositions.push(base + at);
            placement.positions.push(t);
          }
        }
        placements.push(placement);
      }
    }
    // What is left of the row attends to itself alone: its values are finite and reach no loss.
    for (let at = row.used; at < length; at++) allow(at, at, at);
  }
  return { rows: rows.length, length, tokens, positions, mask, lossPositions: Int32Array.from(lossPositions), placements };
}
