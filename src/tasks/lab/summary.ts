// Reasoning and a summary, the form of the cold start: `<think> ... </think> <answer> first 7 + 1 = 8 , then 8 * 7 = 56 . so : ( 7 + 1 ) * 7
// </answer>`. The summary stands within the answer, so the format is the one that R1-Zero is rewarded for, and what follows the thinking
// (all that a reader is shown) explains itself. The answer is what follows the last colon.
import { answerText, isThinkAnswer, thoughtText } from '../../rewards/format.ts';
import { sameExpression } from '../countdownCheck.ts';
import type { Answers, TaskRow } from '../task.ts';
import { checkAnswer } from './check.ts';
import { derivation, expressionSteps, stepText, trueSteps } from './steps.ts';

/** What a response answers, without the summary before it; undefined where the answer tags are not there. */
export function finalAnswer(completion: string): string | undefined {
  const text = answerText(completion);
  return text?.slice(text.lastIndexOf(':') + 1).trim();
}

/** For majority votes: the answer without its summary and spaces. */
export const labAnswers: Answers = {
  of: (completion) => finalAnswer(completion)?.replace(/\s+/g, '') || null,
  same: sameExpression,
};

/**
 * A right response, its thinking as it is, its answer with a summary: the steps that lead to it, in the user's language. They are read
 * from the response alone, an expression's from itself, a chain's from the steps that the thinking wrote; the gold answer is not looked at.
 * @returns null where the response is not a thought and an answer, is not right, or its thinking did not find what it answers.
 */
export function labSummary(row: TaskRow, completion: string): string | null {
  if (!isThinkAnswer(completion)) return null;
  const answer = finalAnswer(completion);
  if (answer === undefined || !checkAnswer(row, answer)) return null;
  const thought = thoughtText(completion).trim();
  const found = trueSteps(thought);
  const steps = row.domain === 'countdown' ? expressionSteps(answer) : derivation(found, row.numbers as number[], Number(answer));
  const last = steps?.at(-1);
  if (steps === undefined || last === undefined) return null;
  // The thinking has the last step, either way round, or the answer was guessed beside it.
  const same = (a: number, op: string, b: number): boolean => a === last.a && op === last.op && b === last.b;
  const commutes = last.op === '+' || last.op === '*';
  if (!found.some(({ a, op, b }) => same(a, op, b) || (commutes && same(b, op, a)))) return null;
  const summary = steps.map((step, i) => `${i === 0 ? 'first' : 'then'} ${stepText(step)}`).join(' , ');
  return `<think> ${thought} </think> <answer> ${summary} . so : ${answer} </answer>`;
}
