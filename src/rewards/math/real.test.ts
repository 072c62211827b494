import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fraction } from './fraction.ts';
import { Reals } from './real.ts';
import { NoValue } from './work.ts';

const r = new Reals(320);
const of = (x: number): bigint => r.of(fraction(BigInt(Math.round(x * 2 ** 40)), 2n ** 40n));
const back = (x: bigint): number => Number((x * 10n ** 20n) >> 320n) / 1e20;
const digits = (x: bigint, n: number): string => String((x * 10n ** BigInt(n)) >> 320n);

describe('Reals', () => {
  it('has the known digits of pi, e and ln 2', () => {
    expect(digits(r.pi, 60)).toBe('3141592653589793238462643383279502884197169399375105820974944');
    expect(digits(r.exp(r.one), 60)).toBe('2718281828459045235360287471352662497757247093699959574966967');
    expect(digits(r.ln2, 60)).toBe('693147180559945309417232121458176568075500134360255254120680');
  });

  it('agrees with doubles', () => {
    const close = (mine: bigint, theirs: number): void => expect(back(mine) / theirs).toBeCloseTo(1, 9);
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 12, noNaN: true }), fc.double({ min: -9, max: 9, noNaN: true }), (x, y) => {
        const [a, b] = [of(x), of(y)];
        const [u, v] = [back(a), back(b)];
        close(r.sqrt(a), Math.sqrt(u));
        close(r.root(a, 5), u ** 0.2);
        close(r.exp(b), Math.exp(v));
        expect(back(r.ln(a))).toBeCloseTo(Math.log(u), 9);
        expect(back(r.sinCos(b)[0])).toBeCloseTo(Math.sin(v), 9);
        expect(back(r.sinCos(b)[1])).toBeCloseTo(Math.cos(v), 9);
        expect(back(r.atan2(b, a - of(6)))).toBeCloseTo(Math.atan2(v, u - 6), 9);
      }),
    );
  });

  it('undoes exp by ln to its last digits', () => {
    const x = of(1.75);
    const off = r.ln(r.exp(x)) - x;
    expect(off < 1n << 20n && off > -(1n << 20n)).toBe(true);
  });

  it('refuses what would vanish or overflow', () => {
    expect(() => r.exp(of(-500))).toThrow(NoValue);
    expect(() => r.exp(r.of(fraction(10n ** 9n)))).toThrow(NoValue);
    expect(() => r.of(fraction(1n, 10n ** 90n))).toThrow(NoValue);
    expect(() => r.divide(r.one, 0n)).toThrow(NoValue);
  });
});
