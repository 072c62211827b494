// The numeric value of an expression to a hundred digits, its symbols put at points drawn from their names: two expressions that agree at
// several such points are equal.
import { type Complex, exp, integerPower, inverse, ln, magnitude, multiply, power, root, sinCos } from './complex.ts';
import { exactValue } from './exact.ts';
import { bitsOf, type Fraction } from './fraction.ts';
import type { Reals } from './real.ts';
import { childrenOf, freeSymbols, integer, type Node } from './tree.ts';
import { NoValue, type Work } from './work.ts';

/** How many points `numericValue` knows: the first ones positive, then of mixed signs, then all negative, then small integers (for n!). */
export const points = 7;
/** From this point on, symbols are integers. */
export const integerPoints = 4;

const largestExponent = 1n << 40n;

/**
 * @param point which values the symbols have, 0 to points - 1.
 * @throws NoValue where there is none that can be vouched for.
 */
export function numericValue(node: Node, r: Reals, point: number, work: Work): Complex {
  work.spend(2);
  const of = (child: Node): Complex => numericValue(child, r, point, work);
  switch (node.kind) {
    case 'number':
      return real(r.of(node.value));
    case 'symbol':
      return symbolValue(node.name, r, point);
    case 'add': {
      const sum = { re: 0n, im: 0n };
      for (const arg of node.args) {
        const value = of(arg);
        sum.re += value.re;
        sum.im += value.im;
      }
      return sum;
    }
    case 'mul':
      return node.args.map(of).reduce((a, b) => multiply(r, a, b));
    case 'pow':
      return powerOf(node.base, node.exponent, r, of, work);
    case 'call':
      work.spend(30 * r.cost);
      return callOf(node.name, node.args, r, of, work);
    default:
      throw new NoValue(node.kind);
  }
}

/** Bits of the largest number that is written in the expression: the more, the more digits it takes to see a difference. */
export function largestLiteral(node: Node): number {
  if (node.kind === 'number') return bitsOf(node.value);
  return childrenOf(node).reduce((most, child) => Math.max(most, largestLiteral(child)), 0);
}

function real(re: bigint): Complex {
  return { re, im: 0n };
}

function powerOf(base: Node, exponent: Node, r: Reals, of: (node: Node) => Complex, work: Work): Complex {
  const exact = exactValue(exponent, work);
  if (exact === undefined) {
    work.spend(60 * r.cost);
    const e = of(exponent);
    return base.kind === 'symbol' && base.name === 'e' ? exp(r, e) : power(r, of(base), e);
  }
  if (exact.top > largestExponent || exact.top < -largestExponent) throw new NoValue('exponent');
  work.spend(exact.top.toString(2).length * r.cost);
  const value = of(base);
  if (exact.bottom === 1n) return integerPower(r, value, exact.top);
  if (exact.bottom > 64n) return power(r, value, real(r.of(exact)));
  work.spend(30 * r.cost);
  return integerPower(r, root(r, value, Number(exact.bottom)), exact.top);
}

function callOf(name: string, args: Node[], r: Reals, of: (node: Node) => Complex, work: Work): Complex {
  const exact = exactValue({ kind: 'call', name, args }, work);
  if (exact) return real(r.of(exact));
  const angle = trigonometry[name];
  if (angle) return angle(r, sinCos(r, of(inRadians(args[0]))));
  const values = args.map(of);
  const [a, b] = values;
  switch (name) {
    case 'sqrt':
      return root(r, a, 2);
    case 'root': {
      const degree = exactValue(args[1], work);
      if (degree?.bottom !== 1n || degree.top < 1n || degree.top > 64n) throw new NoValue('root');
      return root(r, a, Number(degree.top));
    }
    case 'abs':
      return real(magnitude(r, a));
    case 'exp':
      return exp(r, a);
    case 'ln':
      return ln(r, a);
    case 'log':
      return multiply(r, ln(r, a), inverse(r, ln(r, b)));
    case 'floor':
      return real(floor(r, realPart(a)));
    case 'ceil':
      return real(-floor(r, -realPart(a)));
    case 'factorial':
    case 'binom': {
      // At points where the symbols are integers.
      const whole = values.map((value) => integer(wholeNumber(r, value)));
      const result = exactValue({ kind: 'call', name, args: whole }, work);
      if (!result) throw new NoValue(name);
      return real(r.of(result));
    }
    case 'conjugate':
      // At real points z is its own conjugate. \overline{AB} is the segment AB.
      return [...freeSymbols(args[0])].some((symbol) => /^[a-z]/.test(symbol))
        ? ownFunction('function conjugate', values, r)
        : { re: a.re, im: -a.im };
    case 'arctan':
      return real(r.atan(realPart(a)));
    case 'arcsin':
      return real(arcsin(r, realPart(a)));
    case 'arccos':
      return real((r.pi >> 1n) - arcsin(r, realPart(a)));
    case 'arccot':
      return real((r.pi >> 1n) - r.atan(realPart(a)));
    case 'sinh':
    case 'cosh':
    case 'tanh': {
      const up = exp(r, a);
      const down = inverse(r, up);
      const [sinh, cosh] = [
        { re: (up.re - down.re) >> 1n, im: (up.im - down.im) >> 1n },
        { re: (up.re + down.re) >> 1n, im: (up.im + down.im) >> 1n },
      ];
      return name === 'sinh' ? sinh : name === 'cosh' ? cosh : multiply(r, sinh, inverse(r, cosh));
    }
  }
  if (name.startsWith('function ')) return ownFunction(name, values, r);
  throw new NoValue(name);
}

