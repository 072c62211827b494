// A penalty for a response that says the same again and again, by its repeated n-grams of words.
import { spacedWords } from '../algorithms/spacelessScripts.ts';
import type { RewardFunction } from './reward.ts';

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
      const numbers = new Map<string, number>();
      const words = Int32Array.from(spacedWords(completion.toLowerCase()), (each) => {
        const known = numbers.get(each) ?? numbers.size;
        numbers.set(each, known);
        return known;
      });
      const all = words.length - n + 1;
      if (all < 1) return 0;
      const repeated = all - differentRuns(words, n);
      return repeated === 0 ? 0 : (-largest * repeated) / all;
    });
}

/**
 * How many of the runs of n numbers differ, of at least one: a hash table of the places where each was first seen. Runs that are joined to texts
 * and put into a Set take some five times as long, which tells where hundreds of thousands of long responses are curated.
 */
function differentRuns(numbers: Int32Array, n: number): number {
  const all = numbers.length - n + 1;
  const size = 2 ** Math.ceil(Math.log2(2 * all));
  // 0: free; else the place, counted from 1.
  const table = new Int32Array(size);
  let different = 0;
  for (let at = 0; at < all; at++) {
    let hash = 0;
    for (let i = 0; i < n; i++) hash = Math.imul(hash ^ numbers[at + i], 0x9e3779b1) ^ (hash >>> 15);
    let slot = (hash ^ (hash >>> 16)) & (size - 1);
    while (table[slot] !== 0 && !areSame(numbers, table[slot] - 1, at, n)) slot = (slot + 1) & (size - 1);
    if (table[slot] !== 0) continue;
    table[slot] = at + 1;
    different++;
  }
  return different;
}

function areSame(numbers: Int32Array, a: number, b: number, n: number): boolean {
  for (let i = 0; i < n; i++) if (numbers[a + i] !== numbers[b + i]) return false;
  return true;
}
