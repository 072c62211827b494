// A penalty for a response that says the same again and again, by its repeated n-grams of words.
import { spacelessScripts } from '../algorithms/spacelessScripts.ts';
import type { RewardFunction } from './reward.ts';

const word = new RegExp(`[${spacelessScripts}]|[^\\s${spacelessScripts}]+`, 'gu');

/**
 * `largest` times the share of the response's n-grams that have come before in it: -largest * (1 - different n-grams / all n-grams), 0 for a
 * response of fewer than n words (Yeo and others, 2025, appendix C; open-r1's `get_repetition_penalty_reward`). Upper and lower case are the same.
 * @param n words in an n-gram, 1 or more.
 * @param largest the penalty of endless repetition, above 0; what is returned is at most 0.
 * @throws RangeError for other numbers.
 */
export function repetitionPenalty(n: number, largest: number): RewardFunction {
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`repetitionPenalty: n must be a whole number of 1 or more, got ${n}`);
  if (!(largest > 0 && Number.isFinite(largest)))
    throw new RangeError(`repetitionPenalty: the largest penalty must be above 0, got ${largest}`);
  return ({ completions }) =>
    completions.map((completion) => {
      const words = completion.toLowerCase().match(word) ?? [];
      const all = words.length - n + 1;
      if (all < 1) return 0;
      const different = new Set(Array.from({ length: all }, (_, at) => words.slice(at, at + n).join(' ')));
      const repeated = all - different.size;
      return repeated === 0 ? 0 : (-largest * repeated) / all;
    });
}
