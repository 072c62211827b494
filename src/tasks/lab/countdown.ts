// Countdown with three numbers: reach the target using each number once. Problems, and every two-step attempt at one, in the
// order a systematic search goes through. The exact checker of free answers is in ../countdownCheck.ts.
import type { Stream } from '../../algorithms/random.ts';
import { isHeldOut } from './heldOut.ts';
import { maxNumber } from './vocabulary.ts';

export interface Countdown {
  /** In the order of the prompt. */
  numbers: [number, number, number];
  target: number;
}

export type Operator = '+' | '-' | '*' | '/';

/** `a op b = value`. */
export interface Step {
  a: number;
  op: Operator;
  b: number;
  value: number;
}

/** Two of the numbers, then the result with the third. */
export interface Attempt {
  first: Step;
  second: Step;
  /** The expression as an answer: `( 7 + 1 ) * 7`. */
  expression: string;
}

export const largestNumber = 12;
const largestTarget = 100;
const operators: Operator[] = ['+', '-', '*', '/'];

export function countdownPrompt({ numbers, target }: Countdown): string {
  return `user : make ${target} from ${numbers.join(' ')} . assistant :`;
}

/** The same text for every order of the numbers: what decides whether a problem is held out. */
export function countdownCanonical({ numbers, target }: { numbers: readonly number[]; target: number }): string {
  return `countdown ${[...numbers].sort((a, b) => a - b).join(' ')} = ${target}`;
}

/**
 * Every attempt, none twice, in the systematic order: pairs (1st, 2nd), (1st, 3rd), (2nd, 3rd) of the prompt; for each the first
 * operation + - * /; for each the second. Read as a circle, the next attempt follows from the last one alone: nothing else that
 * was tried has to be remembered, so a small model can search from any start without repeating itself.
 *
 * Steps keep to whole numbers 0..400. Left out as they add no value: the smaller minus the larger, division by 1 (it is * 1),
 * a + b + c and a * b * c in other groupings than the first pair's.
 */
export function attempts(numbers: readonly [number, number, number]): Attempt[] {
  const key = numbers.join(' ');
  const known = cache.get(key);
  if (known) return known;
  const [a, b, c] = numbers;
  const list: Attempt[] = [];
  const pairs = [
    [a, b, c],
    [a, c, b],
    [b, c, a],
  ];
  const seen = new Set<string>();
  for (const [i, [x, y, z]] of pairs.entries()) {
    // Equal numbers make two pairs the same.
    const pair = `${Math.min(x, y)} ${Math.max(x, y)}`;
    if (seen.has(pair)) continue;
    seen.add(pair);
    for (const op1 of operators) {
      const first = step(x, op1, y);
      if (!first) continue;
      for (const op2 of operators) {
        if (i > 0 && op1 === op2 && (op1 === '+' || op1 === '*')) continue;
        const second = step(first.value, op2, z);
        if (!second) continue;
        const inner = `( ${first.a} ${op1} ${first.b} )`;
        const expression = second.b === z && second.a === first.value ? `${inner} ${op2} ${z}` : `${z} ${op2} ${inner}`;
        list.push({ first, second, expression });
      }
    }
  }
  cache.set(key, list);
  return list;
}

// 1,728 ordered triples at most.
const cache = new Map<string, Attempt[]>();

/** The attempts that reach the target. */
export function solutions(problem: Countdown): Attempt[] {
  return attempts(problem.numbers).filter((attempt) => attempt.second.value === problem.target);
}

/** Targets 1..100 that the numbers reach with whole steps, ascending. */
function reachableTargets(numbers: readonly [number, number, number]): number[] {
  const values = new Set(attempts(numbers).map((attempt) => attempt.second.value));
  return [...values].filter((value) => value >= 1 && value <= largestTarget).sort((x, y) => x - y);
}

/** A random solvable problem that is not held out: numbers uniform, then the target uniform among those they reach. */
export function drawCountdown(random: Stream): Countdown {
  for (;;) {
    const number = () => 1 + random.int(largestNumber);
    const numbers: [number, number, number] = [number(), number(), number()];
    const targets = trainingTargets(numbers);
    if (targets.length > 0) return { numbers, target: targets[random.int(targets.length)] };
  }
}

/** Every held-out problem, one order of its numbers each (ascending). */
export function heldOutCountdowns(): Countdown[] {
  const list: Countdown[] = [];
  for (let a = 1; a <= largestNumber; a++)
    for (let b = a; b <= largestNumber; b++)
      for (let c = b; c <= largestNumber; c++)
        for (const target of reachableTargets([a, b, c])) {
          const problem: Countdown = { numbers: [a, b, c], target };
          if (isHeldOut(countdownCanonical(problem))) list.push(problem);
        }
  return list;
}

const targetCache = new Map<string, number[]>();

function trainingTargets(numbers: readonly [number, number, number]): number[] {
  const key = numbers.join(' ');
  let targets = targetCache.get(key);
  if (!targets) {
    targets = reachableTargets(numbers).filter((target) => !isHeldOut(countdownCanonical({ numbers, target })));
    targetCache.set(key, targets);
  }
  return targets;
}

/** Whole numbers 0..400 only; the larger goes first in - and /. */
function step(x: number, op: Operator, y: number): Step | undefined {
  const ordered = (op === '-' || op === '/') && x < y;
  const [a, b] = ordered ? [y, x] : [x, y];
  if (op === '/' && (b < 2 || a % b !== 0)) return undefined;
  const value = apply(a, op, b);
  return value <= maxNumber ? { a, op, b, value } : undefined;
}

export function apply(a: number, op: Operator, b: number): number {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
  }
}
