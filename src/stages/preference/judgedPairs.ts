// What judged responses become: clear pairs, balanced by length, a part of their prompts held out; and the labels of single responses. Pure:
// the stage (stages/judge.ts) samples, judges and writes.

import { type Interval, wilsonInterval } from '../../algorithms/intervals.ts';
import { balancedPairs } from '../../algorithms/lengthBalance.ts';
import { mean } from '../../algorithms/summary.ts';
import { drawHeldOut } from '../../datasets/order.ts';
import { stringifyJson } from '../../formats/jsonl.ts';
import type { TaskRow } from '../../rewards/reward.ts';
import type { JudgeSettings } from '../settings.ts';
import { type Judgement, meanPoints } from './judging.ts';

/** A prompt's responses, as they were judged. */
export interface JudgedPrompt {
  row: TaskRow;
  responses: { text: string; harm?: number | null }[];
  pairs: { a: number; b: number; judgements: Judgement[] }[];
}

export interface ClearPair {
  row: TaskRow;
  chosen: string;
  rejected: string;
  /** Mean points by which the chosen one is the better. */
  margin: number;
}

export interface LabelledResponse {
  row: TaskRow;
  response: string;
  /** 1: safe, 0: not. */
  label: number;
}

export interface Split<T> {
  train: T[];
  heldOut: T[];
}

interface Lengths {
  /** Means, tokens. */
  chosen: number;
  rejected: number;
  /** The share of the pairs whose chosen side is the longer, of those that differ. */
  chosenIsLonger: number;
}

/** A judge stage's report.json, and its result in finished.json. */
export interface JudgeReport {
  prompts: number;
  responses: number;
  /** That were put before the judge; no verdict where one of its judgements has none; clear beyond the margin; kept after balancing. */
  pairs: { tried: number; noVerdict: number; clear: number; kept: number; heldOut: number };
  judge: {
    /** Of two judgements of one pair, the share that say the same: the first better, the second, or neither. */
    agreement?: number;
    /** Of the judgements that are no draw, the share for the side that was shown first, with its 95% interval: 0.5 without a bias. */
    firstSide?: Interval & { share: number };
    /** Of the clear pairs, before balancing: what the judge's liking for length comes to. */
    chosenIsLonger?: number;
  };
  lengths?: { of: JudgeSettings['balance']; clear: Lengths; kept: Lengths };
  /** `unlabelled`: responses to which it does not apply, or on which there was no verdict. */
  pointwise?: { rows: number; safe: number; heldOut: number; unlabelled: number };
}

export interface JudgedData {
  pairs: Split<ClearPair>;
  labelled: Split<LabelledResponse>;
  report: JudgeReport;
}

