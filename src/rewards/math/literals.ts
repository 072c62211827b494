// Numbers as they are written: decimals with an exponent, digits of another base, repeating decimals.
import { fraction } from './fraction.ts';
import type { Node } from './tree.ts';
import { NoValue } from './work.ts';

const largestScale = 4000;

/** 12, 2.50, 6.02e23 */
export function numberOf(text: string): Node {
  const [mantissa, exponent = '0'] = text.toLowerCase().split('e');
  const [whole, decimals = ''] = mantissa.split('.');
  const scale = Number(exponent) - decimals.length;
  if (Math.abs(scale) > largestScale) throw new NoValue('exponent');
  const digits = BigInt(whole + decimals);
  const value = scale >= 0 ? fraction(digits * 10n ** BigInt(scale)) : fraction(digits, 10n ** BigInt(-scale));
  return mantissa.includes('.') ? { kind: 'number', value, decimals: decimals.length } : { kind: 'number', value };
}

/** 204_5; in base 10 a number as any other. */
export function basedNumber(text: string, base: string): Node {
  if (!/^[\d.]+$/.test(text) || !/^\d{1,2}$/.test(base)) throw new NoValue('base');
  return Number(base) === 10 ? numberOf(text) : { kind: 'based', digits: text.replace(/^0+(?=\d)/, ''), base: Number(base) };
}

/** 0.1\overline{6} = 1/6 */
export function repeatingDecimal(text: string, digits: string): Node {
  const [whole, decimals] = text.split('.');
  if (decimals === undefined || !/^\d{1,40}$/.test(digits)) throw new NoValue('overline');
  const scale = 10n ** BigInt(decimals.length);
  const nines = 10n ** BigInt(digits.length) - 1n;
  return { kind: 'number', value: fraction(BigInt(whole + decimals) * nines + BigInt(digits), scale * nines) };
}
