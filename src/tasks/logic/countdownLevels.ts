// Countdown by level: more and larger numbers. Unlike the other puzzles it has many right answers; each that is exact is taken.
import { combined } from '../countdown.ts';
import { checkCountdown } from '../countdownCheck.ts';
import type { Puzzle, PuzzleKind } from './puzzle.ts';

export interface CountdownPuzzle extends Puzzle {
  numbers: number[];
  target: number;
}

const sizes = [
  { count: 3, largest: 20, largestTarget: 100 },
  { count: 4, largest: 20, largestTarget: 100 },
  { count: 4, largest: 99, largestTarget: 100 },
  { count: 5, largest: 99, largestTarget: 500 },
  { count: 6, largest: 99, largestTarget: 999 },
];

const preamble =
  /^(?:(?:the|so|thus|a|one|my|final|correct|possible)\s+)*(?:answer|equation|expression|solution)(?:\s+is|\s+would\s+be)?\s*:?\s*/i;

export const countdownLevels: PuzzleKind<CountdownPuzzle> = {
  name: 'countdown',
  form: 'an expression such as (1 + 2) / 3.',
  draw(level, random) {
    const { count, largest, largestTarget } = sizes[level - 1];
    for (;;) {
      const numbers = Array.from({ length: count }, () => 1 + random.int(largest));
      const made = combined(numbers, random);
      if (!made || made.value < 10 || made.value > largestTarget) continue;
      return {
        canonical: `${[...numbers].sort((a, b) => a - b).join(' ')} = ${made.value}`,
        question:
          `Using the numbers ${numbers.join(', ')}, write an expression that equals ${made.value}. You can use the operations + - * / and ` +
          'parentheses. Each number must be used exactly once.',
        answer: made.expression,
        numbers,
        target: made.value,
      };
    }
  },
  check: (readings, { numbers, target }) => readings.some((text) => checkCountdown(text.replace(preamble, ''), numbers, target)),
};
