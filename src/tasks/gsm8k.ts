// GSM8K: grade-school word problems, with the columns `question` and `answer` (the worked solution, then `#### 18`). Any set of questions
// with a number as their answer has this form, so the same task trains on others too.
import { stream } from '../algorithms/random.ts';
import { hasSplit } from '../datasets/files.ts';
import { type DataRow, type ReadOptions, readRows } from '../datasets/rows.ts';
import { InputError } from '../platform/errors.ts';
import { basename, dirname, isFile, join } from '../platform/files.ts';
import { numberAccuracy } from '../rewards/accuracy.ts';
import { formatReward } from '../rewards/format.ts';
import { goldNumber } from '../rewards/lastNumber.ts';
import { defineTask, type LoadedTask, type Task, type TaskContext, type TaskRow } from './task.ts';

/** DeepSeek-R1-Zero's prompt for a base model, word for word. */
export function r1ZeroPrompt(question: string): string {
  const text = question.trim();
  return (
    'A conversation between User and Assistant. The user asks a question, and the Assistant solves it. The assistant first thinks about ' +
    'the reasoning process in the mind and then provides the user with the answer. The reasoning process and answer are enclosed within ' +
    '<think> </think> and <answer> </answer> tags, respectively, i.e., <think> reasoning process here </think> <answer> answer here ' +
    `</answer>. User: ${text}${/[.?!]$/.test(text) ? '' : '.'} Assistant:`
  );
}

const instruction =
  'Think first, within <think> </think>. Then give the answer, a number, within <answer> </answer>: <think> reasoning </think> <answer> number </answer>.';

export interface Gsm8kOptions {
  name: string;
  /** 'chat': messages for the model's chat template; 'r1-zero': R1-Zero's prompt as raw text, for a base model. */
  template: 'chat' | 'r1-zero';
}

const largestHeldOut = 512;

/**
 * GSM8K as a task. The recipe's `data` names the training file, say gsm8k_train.jsonl, a directory or a data set on the hub
 * (openai/gsm8k:main), its `columns` what that calls `question` and `answer`. Held out: gsm8k_test.jsonl where that lies beside it, the split `test` of a directory or data set; else a tenth of
 * the rows, at most 512, drawn by the seed. A training row whose question is held out too is dropped.
 */
export function gsm8kTask({ name, template }: Gsm8kOptions): Task {
  return defineTask({
    name,
    load: (context) => load(name, template, context),
    rewards: { accuracy: numberAccuracy('answer'), format: formatReward },
    weights: { accuracy: 1, format: 0.2 },
    accuracy: 'accuracy',
    reflectionWords: ['wait', 'no', 'wrong', 'again', 'but', 'check', 'mistake', 'however', 'verify'],
  });
}

async function load(name: string, template: Gsm8kOptions['template'], { data, columns, seed }: TaskContext): Promise<LoadedTask> {
  if (data === undefined) throw new InputError(`the task ${name} needs data: the path of gsm8k_train.jsonl (data=PATH)`);
  const read = (path: string, split?: string): Promise<TaskRow[]> => readQuestions(path, template, { split, columns });
  const rows = await read(data);
  const beside = join(dirname(data), basename(data).replace(/train(?=\.\w+$)/, 'test'));
  let heldOut: TaskRow[];
  if (beside !== join(data) && (await isFile(beside))) heldOut = await read(beside);
  else if (await hasSplit(data, 'test')) heldOut = await read(data, 'test');
  else {
    const shuffled = stream(seed, 'gsm8k', 'held out').shuffle([...rows]);
    heldOut = shuffled.slice(0, Math.min(largestHeldOut, Math.ceil(rows.length / 10)));
  }
  const known = new Set(heldOut.map(questionKey));
  const train = rows.filter((row) => !known.has(questionKey(row)));
  if (train.length === 0)
    throw new InputError(`${data}: no row is left to train on: ${rows.length} were read, and all of their questions are held out`);
  return { train, heldOut };
}

async function readQuestions(data: string, template: Gsm8kOptions['template'], options: ReadOptions): Promise<TaskRow[]> {
  const rows = await readRows(data, ['question', 'answer'], options);
  if (rows.every(({ row }) => goldNumber(String(row.answer)) === undefined))
    throw new InputError(`${data}: no row's "answer" holds a number (it must end with "#### 18", or be just a number)`);
  return rows.map((row) => taskRow(data, template, row));
}

function taskRow(data: string, template: Gsm8kOptions['template'], { file, line, row }: DataRow): TaskRow {
  const question = String(row.question);
  const prompt: TaskRow['prompt'] =
    template === 'r1-zero' ? r1ZeroPrompt(question) : [{ role: 'user', content: `${question}\n${instruction}` }];
  return {
    ...row,
    id: `${basename(file)}:${line}`,
    prompt,
    domain: basename(data).replace(/[._-]?(?:train|test)?\.\w+$/, '') || 'questions',
  };
}

function questionKey(row: TaskRow): string {
  return String(row.question).replace(/\s+/g, ' ').trim().toLowerCase();
}
