// Exact rational numbers: what is written as an integer, a fraction or a decimal is compared as one of these, never through doubles.

/** top / bottom in lowest terms, bottom above zero. */
export interface Fraction {
  top: bigint;
  bottom: bigint;
}

/** No exact number grows beyond this; what would is left to the numeric evaluation or is not evaluated at all. */
export const largestBits = 8192;

export const one: Fraction = { top: 1n, bottom: 1n };

export function fraction(top: bigint, bottom = 1n): Fraction {
  if (bottom === 1n) return { top, bottom };
  const divisor = gcd(top < 0n ? -top : top, bottom < 0n ? -bottom : bottom);
  const sign = bottom < 0n ? -1n : 1n;
  return { top: (sign * top) / divisor, bottom: (sign * bottom) / divisor };
}

export function equalFractions(a: Fraction, b: Fraction): boolean {
  return a.top === b.top && a.bottom === b.bottom;
}

export function addFractions(a: Fraction, b: Fraction): Fraction {
  return fraction(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom);
}

export function multiplyFractions(a: Fraction, b: Fraction): Fraction {
  return fraction(a.top * b.top, a.bottom * b.bottom);
}

/** a to an integer power; undefined for 0 to a power below 1 and where the result would be too large to hold. */
export function powerOfFraction(a: Fraction, exponent: bigint): Fraction | undefined {
  if (a.top === 0n) return exponent > 0n ? a : undefined;
  const size = exponent < 0n ? -exponent : exponent;
  const unit = a.bottom === 1n && (a.top === 1n || a.top === -1n);
  if (!unit && size * BigInt(bitsOf(a)) > BigInt(largestBits)) return undefined;
  if (unit) return a.top === 1n || size % 2n === 0n ? one : a;
  return exponent < 0n ? fraction(a.bottom ** size, a.top ** size) : { top: a.top ** size, bottom: a.bottom ** size };
}

/** The exact n-th root, where there is one (the real root: that of -8 is -2 for n = 3). */
export function rootOfFraction(a: Fraction, n: number): Fraction | undefined {
  if (n < 1 || n > 64 || (a.top < 0n && n % 2 === 0)) return undefined;
  const top = exactRoot(a.top < 0n ? -a.top : a.top, n);
  const bottom = exactRoot(a.bottom, n);
  if (top === undefined || bottom === undefined) return undefined;
  return { top: a.top < 0n ? -top : top, bottom };
}

/** The largest integer whose n-th power is at most `value` (not negative). */
export function integerRoot(value: bigint, n: number): bigint {
  if (value < 2n) return value;
  const degree = BigInt(n);
  let guess = 1n << BigInt(Math.ceil(bitLength(value) / n));
  for (;;) {
    const next = ((degree - 1n) * guess + value / guess ** (degree - 1n)) / degree;
    if (next >= guess) return guess;
    guess = next;
  }
}

export function bitLength(value: bigint): number {
  return (value < 0n ? -value : value).toString(16).length * 4;
}

export function bitsOf(a: Fraction): number {
  return Math.max(bitLength(a.top), bitLength(a.bottom));
}

function exactRoot(value: bigint, n: number): bigint | undefined {
  const root = integerRoot(value, n);
  return root ** BigInt(n) === value ? root : undefined;
}

export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
