// The accuracy reward of word problems with a number as their answer, and those answers for a vote.
import { equalNumbers, finalNumber, goldNumber, numberText } from './lastNumber.ts';
import type { Answers, RewardFunction } from './reward.ts';

/**
 * 1 where the response's final number is exactly the row's, else 0; null where the row's own answer holds no number.
 * @param column the column with the gold answer: a number, or a text with it after `####`.
 */
export function numberAccuracy(column: string): RewardFunction {
  return ({ completions, rows }) =>
    completions.map((completion, i) => {
      const gold = goldNumber(String(rows[i][column] ?? ''));
      if (gold === undefined) return null;
      const answer = finalNumber(completion);
      return answer !== undefined && equalNumbers(answer, gold) ? 1 : 0;
    });
}

/** The response's final number: equal numbers vote together. */
export const numberAnswers: Answers = {
  of: (completion) => {
    const answer = finalNumber(completion);
    return answer === undefined ? null : numberText(answer);
  },
};
