// The guard against reward hacking: when a run whose reward rises while a held-out measure falls is stopped.
import { z } from 'zod';
import { count, positive } from './shared.ts';
import type { MixedTasks } from './tasks.ts';

export const guard = z
  .strictObject({
    measure: z.string().min(1).default('accuracy').describe("accuracy, or one of the task's measures: what must not fall"),
    task: z.string().min(1).optional().describe('of several tasks the one whose held-out problems are looked at; by default all'),
    drop: positive('how far below its best the measure may fall').default(0.05),
    looks: count('looks in a row that must be so').default(2),
  })
  .describe(
    'against reward hacking: the stage ends where the reward has risen and the measure has fallen by more than `drop` below its best for `looks` looks in a row, and hands on the checkpoint of the best',
  );

export type GuardSettings = z.output<typeof guard>;

/** What makes no sense of a stage's guard. */
export function checkGuard(
  { guard, evalEvery, tasks }: { guard?: GuardSettings; evalEvery: number; tasks?: MixedTasks },
  context: z.core.$RefinementCtx,
): void {
  if (guard === undefined) return;
  const problem = (path: string[], message: string): void => context.addIssue({ code: 'custom', path: ['guard', ...path], message });
  if (evalEvery === 0) problem([], 'has nothing to go by where evalEvery is 0: it looks when held-out problems are looked at');
  if (guard.task !== undefined && tasks === undefined) problem(['task'], 'has no effect where the stage has one task: take it out');
  else if (guard.task !== undefined && !Object.hasOwn(tasks ?? {}, guard.task))
    problem(['task'], `"${guard.task}" is none of the tasks ${Object.keys(tasks ?? {}).join(', ')}`);
}
