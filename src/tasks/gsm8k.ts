// GSM8K: grade-school word problems, with the columns `question` and `answer` (the worked solution, then `#### 18`). Any set of questions
// with a number as their answer has this form, so the same task trains on others too. Judged by the rules of mathematics, as `math` is.
import { type ReadOptions, readRows } from '../datasets/rows.ts';
import { InputError } from '../platform/errors.ts';
import { formatReward } from '../rewards/format.ts';
import { languageConsistency } from '../rewards/language/consistency.ts';
import { mathAccuracy, mathAnswers } from '../rewards/math/reward.ts';
import { goldAnswer } from '../rewards/math/verify.ts';
import { isTestFile, namedOr, type QuestionTemplate, questionPrompt, questionRow, reflectionWords, withHeldOut } from './questions.ts';
import { defineTask, type LoadedTask, type Task, type TaskContext, type TaskRow } from './task.ts';

const instruction =
  'Think first, within <think> </think>. Then give the answer, a number, within <answer> </answer>: <think> reasoning </think> <answer> number </answer>.';

export interface Gsm8kOptions {
  name: string;
  template: QuestionTemplate;
}

/**
 * GSM8K as a task. The recipe's `data` names the training file, say gsm8k_train.jsonl, a directory or a data set on the hub
 * (openai/gsm8k:main, which it is where no data is named), its `columns` what that calls `question` and `answer`. Held out as `withHeldOut` does, all
 * of a file that is a test set by its name.
 */
export function gsm8kTask({ name, template }: Gsm8kOptions): Task {
  return defineTask({
    name,
    load: (context) => load(template, context),
    rewards: { accuracy: mathAccuracy('answer'), format: formatReward },
    weights: { accuracy: 1, format: 0.2 },
    accuracy: 'accuracy',
    measures: { language: languageConsistency(), format: formatReward },
    hasGold,
    answers: mathAnswers,
    reflectionWords,
  });
}

const onHub = 'openai/gsm8k:main';

function load(template: QuestionTemplate, { data: named, columns, seed }: TaskContext): Promise<LoadedTask> {
  const read = (path: string, split?: string) => readQuestions(path, template, { split, columns });
  return namedOr(onHub, named, async (data) =>
    (await isTestFile(data))
      ? { train: [], heldOut: await read(data) }
      : withHeldOut({ data, seed, task: 'gsm8k', column: 'question' }, read),
  );
}

async function readQuestions(data: string, template: QuestionTemplate, options: ReadOptions): Promise<TaskRow[]> {
  const rows = await readRows(data, ['question', 'answer'], options);
  if (!rows.some(({ row }) => hasGold(row)))
    throw new InputError(`${data}: no row's "answer" holds an answer that can be read (it must end with "#### 18", or be just a number)`);
  return rows.map((row) => questionRow(data, questionPrompt(template, String(row.row.question), instruction), row));
}

function hasGold({ answer }: Readonly<Record<string, unknown>>): boolean {
  return goldAnswer(String(answer)) !== undefined;
}
