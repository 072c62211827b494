import { describe, expect, it } from 'vitest';
import { stream } from '../../algorithms/random.ts';
import { finalTexts } from '../../rewards/finalText.ts';
import { logicalDeduction } from './logicalDeduction.ts';

const ordinals = ['first', 'second', 'third', 'fourth'];

/** What a sentence of a question says of an order of the books (colors from left to right); a reading of its own, from the words alone. */
function isTrue(sentence: string, order: readonly string[]): boolean {
  const [a, b] = [...sentence.matchAll(/[Tt]he (\w+) book/g)].map(([, color]) => order.indexOf(color));
  if (/directly to the right of/.test(sentence)) return a === b + 1;
  if (/to the left of/.test(sentence)) return a < b;
  if (/leftmost/.test(sentence)) return a === 0;
  if (/rightmost/.test(sentence)) return a === order.length - 1;
  const [, ordinal, side] = /the (\w+) from the (left|right)/.exec(sentence) ?? [];
  const place = ordinals.indexOf(ordinal);
  return a === (side === 'left' ? place : order.length - 1 - place);
}

function permutations(rest: readonly string[]): string[][] {
  return rest.length === 0 ? [[]] : rest.flatMap((first) => permutations(rest.filter((x) => x !== first)).map((tail) => [first, ...tail]));
}

describe('logicalDeduction', () => {
  it('tells what leaves one order of all, in which one option is true: the answer', () => {
    for (let level = 1; level <= 5; level++)
      for (let seed = 0; seed < 8; seed++) {
        const { question, options, answer, right } = logicalDeduction.draw(level, stream(seed, 'deduction test', level));
        const [story] = question.split('\n');
        const [head, ...clues] = story.replace(/\.$/, '').split('. ');
        const colors = [...head.matchAll(/the (\w+) book/g)].map(([, color]) => color);
        const left = permutations(colors).filter((order) => clues.every((clue) => isTrue(clue, order)));
        expect(left, question).toHaveLength(1);
        expect(options.map((option) => isTrue(option, left[0]))).toEqual(options.map((_, i) => i === right));
        expect(answer).toBe('ABCDEFG'[right]);
        expect(new Set(options).size).toBe(colors.length);
      }
  });

  it('takes the letter or the words of the right option, and no listing of all', () => {
    for (let seed = 0; seed < 50; seed++) {
      const puzzle = logicalDeduction.draw(1 + (seed % 5), stream(seed, 'deduction forms'));
      const { options, right, answer } = puzzle;
      for (const text of [
        answer,
        `(${answer})`,
        `The answer is ${answer}.`,
        options[right],
        `${answer}. ${options[right]}`,
        `(${answer}) ${options[right]}`,
      ])
        expect(logicalDeduction.check(finalTexts(text), puzzle), text).toBe(true);
      const other = (right + 1) % options.length;
      const all = options.map((_, i) => 'ABCDEFG'[i]);
      for (const text of [
        'ABCDEFG'[other],
        options[other],
        `${answer} or ${'ABCDEFG'[other]}`,
        `(${answer}) ${options[other]}`,
        all.join(', '),
        all.join(' '),
        all.map((letter) => `The answer is ${letter}.`).join(' '),
        options.map((option, i) => `(${all[i]}) ${option}`).join('\n'),
        // Two tries at once.
        `\\boxed{${'ABCDEFG'[other]}} The answer is ${answer}.`,
        `\\boxed{${answer}} The answer is ${'ABCDEFG'[other]}.`,
      ])
        expect(logicalDeduction.check(finalTexts(text), puzzle), text).toBe(false);
    }
  });
});
