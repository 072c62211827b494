// A task's rows as a stage trains on them: without those that it was told to keep away from, and without those that nobody can judge.

import { InputError } from '../platform/errors.ts';
import type { LoadedTask, Task, TaskRow } from '../tasks/task.ts';
import type { TaskContext } from './context.ts';
import { Decontamination } from './decontamination.ts';

/** The rows of the context's task; what is left out of the training rows, and what of the held-out ones cannot be judged, is said. @throws InputError */
export async function loadTaskRows(context: TaskContext): Promise<LoadedTask> {
  const { name, task, data, columns, seed, report } = context;
  const { train, heldOut } = await task.load({ data, columns, seed });
  for (const message of unreadGolds(task, { train, heldOut })) report({ type: 'warning', stage: name, message });
  const decontamination = context.decontaminate && (await Decontamination.open(context.decontaminate));
  const judged = train.filter((row) => hasGold(task, row));
  const clean = decontamination ? judged.filter((row) => decontamination.isClean(row.id, row)) : judged;
  await decontamination?.tell(context);
  return { train: clean, heldOut };
}

/** @param what the stage, and what it does by the accuracy. @throws InputError where the task has none */
export function requireAccuracy({ name, accuracy }: Pick<Task, 'name' | 'accuracy'>, what: string): void {
  if (accuracy === undefined)
    throw new InputError(`${what}, which no rule tells of the task ${name}: it has no accuracy. Give the stage another task`);
}

/** What cannot be judged of a task's rows, in words; nothing where all can. */
export function unreadGolds(task: Task, { train, heldOut }: LoadedTask): string[] {
  const line = (rows: readonly TaskRow[], what: string, so: string): string[] => {
    const unread = rows.filter((row) => !hasGold(task, row));
    return unread.length === 0
      ? []
      : [`${unread.length} of ${rows.length} golds ${what} cannot be read (the first is that of ${unread[0].id}): ${so}`];
  };
  return [
    ...line(train, 'to train on', 'their rows take no part'),
    ...line(heldOut, 'held out', 'their problems are unjudged, and count in no pass@k'),
  ];
}

function hasGold(task: Task, row: TaskRow): boolean {
  return task.hasGold?.(row) ?? true;
}
