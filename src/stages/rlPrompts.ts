// What an RL stage trains on and is measured on: its prompts in parts, one a task, and held-out problems.

import { InputError } from '../platform/errors.ts';
import { isMixed } from '../tasks/mixed.ts';
import type { Task, TaskRow } from '../tasks/task.ts';
import { chosenRows, requireAsChosen } from './chosenPrompts.ts';
import type { TaskContext } from './context.ts';
import { heldOutRows } from './heldOut.ts';
import type { PromptPart } from './promptOrder.ts';
import { encodePrompts, fittingPrompts, type ModelText, type Prompt, promptsFingerprint, type Room } from './prompts.ts';
import type { RlSettings } from './settings.ts';
import { loadTaskRows } from './taskRows.ts';

export interface RlPrompts {
  parts: PromptPart[];
  /** Of all parts. */
  prompts: Prompt[];
  /** Held out; none where nothing looks at them. */
  problems: Prompt[];
  /** What was trained on: other prompts than a checkpoint's are refused. */
  fingerprint: string;
}

/** @throws InputError where there is none, one is too long and that is refused, or a selection's have changed */
export async function rlPrompts(context: TaskContext, settings: RlSettings, text: ModelText, room: Room): Promise<RlPrompts> {
  const { name, task, report } = context;
  const warn = (message: string): void => report({ type: 'warning', stage: name, message });
  const { train, heldOut } = await loadTaskRows(context);
  const parts = partsOf(task, chosenRows(train, context), (of, rows) => encodePrompts(text, { ...task, name: of }, rows, room, warn));
  const prompts = parts.flatMap((part) => part.prompts);
  requireAsChosen(prompts, context);
  const looks = settings.evalEvery > 0 || settings.beforeAfterSamples > 0;
  const fitting = looks ? fittingPrompts(text, task, heldOut, 'held-out prompts', room, warn) : [];
  const looked = new Set(
    heldOutRows(
      fitting.map(({ row }) => row),
      settings.evalProblems,
    ),
  );
  const problems = fitting.filter(({ row }) => looked.has(row));
  if (looks && problems.length === 0)
    warn(`the task ${task.name} has no held-out problems: accuracy is known on the training prompts alone`);
  const watched = settings.guard?.task;
  if (settings.guard && !problems.some(({ row }) => watched === undefined || row.task === watched))
    throw new InputError(
      `stages.${name}.guard: the task ${watched ?? task.name} has no held-out problems to look at: take the guard out, or watch another task`,
    );
  return { parts, prompts, problems, fingerprint: promptsFingerprint(prompts) };
}

/** One part a task that is mixed; one in all of any other. */
function partsOf(task: Task, rows: readonly TaskRow[], encode: (task: string, rows: readonly TaskRow[]) => Prompt[]): PromptPart[] {
  if (!isMixed(task)) return [{ name: 'prompts', weight: 1, from: 0, prompts: encode(task.name, rows) }];
  return task.parts.map(({ name, weight, from }) => {
    const own = rows.filter((row) => row.task === name);
    return { name: `prompts of ${name}`, weight, from, prompts: encode(name, own) };
  });
}
