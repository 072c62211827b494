// Judging a problem's completions: the task's own accuracy, the same as in training, and the vote on its answers.
import { type VoteClass, voteClasses } from '../../algorithms/consensus.ts';
import { messageOf } from '../../platform/errors.ts';
import { scoreCompletions } from '../../rewards/mix.ts';
import type { Task, TaskRow } from '../../tasks/task.ts';
import type { Completion } from './completions.ts';

export type Judged<C extends Completion> = C & {
  /** The task's accuracy: 1 is right; null where it does not apply. */
  correct: number | null;
};

/**
 * @param onError what an accuracy that throws or is not finite means: an error, or that the completion is not judged (then `errors` tells)
 * @throws RewardError
 */
export async function judge<C extends Completion>(
  task: Task,
  row: TaskRow,
  completions: readonly C[],
  onError: 'throw' | 'null' = 'throw',
): Promise<{ judged: Judged<C>[]; errors: string[] }> {
  const accuracy = { name: task.name, rewards: { [task.accuracy]: task.rewards[task.accuracy] } };
  const texts = completions.map(({ text }) => text);
  const turns = task.environment && completions.map((completion) => completion.turns ?? []);
  const input = { prompts: texts.map(() => row.prompt), completions: texts, turns, rows: texts.map(() => row) };
  const { rewards, errors } = await scoreCompletions(accuracy, {}, input, onError);
  return {
    judged: completions.map((completion, i) => ({ ...completion, correct: completion.failed ? null : rewards[task.accuracy][i] })),
    errors: errors.map(({ message }) => message),
  };
}

/** The answers of a problem's completions; undefined where the task does not tell them. */
export function answersOf(task: Task, row: TaskRow, completions: readonly Completion[]): (string | null)[] | undefined {
  const { answers } = task;
  return answers && completions.map(({ text }) => asked(task, row, 'of', () => answers.of(text, row)));
}

/** How those vote. */
export function voteOn(task: Task, row: TaskRow, given: readonly (string | null)[]): VoteClass[] {
  const { answers } = task;
  return voteClasses(given, (a, b) => (answers?.same ? asked(task, row, 'same', () => answers.same?.(a, b, row) === true) : a === b));
}

function asked<T>(task: Task, row: TaskRow, name: string, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    throw new Error(`the task ${task.name}: answers.${name} threw on ${row.id}: ${messageOf(error)}`, { cause: error });
  }
}
