// The exact rational value of an expression without symbols, where it has one: 2^{10}, \frac{3}{4}, \sqrt{16}, 5!, \binom{6}{2}.
import {
  addFractions,
  bitsOf,
  type Fraction,
  fraction,
  gcd,
  largestBits,
  multiplyFractions,
  powerOfFraction,
  rootOfFraction,
} from './fraction.ts';
import type { Node } from './tree.ts';
import type { Work } from './work.ts';

const largestFactorial = 500n;
const largestRoot = 64n;

/**
 * The value as a fraction, or undefined where the expression is irrational, has symbols, is undefined or is too large.
 * @throws NoValue when the budget is spent.
 */
export function exactValue(node: Node, work: Work): Fraction | undefined {
  work.spend();
  switch (node.kind) {
    case 'number':
      return node.value;
    case 'add':
    case 'mul': {
      let result: Fraction | undefined;
      for (const arg of node.args) {
        const value = exactValue(arg, work);
        if (value === undefined) return undefined;
        if (result === undefined) result = value;
        else result = node.kind === 'add' ? addFractions(result, value) : multiplyFractions(result, value);
        const bits = bitsOf(result);
        work.spend(Math.ceil(bits / 256));
        if (bits > largestBits * 4) return undefined;
      }
      return result;
    }
    case 'pow': {
      const exponent = exactValue(node.exponent, work);
      const base = exponent && exactValue(node.base, work);
      if (!base) return undefined;
      const root = exponent.bottom === 1n ? base : exactRoot(base, exponent.bottom, work);
      const value = root && powerOfFraction(root, exponent.top);
      if (value) work.spend(Math.ceil(bitsOf(value) / 256));
      return value;
    }
    case 'call': {
      const args: Fraction[] = [];
      for (const arg of node.args) {
        const value = exactValue(arg, work);
        if (value === undefined) return undefined;
        args.push(value);
      }
      return call(node.name, args, work);
    }
    default:
      return undefined;
  }
}

function exactRoot(value: Fraction, n: bigint, work: Work): Fraction | undefined {
  const bits = bitsOf(value);
  if (n > largestRoot || bits > largestBits) return undefined;
  work.spend(Math.ceil(bits / 64));
  return rootOfFraction(value, Number(n));
}

function call(name: string, args: Fraction[], work: Work): Fraction | undefined {
  const [a, b] = args;
  switch (name) {
    case 'sqrt':
      return args.length === 1 ? exactRoot(a, 2n, work) : undefined;
    case 'root':
      return args.length === 2 && b.bottom === 1n && b.top > 0n ? exactRoot(a, b.top, work) : undefined;
    case 'abs':
      return { top: a.top < 0n ? -a.top : a.top, bottom: a.bottom };
    case 'floor':
      return fraction(floor(a));
    case 'ceil':
      return fraction(-floor({ top: -a.top, bottom: a.bottom }));
    case 'factorial': {
      if (a.bottom !== 1n || a.top < 0n || a.top > largestFactorial) return undefined;
      work.spend(Number(a.top));
      return fraction(product(1n, a.top));
    }
    case 'binom': {
      if (args.length !== 2 || a.bottom !== 1n || b.bottom !== 1n || b.top < 0n || a.top < b.top || a.top > 2n * largestFactorial)
        return undefined;
      const k = 2n * b.top < a.top ? b.top : a.top - b.top;
      if (k > largestFactorial) return undefined;
      work.spend(Number(k));
      return fraction(product(a.top - k + 1n, a.top) / product(1n, k));
    }
    case 'gcd':
    case 'lcm': {
      if (args.some(({ bottom, top }) => bottom !== 1n || top <= 0n)) return undefined;
      work.spend(args.length * Math.ceil(args.reduce((most, arg) => Math.max(most, bitsOf(arg)), 0) / 4));
      return fraction(args.map(({ top }) => top).reduce(name === 'gcd' ? gcd : (x, y) => (x / gcd(x, y)) * y));
    }
    case 'mod':
      // The remainder of LaTeX's \bmod, between 0 and the modulus.
      return a.bottom === 1n && b.bottom === 1n && b.top > 0n ? fraction(((a.top % b.top) + b.top) % b.top) : undefined;
    case 'max':
      return args.reduce((x, y) => (x.top * y.bottom >= y.top * x.bottom ? x : y));
    case 'min':
      return args.reduce((x, y) => (x.top * y.bottom <= y.top * x.bottom ? x : y));
    default:
      return undefined;
  }
}

function floor(a: Fraction): bigint {
  const quotient = a.top / a.bottom;
  return a.top < 0n && quotient * a.bottom !== a.top ? quotient - 1n : quotient;
}

function product(from: bigint, to: bigint): bigint {
  let result = 1n;
  for (let k = from; k <= to; k++) result *= k;
  return result;
}
