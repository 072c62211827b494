// Complex arithmetic over the fixed-point reals: principal branches, but the real root for odd roots of negative numbers (as school has it).
import type { Reals } from './real.ts';
import { NoValue } from './work.ts';

export interface Complex {
  re: bigint;
  im: bigint;
}

export function multiply(r: Reals, a: Complex, b: Complex): Complex {
  if (a.im === 0n && b.im === 0n) return { re: r.multiply(a.re, b.re), im: 0n };
  const shift = BigInt(r.bits);
  return { re: (a.re * b.re - a.im * b.im) >> shift, im: (a.re * b.im + a.im * b.re) >> shift };
}

export function inverse(r: Reals, a: Complex): Complex {
  if (a.im === 0n) return { re: r.divide(r.one, a.re), im: 0n };
  const square = r.multiply(a.re, a.re) + r.multiply(a.im, a.im);
  return { re: r.divide(a.re, square), im: r.divide(-a.im, square) };
}

export function magnitude(r: Reals, a: Complex): bigint {
  if (a.im === 0n) return a.re < 0n ? -a.re : a.re;
  return r.sqrt(r.multiply(a.re, a.re) + r.multiply(a.im, a.im));
}

export function exp(r: Reals, a: Complex): Complex {
  const size = r.exp(a.re);
  if (a.im === 0n) return { re: size, im: 0n };
  const [sin, cos] = r.sinCos(a.im);
  return { re: (size * cos) >> BigInt(r.bits), im: (size * sin) >> BigInt(r.bits) };
}

export function ln(r: Reals, a: Complex): Complex {
  if (a.im === 0n && a.re > 0n) return { re: r.ln(a.re), im: 0n };
  return { re: r.ln(magnitude(r, a)), im: r.atan2(a.im, a.re) };
}

/** a^n for an integer n, by squaring. */
export function integerPower(r: Reals, a: Complex, n: bigint): Complex {
  if (n < 0n) return inverse(r, integerPower(r, a, -n));
  let result: Complex = { re: r.one, im: 0n };
  let square = a;
  for (let left = n; left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(r, result, square);
    if (left > 1n) square = multiply(r, square, square);
  }
  return result;
}

export function power(r: Reals, a: Complex, b: Complex): Complex {
  if (a.re === 0n && a.im === 0n) throw new NoValue('power of 0');
  return exp(r, multiply(r, b, ln(r, a)));
}

/** The n-th root: the real one of a real number where there is one, else the principal one. */
export function root(r: Reals, a: Complex, n: number): Complex {
  if (a.im === 0n) {
    if (a.re >= 0n) return { re: r.root(a.re, n), im: 0n };
    if (n % 2 === 1) return { re: -r.root(-a.re, n), im: 0n };
    if (n === 2) return { re: 0n, im: r.sqrt(-a.re) };
  }
  return power(r, a, { re: r.one / BigInt(n), im: 0n });
}

/** [sin a, cos a] */
export function sinCos(r: Reals, a: Complex): [Complex, Complex] {
  const [sin, cos] = r.sinCos(a.re);
  if (a.im === 0n)
    return [
      { re: sin, im: 0n },
      { re: cos, im: 0n },
    ];
  const up = r.exp(a.im);
  const down = r.divide(r.one, up);
  const [cosh, sinh] = [(up + down) >> 1n, (up - down) >> 1n];
  const shift = BigInt(r.bits);
  return [
    { re: (sin * cosh) >> shift, im: (cos * sinh) >> shift },
    { re: (cos * cosh) >> shift, im: (-sin * sinh) >> shift },
  ];
}
