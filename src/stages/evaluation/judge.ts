// Judging a problem's completions: the task's own accuracy, the same as in training, its further measures, and the vote on its
// answers.
import { type VoteClass, voteClasses } from '../../algorithms/consensus.ts';
import { messageOf } from '../../platform/errors.ts';
import { scoreCompletions } from '../../rewards/mix.ts';
import { type Task, type TaskRow, taskOf } from '../../tasks/task.ts';
import type { Completion } from './completions.ts';

export type Judged<C extends Completion> = C & {
  /** The task's accuracy: 1 is right; null where it does not apply, or the task has none. */
  correct: number | null;
  /** The task's measures by name, where it has any; null where one does not apply. */
  measures?: Record<string, number | null>;
};

/**
 * @param onError what an accuracy or a measure that throws or is not finite means: an error, or that the completion is not judged by it (then
 * `errors` tells)
 * @throws RewardError
 */
export async function judge<C extends Completion>(
  task: Task,
  row: TaskRow,
  completions: readonly C[],
  onError: 'throw' | 'null' = 'throw',
): Promise<{ judged: Judged<C>[]; errors: string[] }> {
  const { accuracy } = task;
  const scored = { name: task.name, rewards: { ...task.measures, ...(accuracy !== undefined && { [accuracy]: task.rewards[accuracy] }) } };
  const names = task.measures && Object.keys(task.measures);
  const texts = completions.map(({ text }) => text);
  const turns = taskOf(task, row).environment && completions.map((completion) => completion.turns ?? []);
  const input = { prompts: texts.map(() => row.prompt), completions: texts, turns, rows: texts.map(() => row) };
  const { rewards, errors } = await scoreCompletions(scored, {}, input, onError);
  return {
    judged: completions.map((completion, i) => {
      const value = (name: string): number | null => (completion.failed ? null : rewards[name][i]);
      const measures = names && Object.fromEntries(names.map((name) => [name, value(name)]));
      return { ...completion, correct: accuracy === undefined ? null : value(accuracy), ...(measures && { measures }) };
    }),
    errors: errors.map(({ message }) => message),
  };
}

/** The answers of a problem's completions; undefined where the task does not tell them. */
export function answersOf(task: Task, row: TaskRow, completions: readonly Completion[]): (string | null)[] | undefined {
  const { answers } = taskOf(task, row);
  return answers && completions.map(({ text }) => asked(task, row, 'of', () => answers.of(text, row)));
}

/** How those vote. */
export function voteOn(task: Task, row: TaskRow, given: readonly (string | null)[]): VoteClass[] {
  const { answers } = taskOf(task, row);
  return voteClasses(given, (a, b) => (answers?.same ? asked(task, row, 'same', () => answers.same?.(a, b, row) === true) : a === b));
}

function asked<T>(task: Task, row: TaskRow, name: string, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    throw new Error(`the task ${task.name}: answers.${name} threw on ${row.id}: ${messageOf(error)}`, { cause: error });
  }
}
