// Whether an answer to a problem of the lab is right, exactly: countdown by its checker, a chain's result as a plain number.
import { checkCountdown } from '../countdownCheck.ts';
import type { TaskRow } from '../task.ts';

export function checkAnswer(row: TaskRow, answer: string): boolean {
  return row.domain === 'countdown' ? checkCountdown(answer, row.numbers as number[], row.target as number) : answer === String(row.result);
}
