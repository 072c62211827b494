// The exact judge of a countdown answer: a small parser over rational numbers. Nothing is evaluated as code.
//
// Accepted: the given numbers, each exactly once, + - * / and parentheses, the exact value of the target (7/3 is not 2).
// `= target` may stand behind it, or `target =` in front, the target written as a plain number: `9/3 = 3`, `3 = 9/3`. Not accepted: a sign in
// front of a number or parenthesis, joined digits, `//`, `**`, names.

import { taggedAnswers } from '../rewards/format.ts';
import type { Answers } from '../rewards/reward.ts';

interface Rational {
  top: bigint;
  /** Above zero. */
  bottom: bigint;
}

// Far more than an expression of a few numbers needs; bounds the recursion.
const maxLength = 400;

/** Whether `answer` uses each of `numbers` exactly once and has exactly the value `target`. Never throws. */
export function checkCountdown(answer: string, numbers: readonly number[], target: number): boolean {
  const text = withoutTarget(answer, target);
  if (text === undefined || text.length > maxLength) return false;
  const parsed = parse(text);
  if (!parsed) return false;
  const used = parsed.numbers.map(String).sort();
  const given = numbers.map(String).sort();
  if (used.length !== given.length || used.some((n, i) => n !== given[i])) return false;
  return parsed.value.top === BigInt(target) * parsed.value.bottom;
}

/** The side of an equation that is not the target. */
function withoutTarget(answer: string, target: number): string | undefined {
  const sides = answer.split('=').map((side) => side.trim());
  if (sides.length === 1) return sides[0];
  const at = sides.lastIndexOf(String(target));
  return sides.length === 2 && at >= 0 ? sides[1 - at] : undefined;
}

/**
 * Whether two expressions are one answer: the same but for the order of sums and products and brackets that change nothing. Two others are
 * two answers, right both or not: a majority is of those that say the same.
 */
export function sameExpression(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => (text.length <= maxLength ? parse(text.split('=')[0]) : undefined));
  return x && y ? x.key === y.key : a === b;
}

/** The expression in <answer>, for votes. */
export const countdownAnswers: Answers = { ...taggedAnswers, same: sameExpression };

/** What is parsed so far, and its parts as texts that are the same in another order: of a sum +a and -b, of a product *a and /b. */
interface Part {
  value: Rational;
  kind: 'number' | 'sum' | 'product';
  parts: string[];
}

function keyOf({ kind, parts }: Part): string {
  return kind === 'number' ? parts[0] : `(${[...parts].sort().join('')})`;
}

/** `signs`: the plain one and its inverse. */
function joined(kind: 'sum' | 'product', signs: '+-' | '*/', left: Part, sign: string, right: Part, value: Rational): Part {
  const partsOf = (part: Part, before: string): string[] => {
    if (part.kind !== kind) return [before + keyOf(part)];
    return part.parts.map((each) => (before === signs[0] ? each[0] : signs[1 - signs.indexOf(each[0])]) + each.slice(1));
  };
  return { kind, value, parts: [...partsOf(left, signs[0]), ...partsOf(right, sign)] };
}

/** The value, the numbers used and what is the same in another order; undefined where the text is no expression, or divides by zero. */
function parse(text: string): { value: Rational; numbers: bigint[]; key: string } | undefined {
  // Sticky and gapless: whatever is not a token makes the text invalid.
  const tokens = text.match(/\d+|[-+*/()]|\S/g) ?? [];
  const numbers: bigint[] = [];
  let at = 0;

  const sum = (): Part | undefined => {
    let left = product();
    while (left && (tokens[at] === '+' || tokens[at] === '-')) {
      const sign = tokens[at++];
      const right = product();
      left = right && joined('sum', '+-', left, sign, right, add(left.value, right.value, sign === '+' ? 1n : -1n));
    }
    return left;
  };
  const product = (): Part | undefined => {
    let left = atom();
    while (left && (tokens[at] === '*' || tokens[at] === '/')) {
      const sign = tokens[at++];
      const right = atom();
      const value = right && (sign === '*' ? multiply(left.value, right.value) : divide(left.value, right.value));
      left = value && joined('product', '*/', left, sign, right, value);
    }
    return left;
  };
  const atom = (): Part | undefined => {
    const token = tokens[at++];
    if (token === '(') {
      const inner = sum();
      return tokens[at++] === ')' ? inner : undefined;
    }
    if (token === undefined || !/^\d/.test(token)) return undefined;
    numbers.push(BigInt(token));
    return { kind: 'number', value: { top: BigInt(token), bottom: 1n }, parts: [String(BigInt(token))] };
  };

  const whole = sum();
  return whole && at === tokens.length ? { value: whole.value, numbers, key: keyOf(whole) } : undefined;
}

function add(a: Rational, b: Rational, sign: 1n | -1n): Rational {
  return { top: a.top * b.bottom + sign * b.top * a.bottom, bottom: a.bottom * b.bottom };
}

function multiply(a: Rational, b: Rational): Rational {
  return { top: a.top * b.top, bottom: a.bottom * b.bottom };
}

function divide(a: Rational, b: Rational): Rational | undefined {
  if (b.top === 0n) return undefined;
  const sign = b.top < 0n ? -1n : 1n;
  return { top: sign * a.top * b.bottom, bottom: sign * a.bottom * b.top };
}