const trigonometry: Record<string, (r: Reals, [sin, cos]: [Complex, Complex]) => Complex> = {
  sin: (_, [sin]) => sin,
  cos: (_, [, cos]) => cos,
  tan: (r, [sin, cos]) => multiply(r, sin, inverse(r, cos)),
  cot: (r, [sin, cos]) => multiply(r, cos, inverse(r, sin)),
  sec: (r, [, cos]) => inverse(r, cos),
  csc: (r, [sin]) => inverse(r, sin),
};

/** Degrees within an angle are what they say; elsewhere they are units and have no numeric value. */
export function inRadians(angle: Node): Node {
  if (angle.kind === 'unit' && angle.unit === 'degree')
    return {
      kind: 'mul',
      args: [angle.arg, { kind: 'symbol', name: 'pi' }, { kind: 'number', value: { top: 1n, bottom: 180n } }],
    };
  if (angle.kind === 'add' || angle.kind === 'mul') return { ...angle, args: angle.args.map(inRadians) };
  return angle;
}

function arcsin(r: Reals, x: bigint): bigint {
  const rest = r.one - r.multiply(x, x);
  if (rest < 0n) throw new NoValue('arcsin');
  return r.atan2(x, r.sqrt(rest));
}

function realPart(a: Complex): bigint {
  if (a.im !== 0n) throw new NoValue('not real');
  return a.re;
}

/** So near an integer it cannot be told on which side of it a value is. */
function floor(r: Reals, x: bigint): bigint {
  const whole = (x >> BigInt(r.bits)) << BigInt(r.bits);
  const rest = x - whole;
  const unsure = r.one >> 64n;
  if (rest !== 0n && (rest < unsure || r.one - rest < unsure)) throw new NoValue('floor');
  return whole;
}

function wholeNumber(r: Reals, a: Complex): bigint {
  if (a.im !== 0n || a.re % r.one !== 0n) throw new NoValue('not an integer');
  return a.re / r.one;
}

/** A function of the problem's own (f, g, ...): some fixed cubic of its arguments, drawn from its name. */
function ownFunction(name: string, values: Complex[], r: Reals): Complex {
  let sum = real(r.of(drawn(name, 0)));
  for (const [i, x] of values.entries())
    for (let n = 1; n <= 3; n++) {
      const term = multiply(r, real(r.of(drawn(`${name} ${i}`, n))), integerPower(r, x, BigInt(n)));
      sum = { re: sum.re + term.re, im: sum.im + term.im };
    }
  return sum;
}

function symbolValue(name: string, r: Reals, point: number): Complex {
  if (name === 'pi') return real(r.pi);
  if (name === 'e') return real(r.exp(r.one));
  if (name === 'i') return { re: 0n, im: r.one };
  if (name === 'infinity') throw new NoValue('infinity');
  const value = drawn(name, point);
  if (point >= integerPoints) return real(r.of({ top: 2n + (value.top % 29n), bottom: 1n }));
  const negative = point === 3 || (point === 2 && hash(name, 9) % 2n === 0n);
  return real(r.of({ top: negative ? -value.top : value.top, bottom: value.bottom }));
}

/** A number of 62 random bits between 0.4 and 2.4, the same for the same name and point. */
function drawn(name: string, point: number): Fraction {
  const bottom = 1n << 62n;
  return { top: (bottom * 2n) / 5n + 2n * ((hash(name, point) << 31n) ^ hash(`${name}'`, point)), bottom };
}

/** 31 bits: FNV-1a, then mixed. */
function hash(name: string, point: number): bigint {
  let h = 0x811c9dc5 ^ Math.imul(point + 1, 0x9e3779b1);
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return BigInt((h ^ (h >>> 16)) >>> 1);
}
