// Multiple choice from data: the columns `question`, `choices` (a list of texts) and `answer`, as MMLU and its like have them, or GPQA's, which
// has the right answer and three wrong ones in columns of their own.
import { stream } from '../algorithms/random.ts';
import { hasSplit } from '../datasets/files.ts';
import { type DataRow, type ReadOptions, readRows, streamRows } from '../datasets/rows.ts';
import { stringifyJson } from '../formats/jsonl.ts';
import { InputError } from '../platform/errors.ts';
import { basename } from '../platform/files.ts';
import { choiceAccuracy, choiceAnswers } from '../rewards/choice.ts';
import { formatReward } from '../rewards/format.ts';
import { isTestFile } from './questions.ts';
import { defineTask, type LoadedTask, type Task, type TaskContext, type TaskRow } from './task.ts';

const letters = 'ABCDEFGHIJ';
const largestHeldOut = 512;
const instruction =
  'Think first, within <think> </think>. Then give the answer, the letter of the right choice, within <answer> </answer>.';

const gpqa = ['Question', 'Correct Answer', 'Incorrect Answer 1', 'Incorrect Answer 2', 'Incorrect Answer 3'];

/**
 * Multiple choice as a task. `answer` is a letter, the choice's text, or its place counted from 0. Held out: the split `test` of a directory
 * or data set, all of a file that is a test set by its name; else a tenth of the questions, at most 512, drawn by the seed. A question on both sides is dropped from training. GPQA's choices are put in an order that the seed decides.
 */
export function multipleChoiceTask(name: string): Task {
  return defineTask({
    name,
    load: (context) => load(name, context),
    rewards: { accuracy: choiceAccuracy('answer', 'choices'), format: formatReward },
    weights: { accuracy: 1, format: 0.2 },
    accuracy: 'accuracy',
    answers: choiceAnswers('choices'),
  });
}

async function load(name: string, { data, columns, seed }: TaskContext): Promise<LoadedTask> {
  if (data === undefined)
    throw new InputError(
      `the task ${name} needs data: rows with the columns question, choices and answer (data=PATH, or a name on the hub)`,
    );
  const read = (split: string): Promise<TaskRow[]> => readChoices(data, { split, columns }, seed);
  const rows = await read('train');
  if (await isTestFile(data)) return { train: [], heldOut: rows };
  const key = (row: TaskRow) => `${row.question}\n${(row.choices as string[]).join('\n')}`.replace(/\s+/g, ' ').toLowerCase();
  let heldOut: TaskRow[];
  if (await hasSplit(data, 'test')) heldOut = await read('test');
  else
    heldOut = stream(seed, name, 'held out')
      .shuffle([...rows])
      .slice(0, Math.min(largestHeldOut, Math.ceil(rows.length / 10)));
  const known = new Set(heldOut.map(key));
  const train = rows.filter((row) => !known.has(key(row)));
  if (train.length === 0)
    throw new InputError(`${data}: no row is left to train on: ${rows.length} were read, and all of their questions are held out`);
  return { train, heldOut };
}

/** The rows of one split as the task's. @param seed of the order of GPQA's choices @throws InputError as `readRows`, and for a row that is no multiple choice */
export async function readChoices(data: string, options: ReadOptions, seed: number): Promise<TaskRow[]> {
  if (!(await hasColumn(data, options.split ?? 'train', gpqa[1])))
    return (await readRows(data, ['question', 'choices', 'answer'], options)).map(taskRow);
  return (await readRows(data, gpqa, options)).map((row) => taskRow(gpqaRow(row, seed)));
}

async function hasColumn(data: string, split: string, column: string): Promise<boolean> {
  for await (const { row } of streamRows(data, split)) return Object.hasOwn(row, column);
  return false;
}

/** GPQA's columns as those of the others. */
function gpqaRow(read: DataRow, seed: number): DataRow {
  const [question, ...answers] = gpqa.map((column) => String(read.row[column]).trim());
  const choices = stream(seed, 'choices', question).shuffle([...answers]);
  return { ...read, row: { ...read.row, question, choices, answer: choices.indexOf(answers[0]) } };
}

function taskRow({ file, line, place, row }: DataRow): TaskRow {
  const { choices, answer } = row;
  if (!Array.isArray(choices) || choices.length < 2 || choices.length > letters.length)
    throw new InputError(`${place}: "choices" must be a list of two to ten; found ${stringifyJson(choices)}`);
  const texts = choices.map(String);
  const right = placeOf(answer, texts);
  if (right === undefined)
    throw new InputError(
      `${place}: "answer" must be a letter of the ${texts.length} choices, one of their texts, or a place counted from 0; found ${stringifyJson(answer)}`,
    );
  const listed = texts.map((text, i) => `(${letters[i]}) ${text}`).join('\n');
  return {
    ...row,
    id: `${basename(file)}:${line}`,
    prompt: [{ role: 'user', content: `${String(row.question).trim()}\n${listed}\n${instruction}` }],
    choices: texts,
    answer: letters[right],
    domain: 'multiple-choice',
  };
}

function placeOf(answer: unknown, texts: readonly string[]): number | undefined {
  const text = String(answer).trim();
  const ways = [text.length === 1 ? letters.indexOf(text.toUpperCase()) : -1, /^\d$/.test(text) ? Number(text) : -1];
  // A text that is one of the choices means that one, whatever else it may mean; a number is always a place.
  if (typeof answer === 'string') ways.unshift(texts.indexOf(text));
  return ways.find((at) => at >= 0 && at < texts.length);
}
