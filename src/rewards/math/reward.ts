// The accuracy reward of mathematics: verifyMath on each completion.
import type { RewardFunction } from '../reward.ts';
import { verifyMath } from './verify.ts';

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
