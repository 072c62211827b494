// The values of options: numbers in their ranges, refused by name where they are not.

import { InvalidArgumentError } from 'commander';

function number(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** A whole number, at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = number(text);
    if (!Number.isSafeInteger(value) || value < least) throw new InvalidArgumentError(`It must be a whole number, at least ${least}.`);
    return value;
  };
}

/** Several of them: 1,4,16. */
export function wholeNumbers(least: number): (text: string) => number[] {
  return (text) => text.split(',').map(wholeNumber(least));
}

/** 0 = greedy. */
export function temperature(text: string): number {
  const value = number(text);
  if (value < 0) throw new InvalidArgumentError('It must be at least 0 (0 is greedy).');
  return value;
}

/** In (0, 1]. */
export function probability(text: string): number {
  const value = number(text);
  if (value <= 0 || value > 1) throw new InvalidArgumentError('It must be above 0 and at most 1.');
  return value;
}
