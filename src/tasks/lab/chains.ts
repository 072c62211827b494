// Chains: `7 + 5 * 3 - 2`, four numbers with the usual precedence, every intermediate result a whole number 0..400.
// Easier than countdown and nothing to search: where length need not grow, it should not.
import type { Stream } from '../../algorithms/random.ts';
import { apply, largestNumber, type Operator, type Step } from './countdown.ts';
import { heldOutRank, isHeldOut } from './heldOut.ts';
import { maxNumber } from './vocabulary.ts';

export interface Chain {
  numbers: number[];
  /** One fewer than the numbers. */
  operators: Operator[];
  result: number;
}

const length = 4;

export function chainText({ numbers, operators }: Chain): string {
  return numbers.map((n, i) => (i === 0 ? `${n}` : `${operators[i - 1]} ${n}`)).join(' ');
}

export function chainPrompt(chain: Chain): string {
  return `user : ${chainText(chain)} . assistant :`;
}

/** Sorted numbers and result: chains that differ only in order or operators, with the same result, are held out together. */
export function chainCanonical({ numbers, result }: { numbers: readonly number[]; result: number }): string {
  return `chain ${[...numbers].sort((a, b) => a - b).join(' ')} = ${result}`;
}

/**
 * The steps that evaluate a chain, * and / first, left to right within each. Undefined where a value leaves the whole numbers
 * 0..400. With `slip`, step `slip.at` writes its value plus `slip.by`, and the walk goes on from the wrong value.
 */
export function walk(numbers: readonly number[], operators: readonly Operator[], slip?: { at: number; by: number }): Step[] | undefined {
  const values = [...numbers];
  const left = [...operators];
  const steps: Step[] = [];
  while (left.length > 0) {
    let i = left.findIndex((op) => op === '*' || op === '/');
    if (i < 0) i = 0;
    const [a, op, b] = [values[i], left[i], values[i + 1]];
    const value = apply(a, op, b) + (slip?.at === steps.length ? slip.by : 0);
    if (!Number.isInteger(value) || value < 0 || value > maxNumber) return undefined;
    steps.push({ a, op, b, value });
    values.splice(i, 2, value);
    left.splice(i, 1);
  }
  return steps;
}

/** A random chain, held-out or not as asked. Numbers 1..12; plus and minus a little more often than times, divisions rarer. */
export function drawChain(random: Stream, heldOut = false): Chain {
  for (;;) {
    const numbers = Array.from({ length }, () => 1 + random.int(largestNumber));
    const operators = Array.from({ length: length - 1 }, () => drawOperator(random.next()));
    const result = walk(numbers, operators)?.at(-1)?.value;
    if (result === undefined) continue;
    const chain: Chain = { numbers, operators, result };
    if (heldOutCached(chainCanonical(chain)) === heldOut) return chain;
  }
}

/** `count` held-out chains of different canonical forms, always the same ones, in the order of their hash. */
export function heldOutChains(random: Stream, count: number): Chain[] {
  const found = new Map<string, Chain>();
  while (found.size < count) {
    const chain = drawChain(random, true);
    const canonical = chainCanonical(chain);
    if (!found.has(canonical)) found.set(canonical, chain);
  }
  return [...found].sort(([a], [b]) => heldOutRank(a) - heldOutRank(b)).map(([, chain]) => chain);
}

// The hash costs as much as the rest of a document; about 100,000 canonical forms exist.
const heldOutForms = new Map<string, boolean>();

function heldOutCached(canonical: string): boolean {
  let held = heldOutForms.get(canonical);
  if (held === undefined) {
    held = isHeldOut(canonical);
    heldOutForms.set(canonical, held);
  }
  return held;
}

function drawOperator(u: number): Operator {
  return u < 0.3 ? '+' : u < 0.6 ? '-' : u < 0.85 ? '*' : '/';
}