/** @param lengthOf a response in tokens, of what is balanced by */
export function judgedData(
  prompts: readonly JudgedPrompt[],
  { margin, balance, heldOut }: Pick<JudgeSettings, 'margin' | 'balance' | 'heldOut'>,
  seed: number,
  lengthOf: (response: string) => number,
): JudgedData {
  const tried = prompts.flatMap(({ pairs }) => pairs);
  const clear = prompts.flatMap((prompt) => clearPairs(prompt, margin));
  const lengths = clear.map(({ chosen, rejected }): [number, number] => [lengthOf(chosen), lengthOf(rejected)]);
  const differences = lengths.map(([chosen, rejected]) => chosen - rejected);
  const isHeldOut = heldOutPrompts(prompts, heldOut, seed);
  // Each part for itself: two parts of what is balanced as a whole need not be.
  const kept = [false, true].flatMap((held) => {
    const own = [...clear.keys()].filter((i) => isHeldOut(clear[i].row) === held);
    const balanced = (): number[] =>
      balancedPairs(
        own.map((i) => differences[i]),
        seed,
      ).map((i) => own[i]);
    return balance === 'none' ? own : balanced();
  });
  const labelled = prompts.flatMap(({ row, responses }) =>
    responses.flatMap(({ text, harm }) => (typeof harm === 'number' ? [{ row, response: text, label: harm }] : [])),
  );
  const split = <T extends { row: TaskRow }>(all: T[]): Split<T> => ({
    train: all.filter(({ row }) => !isHeldOut(row)),
    heldOut: all.filter(({ row }) => isHeldOut(row)),
  });
  const pairs = split(kept.map((i) => clear[i]));
  const labels = split(labelled);
  const asked = prompts.flatMap(({ responses }) => responses.filter(({ harm }) => harm !== undefined));
  return {
    pairs,
    labelled: labels,
    report: {
      prompts: prompts.length,
      responses: prompts.reduce((sum, { responses }) => sum + responses.length, 0),
      pairs: {
        tried: tried.length,
        noVerdict: tried.filter(({ judgements }) => meanPoints(judgements) === null).length,
        clear: clear.length,
        kept: kept.length,
        heldOut: pairs.heldOut.length,
      },
      judge: {
        agreement: agreement(tried.map(({ judgements }) => judgements)),
        firstSide: firstSide(tried.flatMap(({ judgements }) => judgements)),
        chosenIsLonger: clear.length > 0 ? lengthsOf(lengths).chosenIsLonger : undefined,
      },
      ...(clear.length > 0 && {
        lengths: { of: balance, clear: lengthsOf(lengths), kept: lengthsOf(kept.map((i) => lengths[i])) },
      }),
      ...(asked.length > 0 && {
        pointwise: {
          rows: labelled.length,
          safe: labelled.filter(({ label }) => label === 1).length,
          heldOut: labels.heldOut.length,
          unlabelled: asked.length - labelled.length,
        },
      }),
    },
  };
}

function clearPairs({ row, responses, pairs }: JudgedPrompt, margin: number): ClearPair[] {
  return pairs.flatMap(({ a, b, judgements }) => {
    const points = meanPoints(judgements);
    if (points === null || Math.abs(points) <= margin) return [];
    const [chosen, rejected] = points > 0 ? [a, b] : [b, a];
    return [{ row, chosen: responses[chosen].text, rejected: responses[rejected].text, margin: Math.abs(points) }];
  });
}

/** Whole prompts are held out, however often they are there: pairs of one prompt share its responses. */
function heldOutPrompts(prompts: readonly JudgedPrompt[], share: number, seed: number): (row: TaskRow) => boolean {
  if (share === 0) return () => false;
  const texts = [...new Set(prompts.map(({ row }) => stringifyJson(row.prompt)))];
  const drawn = drawHeldOut(texts.length, share, seed);
  const heldOut = new Set(texts.filter((_, i) => drawn.has(i)));
  return ({ prompt }) => heldOut.has(stringifyJson(prompt));
}

/** The share of two judgements of one pair that have the same sign, the mean over pairs; undefined where no pair was judged twice. */
export function agreement(pairs: readonly (readonly Judgement[])[]): number | undefined {
  return mean(
    pairs.flatMap((judgements) => {
      const signs = judgements.flatMap(({ points }) => (points === null ? [] : [Math.sign(points)]));
      if (signs.length < 2) return [];
      const counts = [-1, 0, 1].map((sign) => signs.filter((one) => one === sign).length);
      const same = counts.reduce((sum, count) => sum + count * (count - 1), 0);
      return [same / (signs.length * (signs.length - 1))];
    }),
  );
}

/** How often the side that was shown first has won; undefined where all judgements are draws. */
export function firstSide(judgements: readonly Judgement[]): JudgeReport['judge']['firstSide'] {
  const decided = judgements.filter(({ points }) => points !== null && points !== 0);
  if (decided.length === 0) return undefined;
  const first = decided.filter(({ points, swapped }) => (points as number) > 0 !== swapped).length;
  return { share: first / decided.length, ...wilsonInterval(first, decided.length) };
}

function lengthsOf(pairs: readonly [number, number][]): Lengths {
  const differing = pairs.filter(([chosen, rejected]) => chosen !== rejected);
  return {
    chosen: mean(pairs.map(([chosen]) => chosen)) ?? 0,
    rejected: mean(pairs.map(([, rejected]) => rejected)) ?? 0,
    chosenIsLonger: mean(differing.map(([chosen, rejected]) => Number(chosen > rejected))) ?? 0.5,
  };
}
