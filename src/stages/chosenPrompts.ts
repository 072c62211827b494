// Training on the prompts that a selection has chosen: those rows alone, and only as they were when they were chosen.

import { InputError } from '../platform/errors.ts';
import type { TaskRow } from '../tasks/task.ts';
import type { TaskContext } from './context.ts';
import { type Prompt, promptFingerprint } from './prompts.ts';

/** @throws InputError where the data no longer has a row that the selection chose */
export function chosenRows(train: readonly TaskRow[], context: TaskContext): readonly TaskRow[] {
  const { chosen } = context;
  if (chosen === undefined) return train;
  const rows = train.filter(({ id }) => Object.hasOwn(chosen, id));
  const ids = new Set(rows.map(({ id }) => id));
  const gone = Object.keys(chosen).filter((id) => !ids.has(id));
  if (gone.length > 0) throw changedSince(context, gone, 'are no longer among the training prompts');
  return rows;
}

/** @throws InputError where a chosen row is not what it was when it was chosen */
export function requireAsChosen(prompts: readonly Prompt[], context: TaskContext): void {
  const { chosen } = context;
  if (chosen === undefined) return;
  const other = prompts.filter((prompt) => promptFingerprint(prompt) !== chosen[prompt.row.id].fingerprint);
  if (other.length > 0)
    throw changedSince(
      context,
      other.map(({ row }) => row.id),
      'have another text or answer among the training prompts',
    );
}

function changedSince({ name, task, chosen = {} }: TaskContext, ids: readonly string[], how: string): InputError {
  return new InputError(
    `stages.${name}.prompts: ${ids.length} of the ${Object.keys(chosen).length} chosen prompts ${how} of ${task.name} (${ids[0]}): its data has changed since they were chosen. Put it back, or begin another run (--out)`,
  );
}
