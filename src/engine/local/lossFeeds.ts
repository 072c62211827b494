// What the graph of a loss (lossGraph.ts) is fed with beside the model's weights and tokens: what the data bring for each position, and what
// says which positions belong together.

import { teacherDistribution } from '../../algorithms/teacherKl.ts';
import type { ArrayValue } from '../../graph/session.ts';
import type { Datum } from '../engine.ts';
import { inputName, type LossShape, requiredInputs, teacherWidth } from './lossGraph.ts';
import type { MicroBatch, Placement } from './packing.ts';
import { pairsOf } from './pairs.ts';

type Feeds = Record<string, ArrayValue>;

/** @throws Error where a teacher's distribution at a position is empty */
export function lossFeeds(
  shape: LossShape,
  { placements, lossPositions: { length: n } }: MicroBatch,
  data: readonly Datum[],
  vocabSize: number,
): Feeds {
  const feeds: Feeds = {};
  for (const name of requiredInputs(shape)) {
    const values = new Float32Array(n);
    each(placements, (at, datum, t) => {
      values[at] = (data[datum][name] as Float32Array)[t];
    });
    feeds[inputName(name)] = { data: values, dims: [n] };
  }
  if (shape.name === 'gspo') Object.assign(feeds, sequences(placements, n));
  if (shape.name === 'bradley_terry' || shape.name === 'dpo') Object.assign(feeds, pairs(placements, n, data));
  if (shape.name === 'binary') {
    const labels = new Float32Array(n);
    each(placements, (at, datum) => {
      labels[at] = data[datum].label as number;
    });
    feeds.labels = { data: labels, dims: [n] };
  }
  if (shape.name === 'teacher_kl') Object.assign(feeds, teachers(placements, n, data, vocabSize));
  return feeds;
}

/** Calls `body` with each position that bears a loss: its place among the N, its datum, and its place in the datum. */
function each(placements: readonly Placement[], body: (at: number, datum: number, t: number) => void): void {
  for (const { datum, offset, positions } of placements) for (const [i, t] of positions.entries()) body(offset + i, datum, t);
}

function sequences(placements: readonly Placement[], n: number): Feeds {
  const sequence = new Int32Array(n);
  const inverseLengths = new Float32Array(placements.length);
  for (const [s, { offset, positions }] of placements.entries()) {
    sequence.fill(s, offset, offset + positions.length);
    inverseLengths[s] = positions.length > 0 ? 1 / positions.length : 0;
  }
  return { sequence: { data: sequence, dims: [n] }, inverseLengths: { data: inverseLengths, dims: [placements.length, 1] } };
}

function pairs(placements: readonly Placement[], n: number, data: readonly Datum[]): Feeds {
  const all = pairsOf(data);
  const here = [...new Set(placements.map(({ datum }) => data[datum].pair as string))];
  const place = new Map(here.map((name, m) => [name, m]));
  const pair = new Int32Array(n);
  const sign = new Float32Array(n);
  each(placements, (at, datum) => {
    const name = data[datum].pair as string;
    pair[at] = place.get(name) as number;
    sign[at] = all.get(name)?.preferred === datum ? 1 : -1;
  });
  const weights = Float32Array.from(here, (name) => all.get(name)?.weight ?? 0);
  return { pair: { data: pair, dims: [n] }, sign: { data: sign, dims: [n] }, pairWeights: { data: weights, dims: [here.length, 1] } };
}

/** The teacher's probabilities and entropy at each position, and its ids; those that the student has not become 0, of probability 0. */
function teachers(placements: readonly Placement[], n: number, data: readonly Datum[], vocabSize: number): Feeds {
  const k = teacherWidth(data[0]);
  const ids = new Int32Array(n * k);
  const teacher = new Float32Array(n * k);
  const teacherEntropy = new Float32Array(n);
  each(placements, (at, index, t) => {
    const { teacherIds, teacherLogprobs } = data[index];
    const own = (teacherIds as Int32Array).subarray(t * k, (t + 1) * k);
    const found = teacherDistribution(own, (teacherLogprobs as Float32Array).subarray(t * k, (t + 1) * k), vocabSize);
    if (found === undefined)
      throw new Error(`datum ${index}: at position ${t} the teacher gives no id that the student has a finite log-probability`);
    for (const [i, p] of found.probabilities.entries()) {
      ids[at * k + i] = p > 0 ? own[i] : 0;
      teacher[at * k + i] = p;
    }
    teacherEntropy[at] = found.entropy;
  });
  return {
    teacherIds: { data: ids, dims: [n, k] },
    teacher: { data: teacher, dims: [n, k] },
    teacherEntropy: { data: teacherEntropy, dims: [n] },
  };
}
