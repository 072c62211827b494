// Mathematics with answers of any form, as MATH has it: the columns `problem` and `answer`, or `solution` with the answer in a \boxed{}.
import { type ReadOptions, readRows, streamRows } from '../datasets/rows.ts';
import { InputError } from '../platform/errors.ts';
import { formatReward } from '../rewards/format.ts';
import { mathAccuracy, mathAnswers } from '../rewards/math/reward.ts';
import { goldAnswer } from '../rewards/math/verify.ts';
import { type QuestionTemplate, questionPrompt, questionRow, reflectionWords, withHeldOut } from './questions.ts';
import { defineTask, type LoadedTask, type Task, type TaskContext, type TaskRow } from './task.ts';

const instruction = 'Please reason step by step, and put your final answer within \\boxed{}.';

export interface MathTaskOptions {
  name: string;
  template: QuestionTemplate;
}

/**
 * MATH and sets like it as a task. The recipe's `data` names a file, a directory or a data set on the hub with the columns `problem`
 * (or `question`) and `answer` (or `solution`); its `columns` say what else they are called. Held out as `withHeldOut` does. A row whose
 * answer cannot be read is judged null, and not trained on.
 */
export function mathTask({ name, template }: MathTaskOptions): Task {
  return defineTask({
    name,
    load: (context) => load(name, template, context),
    rewards: { accuracy: mathAccuracy('answer'), format: formatReward },
    // The chat prompt asks for a box and no tags.
    weights: template === 'r1-zero' ? { accuracy: 1, format: 0.2 } : { accuracy: 1 },
    accuracy: 'accuracy',
    hasGold,
    answers: mathAnswers,
    reflectionWords,
  });
}

async function load(name: string, template: QuestionTemplate, { data, columns, seed }: TaskContext): Promise<LoadedTask> {
  if (data === undefined) throw new InputError(`the task ${name} needs data: the path of math_train.jsonl (data=PATH)`);
  return withHeldOut({ data, seed, task: 'math', column: 'problem' }, (path, split) => readProblems(path, template, { split, columns }));
}

/** The rows of one split as the task's. @throws InputError as `readRows`, and where no answer can be read */
export async function readProblems(data: string, template: QuestionTemplate, { split, columns }: ReadOptions): Promise<TaskRow[]> {
  const found = { ...(await usualColumns(data, split)), ...columns };
  const rows = await readRows(data, ['problem', 'answer'], { split, columns: found });
  if (!rows.some(({ row }) => hasGold(row)))
    throw new InputError(`${data}: no row's "${found.answer ?? 'answer'}" holds an answer that can be read, bare or in a \\boxed{}`);
  return rows.map((row) => questionRow(data, questionPrompt(template, String(row.row.problem), instruction), row));
}

function hasGold({ answer }: Readonly<Record<string, unknown>>): boolean {
  return goldAnswer(String(answer)) !== undefined;
}

/** What the data calls `problem` and `answer`, by its first row. */
async function usualColumns(data: string, split = 'train'): Promise<Record<string, string>> {
  const names: Record<string, string> = {};
  for await (const { row } of streamRows(data, split)) {
    if (!Object.hasOwn(row, 'problem') && Object.hasOwn(row, 'question')) names.problem = 'question';
    if (!Object.hasOwn(row, 'answer') && Object.hasOwn(row, 'solution')) names.answer = 'solution';
    break;
  }
  return names;
}
