// What tasks of questions with an answer share: their prompts, and which of their rows are held out.
import { stream } from '../algorithms/random.ts';
import { hasSplit } from '../datasets/files.ts';
import type { DataRow } from '../datasets/rows.ts';
import { InputError } from '../platform/errors.ts';
import { basename, dirname, isFile, join } from '../platform/files.ts';
import type { LoadedTask, TaskRow } from './task.ts';

const largestHeldOut = 512;

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

/** 'chat': messages for the model's chat template; 'r1-zero': R1-Zero's prompt as raw text, for a base model. */
export type QuestionTemplate = 'chat' | 'r1-zero';

/** The question as the template has it; in a chat with the instruction behind it. */
export function questionPrompt(template: QuestionTemplate, question: string, instruction: string): TaskRow['prompt'] {
  return template === 'r1-zero' ? r1ZeroPrompt(question) : [{ role: 'user', content: `${question}\n${instruction}` }];
}

/** Words of one who thinks again. */
export const reflectionWords = ['wait', 'no', 'wrong', 'again', 'but', 'check', 'mistake', 'however', 'verify'];

/** A row of the data as the task's: its place is its id, its file's name its domain. */
export function questionRow(data: string, prompt: TaskRow['prompt'], { file, line, row }: DataRow): TaskRow {
  return {
    ...row,
    id: `${basename(file)}:${line}`,
    prompt,
    domain: basename(data).replace(/[._-]?(?:train|test)?\.\w+$/, '') || 'questions',
  };
}

/** Reads the data that is named, or those on the hub where none is; why the latter cannot be read is said with how to name others. */
export async function namedOr<T>(onHub: string, data: string | undefined, read: (data: string) => Promise<T>): Promise<T> {
  if (data !== undefined) return read(data);
  try {
    return await read(onHub);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${error.message}. (No data is named, so it is ${onHub}; data=PATH, or --data PATH, names a copy)`);
  }
}

/** x_test.jsonl, test-00000-of-00001.parquet: of sets whose test split nobody trains on all of it is held out. */
export async function isTestFile(data: string): Promise<boolean> {
  return /(?:^|[^a-z])test(?:[^a-z]|$)/i.test(basename(data)) && (await isFile(data));
}

/** Where the rows that are held out would lie: x_test.jsonl beside x_train.jsonl; undefined where the name says nothing of the kind. */
export function testFileBeside(data: string): string | undefined {
  const beside = join(dirname(data), basename(data).replace(/train(?=\.\w+$)/, 'test'));
  return beside === join(data) ? undefined : beside;
}

/**
 * The rows to train on and those held out: x_test.jsonl where that lies beside x_train.jsonl, the split `test` of a directory or data
 * set; else a tenth of the rows, at most 512, drawn by the seed. A training row whose question is held out too is dropped.
 * @param column the one with the question, text or messages.
 * @param task names the draw.
 * @throws InputError where no row is left to train on.
 */
export async function withHeldOut(
  { data, seed, task, column }: { data: string; seed: number; task: string; column: string },
  read: (path: string, split?: string) => Promise<TaskRow[]>,
): Promise<LoadedTask> {
  const rows = await read(data);
  const beside = testFileBeside(data);
  let heldOut: TaskRow[];
  if (beside !== undefined && (await isFile(beside))) heldOut = await read(beside);
  else if (await hasSplit(data, 'test')) heldOut = await read(data, 'test');
  else {
    const shuffled = stream(seed, task, 'held out').shuffle([...rows]);
    heldOut = shuffled.slice(0, Math.min(largestHeldOut, Math.ceil(rows.length / 10)));
  }
  const keyOf = ({ [column]: question }: TaskRow): string =>
    (typeof question === 'object' ? JSON.stringify(question) : String(question)).replace(/\s+/g, ' ').trim().toLowerCase();
  const known = new Set(heldOut.map(keyOf));
  const train = rows.filter((row) => !known.has(keyOf(row)));
  if (train.length === 0)
    throw new InputError(`${data}: no row is left to train on: ${rows.length} were read, and all of their questions are held out`);
  return { train, heldOut };
}
