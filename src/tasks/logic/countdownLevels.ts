// Countdown by level: more and larger numbers. Unlike the other puzzles it has many right answers; each that is exact is taken, as a
// person or TeX may write it. (The tasks countdown and lab take plain + - * / alone.)
import { combined } from '../countdown.ts';
import { checkCountdown, sameExpression } from '../countdownCheck.ts';
import type { Puzzle, PuzzleKind } from './puzzle.ts';

/** A longer answer is none. */
const longest = 400;

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
  check: (readings, { numbers, target }) => readings.some((text) => checkCountdown(equation(text), numbers, target)),
  // Of many right answers each votes for itself.
  answer: ([text], { target }) => {
    const sides = text && equation(text).replace(/\s+/g, '').split('=');
    return sides && (sides.length === 2 && sides[0] === String(target) ? sides[1] : sides[0]);
  },
  same: sameExpression,
};

function equation(text: string): string {
  return plainOperators(text.replace(preamble, ''));
}

function plainOperators(answer: string): string {
  if (answer.length > longest) return '';
  let text = answer.replace(/\\(?:left|right|,|;|!)/g, '');
  // From the inside out; an answer of a few numbers is no deeper.
  for (let depth = 0; depth < 6; depth++) text = text.replace(/\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}/g, '(($1)/($2))');
  return text
    .replace(/\\times|\\cdot|[\u00d7\u00b7\u22c5\u2217]|(?<=[\d)\]]\s*)x(?=\s*[\d([])/gi, '*')
    .replace(/\\div|[\u00f7\u2215]/g, '/')
    .replace(/[\u2212\u2013]/g, '-')
    .replaceAll('[', '(')
    .replaceAll(']', ')')
    .replace(/\.\s*$/, '');
}
