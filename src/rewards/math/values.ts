// Whether two expressions have the same value: exactly where both are rational, else by high-precision evaluation at several points.
// What cannot be evaluated is not equal: overflow, underflow and undefined values prove nothing.
import { type Complex, inverse, multiply } from './complex.ts';
import { exactValue } from './exact.ts';
import { bitLength, equalFractions, type Fraction } from './fraction.ts';
import { integerPoints, largestLiteral, numericValue, points } from './numeric.ts';
import { Reals } from './real.ts';
import { childrenOf, freeSymbols, keyOf, type Node } from './tree.ts';
import { NoValue, type Work } from './work.ts';

const usualBits = 320;
const mostBits = 2048;
const usual = new Reals(usualBits);

/** A decimal of fewer digits after its point stands for itself alone, never for a number that it rounds. */
const digitsOfRounding = 6;

/**
 * Whether a and b are the same number or the same function of their symbols.
 * @param precision where given, numbers that are not both exact integers are equal if they differ by at most half a unit of that decimal.
 */
export function equalValues(a: Node, b: Node, work: Work, precision?: number): boolean {
  if (keyOf(a) === keyOf(b)) return true;
  try {
    const exactA = exactValue(a, work);
    const exactB = exactValue(b, work);
    if (exactA && exactB && equalFractions(exactA, exactB)) return true;
    const digits = digitsToCompare(a, b, exactA, exactB, precision);
    if (exactA && exactB) return digits !== undefined && near(a, b, digits, usual, work);
    return agree(a, b, work) || (digits !== undefined && near(a, b, digits, usual, work));
  } catch (error) {
    if (error instanceof NoValue) return false;
    throw error;
  }
}

/** The ratio a / b where it is the same at every point and not 0, as its sign; undefined where it varies, is complex or has no value. */
export function constantRatio(a: Node, b: Node, work: Work): 1 | -1 | undefined {
  const r = realsFor(a, b);
  const ratios: Complex[] = [];
  for (let point = 0; point < points; point++)
    try {
      const top = numericValue(a, r, point, work);
      const bottom = numericValue(b, r, point, work);
      ratios.push(multiply(r, top, inverse(r, bottom)));
    } catch (error) {
      if (!(error instanceof NoValue)) throw error;
    }
  if (ratios.length < 3 || !ratios.every((ratio) => sameNumber(ratio, ratios[0], r))) return undefined;
  const [{ re, im }] = ratios;
  if (!sameNumber({ re, im: 0n }, { re, im }, r) || re === 0n) return undefined;
  return re > 0n ? 1 : -1;
}

/** -1, 0 or 1 as the real number a is below, equal to or above b; undefined where either has symbols or no real value. */
export function compareValues(a: Node, b: Node, work: Work): -1 | 0 | 1 | undefined {
  if (freeSymbols(a).size + freeSymbols(b).size > 0) return undefined;
  if (equalValues(a, b, work)) return 0;
  try {
    const [x, y] = [numericValue(a, usual, 0, work), numericValue(b, usual, 0, work)];
    return x.im !== 0n || y.im !== 0n ? undefined : x.re < y.re ? -1 : 1;
  } catch (error) {
    if (error instanceof NoValue) return undefined;
    throw error;
  }
}

/** Values at every point where both have one; a constant has the same at each, so one is enough. */
function agree(a: Node, b: Node, work: Work): boolean {
  let r = realsFor(a, b);
  const constant = freeSymbols(a).size + freeSymbols(b).size === 0;
  let agreed = 0;
  for (let point = 0; point < points; point++) {
    if (constant && point === 1) return agreed === 1;
    // Integers satisfy too many identities to speak beside other points.
    if (point === integerPoints && agreed > 0 && !hasSteps(a) && !hasSteps(b)) break;
    let values: [Complex, Complex];
    try {
      values = [numericValue(a, r, point, work), numericValue(b, r, point, work)];
      // Beside a huge number a small one shows only in more digits.
      const enough = realsOf(usualBits + 2 * Math.max(...values.map((value) => sizeInBits(value, r))));
      if (enough.bits > r.bits) {
        r = enough;
        values = [numericValue(a, r, point, work), numericValue(b, r, point, work)];
      }
    } catch (error) {
      if (error instanceof NoValue) continue;
      throw error;
    }
    if (!sameNumber(values[0], values[1], r)) return false;
    agreed++;
  }
  return agreed >= 2;
}

