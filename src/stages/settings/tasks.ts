// Several tasks in one stage: `tasks: { lab: 3, math: { weight: 1, from: 40, data: ..., columns: ... } }`.
import { z } from 'zod';
import { positive } from './shared.ts';

/** In messages, rows' ids and metrics a name stands beside others. */
const partName = z.string().regex(/^[\w.-]+$/, 'must be letters, digits, "_", "-" and "."; the path of a file goes into `task`');

const part = z.strictObject({
  weight: positive('its share of the prompts, relative to the others'),
  from: z.int().min(0).default(0).describe('steps before which it has no prompts'),
  task: z.string().min(1).optional().describe('a built-in task, or the path of a file that defines one; by default the name'),
  data: z.string().min(1).optional().describe("by default the stage's"),
  columns: z.record(z.string(), z.string().min(1)).optional().describe('what its data calls the columns that it asks for'),
});

/** By name: a share of the prompts, or that with options. */
export const mixedTasks = z
  .record(partName, z.union([positive('its share of the prompts, relative to the others'), part]))
  .refine((tasks) => Object.keys(tasks).length > 0, 'must name at least one task')
  .transform((tasks) =>
    Object.fromEntries(
      Object.entries(tasks).map(([name, given]) => {
        const whole = typeof given === 'number' ? { weight: given, from: 0 } : given;
        return [name, { ...whole, task: whole.task ?? name }];
      }),
    ),
  )
  .describe('instead of task: several, and how often the prompts are of each');

export type MixedTasks = z.output<typeof mixedTasks>;

/** What makes no sense of a stage's tasks. */
export function checkTasks(
  { task, tasks, prompts, steps }: { task?: string; tasks?: MixedTasks; prompts?: string; steps: number },
  context: z.core.$RefinementCtx,
): void {
  if (tasks === undefined) return;
  const problem = (path: string[], message: string): void => context.addIssue({ code: 'custom', path: ['tasks', ...path], message });
  if (task !== undefined) problem([], 'cannot be given with task: take one of them out');
  if (prompts !== undefined) problem([], 'cannot be given with prompts, which were chosen from one task: take one of them out');
  if (Object.values(tasks).every(({ from }) => from > 0))
    problem([], 'has no task that begins at step 0: there is nothing to train on until then');
  for (const [name, { from }] of Object.entries(tasks))
    if (from >= steps) problem([name, 'from'], `${from} must be less than steps (${steps}): the task would never begin`);
}
