import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lengthReward } from './length.ts';
import { repetitionPenalty } from './repetition.ts';
import type { RewardFunction } from './reward.ts';
import { tagCountReward } from './tagCount.ts';

/** Scores of these completions, each to the row of its id. */
async function scores(reward: RewardFunction, completions: string[], ids = completions.map(() => 'a')): Promise<(number | null)[]> {
  const rows = ids.map((id) => ({ id, prompt: 'p' }));
  return reward({ prompts: rows.map(({ prompt }) => prompt), completions, rows });
}

describe('tagCountReward', () => {
  it.each([
    ['<think>a</think><answer>b</answer>', 1],
    ['<think>\na\n</think>\n<answer>\nb\n</answer>', 1],
    ['a</think><answer>b</answer>', 0.75],
    ['<think>a</think> b', 0.5],
    ['<think>a', 0.25],
    ['a', 0],
    // A tag that stands twice earns nothing: two <think> leave three tags.
    ['<think><think>a</think><answer>b</answer>', 0.75],
    ['<answer>'.repeat(9), 0],
    ['<answer>b</answer><think>a</think>', 1],
  ])('%j: %d', async (completion, score) => {
    expect(await scores(tagCountReward, [completion])).toEqual([score]);
  });
});

describe('repetitionPenalty', () => {
  it.each([
    // Bigrams: "a b", "b a", "a b", "b a", "a b": 5, of which 2 differ. -1 x (1 - 2/5).
    ['a b a b a b', 2, 1, -0.6],
    // Trigrams: "x x x" eight times: -0.5 x (1 - 1/8).
    ['x X x x  x\nx x x x x', 3, 0.5, -0.4375],
    ['one two three four', 2, 1, 0],
    ['one two', 3, 1, 0],
    ['', 1, 1, 0],
    // A character is a word: 4 bigrams, of which 2 differ.
    ['\u54c8\u54c8\u563f\u54c8\u54c8', 2, 1, -0.25],
    // Words: 6, of which 3 differ: -2 x (1 - 3/6).
    ['no no no yes yes maybe', 1, 2, -1],
  ])('%j by %d-grams, at most %d: %d', async (completion, n, largest, score) => {
    const [found] = await scores(repetitionPenalty(n, largest), [completion]);
    expect(found).toBeCloseTo(score, 12);
  });

  it('lies between -largest and 0, and repeating a text makes it worse', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 4 }), async (words) => {
        const [once, twice] = await scores(repetitionPenalty(3, 1), [words.join(' '), [...words, ...words, ...words].join(' ')]);
        expect(once).toBeLessThanOrEqual(0);
        expect(twice).toBeGreaterThanOrEqual(-1);
        expect(twice).toBeLessThan(once as number);
      }),
    ));

  it('counts the n-grams that differ exactly, whatever they are made of', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'ab', 'ba', '-', '\u54c8', '__proto__'), { maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        async (words, n) => {
          const grams = Array.from({ length: Math.max(0, words.length - n + 1) }, (_, at) => words.slice(at, at + n).join(' '));
          const share = grams.length === 0 ? 0 : 1 - new Set(grams).size / grams.length;
          const [found] = await scores(repetitionPenalty(n, 1), [words.join(' ')]);
          expect(Math.abs(found as number)).toBeCloseTo(share, 12);
        },
      ),
    ));

  it('refuses numbers that are none', () => {
    for (const n of [0, -1, 1.5, Number.NaN]) expect(() => repetitionPenalty(n, 1)).toThrow(RangeError);
    for (const largest of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => repetitionPenalty(3, largest)).toThrow(RangeError);
  });
});

describe('lengthReward', () => {
  const rightIf =
    (mark: string): RewardFunction =>
    ({ completions }) =>
      completions.map((text) => (text.startsWith('?') ? null : Number(text.startsWith(mark))));

  it('is lambda for right answers and min(0, lambda) for wrong ones, within the responses to one prompt', async () => {
    // Lengths 2, 4, 6, 10 of group a: lambda = 0.5 - (length - 2) / 8 = 0.5, 0.25, 0, -0.5. Group b: 1 and 3: 0.5 and -0.5.
    const completions = ['r.', 'w...', 'r.....', 'r.........', 'w', 'w..'];
    expect(await scores(lengthReward(rightIf('r')), completions, ['a', 'a', 'a', 'a', 'b', 'b'])).toEqual([0.5, 0, 0, -0.5, 0, -0.5]);
  });

  it('is 0 where all are equally long, and null where accuracy is, which counts for nobody', async () => {
    expect(await scores(lengthReward(rightIf('r')), ['r.', 'w.'])).toEqual([0, 0]);
    expect(await scores(lengthReward(rightIf('r')), ['r.', '?........', 'r...'])).toEqual([0.5, null, -0.5]);
    expect(await scores(lengthReward(rightIf('r')), [])).toEqual([]);
  });
});