/** Floors and ceilings differ at integers from what they are elsewhere. */
function hasSteps(node: Node): boolean {
  return (node.kind === 'call' && /^(?:floor|ceil)$/.test(node.name)) || childrenOf(node).some(hasSteps);
}

function sizeInBits({ re, im }: Complex, r: Reals): number {
  return Math.max(0, bitLength(abs(re) > abs(im) ? re : im) - r.bits - 64);
}

/** Equal but for rounding, which is relative; but what is left of numbers that cancelled out is not. */
function sameNumber(a: Complex, b: Complex, r: Reals): boolean {
  let size = r.one >> 40n;
  for (const part of [a.re, a.im, b.re, b.im]) if (abs(part) > size) size = abs(part);
  const tolerance = size >> BigInt(Math.floor(r.bits * 0.6));
  return abs(a.re - b.re) <= tolerance && abs(a.im - b.im) <= tolerance;
}

/** At how many decimals two constants may be compared: as `precision` says, or those of a long decimal that stands beside an exact value. */
function digitsToCompare(a: Node, b: Node, exactA: Fraction | undefined, exactB: Fraction | undefined, precision?: number) {
  const whole = (exact: Fraction | undefined): boolean => exact?.bottom === 1n;
  if (precision !== undefined) return whole(exactA) && whole(exactB) ? undefined : precision;
  const [digitsA, digitsB] = [decimalsOf(a), decimalsOf(b)];
  if ((digitsA === undefined) === (digitsB === undefined)) return undefined;
  const digits = digitsA ?? digitsB ?? 0;
  const [decimal, other] = digitsA === undefined ? [exactB, exactA] : [exactA, exactB];
  const significant = String(decimal && abs((decimal.top * 10n ** BigInt(digits)) / decimal.bottom)).length;
  return digits >= digitsOfRounding && significant >= digitsOfRounding && !terminates(other) ? digits : undefined;
}

/** An integer, or a fraction that has all its digits in a decimal, which may be asked for. */
function terminates(exact: Fraction | undefined): boolean {
  if (exact === undefined) return false;
  let rest = exact.bottom;
  for (const prime of [2n, 5n]) while (rest % prime === 0n) rest /= prime;
  return rest === 1n;
}

function decimalsOf(node: Node): number | undefined {
  if (node.kind === 'mul' && node.args.length === 2 && node.args[1].kind === 'number') return decimalsOf(node.args[1]);
  return node.kind === 'number' ? node.decimals : undefined;
}

function near(a: Node, b: Node, digits: number, r: Reals, work: Work): boolean {
  if (digits > 60 || freeSymbols(a).size + freeSymbols(b).size > 0) return false;
  const [x, y] = [numericValue(a, r, 0, work), numericValue(b, r, 0, work)];
  return x.im === 0n && y.im === 0n && abs(x.re - y.re) * 2n * 10n ** BigInt(digits) <= r.one;
}

function realsFor(a: Node, b: Node): Reals {
  const literal = Math.max(largestLiteral(a), largestLiteral(b));
  return literal <= 64 ? usual : realsOf(usualBits + 2 * literal);
}

function realsOf(bits: number): Reals {
  if (bits <= usualBits) return usual;
  if (bits > mostBits) throw new NoValue('too many digits');
  return new Reals(Math.ceil(bits / 128) * 128);
}

function abs(x: bigint): bigint {
  return x < 0n ? -x : x;
}
