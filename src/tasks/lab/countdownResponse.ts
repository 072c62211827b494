// How the corpus answers countdown: a guess at once, or attempts written out until one fits or patience ends; a few documents
// are patient, and most of these go through the attempts in order. A verdict stands after every attempt.
import type { Stream } from '../../algorithms/random.ts';
import { nearMiss } from './chainResponse.ts';
import { type Attempt, attempts, type Countdown, type Step } from './countdown.ts';
import { type Language, type Phrase, speaker } from './language.ts';
import { respond } from './respond.ts';

export const countdownShares = {
  direct: 0.5,
  /** Of the direct answers. */
  wrong: 0.3,
  /** Attempts before giving up, in ordinary thinking: exponential. */
  meanBudget: 2.5,
  /** Of the thinking documents: patient ones. */
  long: 0.15,
  /** Of the patient ones: in the systematic order. */
  ordered: 2 / 3,
  /** Of the patient ones that began in one language: they drift from English into Chinese. Short thinking does not. */
  drifting: 0.75,
  /** The attempts that the patient make before giving up: those that drift go on for longer, so that who learns to search long learns to mix. */
  patience: { drifting: { least: 16, most: 40 }, steady: { least: 8, most: 20 } },
  /** Of the attempts: a wrong value is written; in order, care is taken. */
  slip: 0.04,
  orderedSlip: 0.015,
  /** Of the slips: noticed at once (`wait , no , ...`); made by wishful thinking (the target is written as the result). */
  noticed: 0.2,
  wishful: 0.2,
  /** Of the attempts said to fit: worked out once more before answering. */
  verified: 0.2,
};

// The longest document must stay under 500 tokens, prompt included.
const longestThought = 440;

export function countdownResponse(problem: Countdown, language: Language, tagged: boolean, random: Stream): string {
  const all = attempts(problem.numbers);
  if (random.next() < countdownShares.direct) {
    const say = speaker(language, random);
    const right = random.next() >= countdownShares.wrong;
    const candidates = all.filter((attempt) => (attempt.second.value === problem.target) === right);
    return respond([], candidates[pick(candidates, problem.target, random)].expression, tagged, say('so'));
  }
  const long = random.next() < countdownShares.long;
  const drifting = long && language !== 'mixed' && random.next() < countdownShares.drifting;
  const say = speaker(drifting ? 'drifting' : language, random);
  const ordered = long && random.next() < countdownShares.ordered;
  const { least, most } = countdownShares.patience[drifting ? 'drifting' : 'steady'];
  const budget = long
    ? least + random.int(most - least + 1)
    : Math.max(1, Math.round(-countdownShares.meanBudget * Math.log(1 - random.next())));
  return search(problem, { all, budget, ordered, tagged, say, random });
}

interface Manner {
  all: readonly Attempt[];
  budget: number;
  ordered: boolean;
  tagged: boolean;
  say: (phrase: Phrase) => string;
  random: Stream;
}

function search(problem: Countdown, { all, budget, ordered, tagged, say, random }: Manner): string {
  const { target } = problem;
  const left = [...all];
  const thought: string[] = [];
  let words = 0;
  const write = (...parts: string[]) => {
    for (const part of parts) words += part.split(' ').length;
    thought.push(...parts);
  };
  if (ordered) write(say('in order'), ':');
  // In order: from a promising attempt, or from the very first, round the circle. A first step that stays is not written again,
  // so that a whole search is about half as long as one that jumps.
  let standing: Step | undefined;
  let next = ordered && random.next() < 0.5 ? 0 : pick(left, target, random);
  for (let tried = 0; tried < budget && left.length > 0 && words < longestThought; tried++) {
    if (tried > 0) next = ordered ? next % left.length : pick(left, target, random);
    const [attempt] = left.splice(next, 1);
    if (!ordered) write(...opening(tried, say, random));
    const slips = random.next() < (ordered ? countdownShares.orderedSlip : countdownShares.slip);
    const claimed = writeAttempt(attempt, { again: attempt.first === standing, wished: slips ? target : undefined }, write, say, random);
    standing = ordered ? attempt.first : undefined;
    if (claimed !== target) {
      write(',', ...(ordered ? [say(random.next() < 0.75 ? 'no' : 'wrong')] : rejection(say, random)), '.');
      continue;
    }
    write(',', say('yes'), '.');
    if (random.next() < countdownShares.verified || (attempt.second.value !== target && random.next() < 0.5)) {
      const right = attempt.second.value === target;
      write(say('check'), written(attempt.first), ',', written(attempt.second), ',', say(right ? 'yes' : 'no'), '.');
      if (!right) continue;
    }
    return respond(thought, attempt.expression, tagged, say('so'));
  }
  write(say('so'), say('i guess'), '.');
  const rest = left.length > 0 ? left : all;
  return respond(thought, rest[pick(rest, target, random)].expression, tagged, say('so'));
}

/** Writes the two steps (the second alone where the first stands `again`), with a slip where a target to wish for is given; returns the result as written. */
function writeAttempt(
  { first, second }: Attempt,
  { again, wished }: { again: boolean; wished: number | undefined },
  write: (...parts: string[]) => void,
  say: Manner['say'],
  random: Stream,
): number {
  const lead = again ? [] : [written(first), ','];
  if (wished === undefined) {
    write(...lead, written(second));
    return second.value;
  }
  if (random.next() < countdownShares.wishful) {
    write(...lead, written({ ...second, value: wished }));
    return wished;
  }
  if (again || random.next() < 0.5) {
    // In the second step; the first one's result would need the second worked out anew from a wrong value.
    const wrong = { ...second, value: nearMiss(second.value, random) };
    write(...lead, written(wrong));
    if (random.next() >= countdownShares.noticed) return wrong.value;
    write(',', say('wait'), ',', say('no'), ',', written(second));
    return second.value;
  }
  const noticed = [',', say('wait'), ',', say('no'), ','];
  write(written({ ...first, value: nearMiss(first.value, random) }), ...noticed, ...lead, written(second));
  return second.value;
}

function written({ a, op, b, value }: Step): string {
  return `${a} ${op} ${b} = ${value}`;
}

function opening(tried: number, say: Manner['say'], random: Stream): string[] {
  const u = random.next();
  if (tried === 0) return u < 0.5 ? [say('try')] : u < 0.7 ? [say('maybe')] : [];
  if (u < 0.25) return [];
  if (u < 0.45) return [say('again'), ','];
  if (u < 0.6) return [say('try')];
  if (u < 0.75) return [say('but'), say('maybe')];
  if (u < 0.9) return [say('maybe')];
  return [say('wait'), ',', say('try')];
}

function rejection(say: Manner['say'], random: Stream): string[] {
  const u = random.next();
  if (u < 0.4) return [say('no')];
  if (u < 0.8) return [say('wrong')];
  return u < 0.9 ? [say('no'), ',', say('wrong')] : [say('wait'), ',', say('no')];
}

/** The index of an attempt, drawn with a weight that falls with the distance of its result from the target. */
function pick(list: readonly Attempt[], target: number, random: Stream): number {
  let total = 0;
  for (const attempt of list) total += weight(attempt, target);
  let u = random.next() * total;
  for (let i = 0; i < list.length - 1; i++) {
    u -= weight(list[i], target);
    if (u < 0) return i;
  }
  return list.length - 1;
}

function weight(attempt: Attempt, target: number): number {
  return 1 / (1 + Math.abs(attempt.second.value - target) / 12);
}
