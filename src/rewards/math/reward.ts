// The accuracy reward of mathematics, verifyMath on each completion; and the answers themselves, for a vote.
import type { Answers, RewardFunction } from '../reward.ts';
import { finalAnswer } from './extract.ts';
import { readAnswer } from './read.ts';
import { sameAnswers, verifyMath } from './verify.ts';

/**
 * 1 where the response's final answer is the row's, else 0; null where the row's own holds no answer that can be read.
 * @param column the column with the gold answer, or with a solution whose answer is in a \boxed{}.
 */
export function mathAccuracy(column: string): RewardFunction {
  return ({ completions, rows }) =>
    completions.map((completion, i) => {
      const right = verifyMath(String(rows[i][column] ?? ''), completion);
      return right === null ? null : Number(right);
    });
}

/** The response's final answer as it is written; those that `verifyMath` would take for each other vote together. */
export const mathAnswers: Answers = {
  of: (completion) => {
    const source = finalAnswer(completion)?.trim();
    return source === undefined || readAnswer(source) === undefined ? null : source;
  },
  same: sameAnswers,
};
