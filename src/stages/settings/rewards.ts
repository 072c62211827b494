// The rewards of an RL stage: weights by name, from when and for whose responses they count, and reward models among them.
import { z } from 'zod';
import { commonRewardOptions, type RewardOptions } from '../../rewards/common.ts';
import { isLanguage } from '../../rewards/language/scripts.ts';
import type { MixedTasks } from './tasks.ts';

/** A reward's weight; or with options, of which some are those of single rewards. */
const rewardWeight = z.union([
  z.number(),
  z.strictObject({
    weight: z.number(),
    from: z.int().min(0).optional().describe('steps before which it does not count; a reward model is not asked before'),
    tasks: z.array(z.string()).min(1).optional().describe('of several tasks those whose responses it judges; by default all'),
    model: z.string().min(1).optional().describe('$stage or a directory: it is a reward model, and its score is the reward'),
    sees: z
      .enum(['summary', 'response'])
      .optional()
      .describe('of a reward model: what follows the thinking, or all of the response; as it was trained'),
    language: z
      .string()
      .refine(isLanguage, 'must be the code of a language, such as en, zh or fr')
      .optional()
      .describe("of the reward language: the target, by default the row's column `language` or the prompt's own"),
    n: z.int().min(1).optional().describe('of the reward repetition: words in an n-gram'),
  }),
]);

export type RewardSettings = Record<string, z.output<typeof rewardWeight>>;

export const rewards = z
  .record(z.string(), rewardWeight)
  .default({})
  .describe(
    "weight of each reward, by name: the task's own (those not named keep the task's weight), format, tag_count, language, length, repetition, or a reward model by a name of yours",
  );

/** What makes no sense of a stage's rewards. */
export function checkRewards(
  { rewards, tasks, steps }: { rewards: RewardSettings; tasks?: MixedTasks; steps: number },
  context: z.core.$RefinementCtx,
): void {
  for (const [name, weighed] of Object.entries(rewards)) {
    if (typeof weighed === 'number') continue;
    const problem = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: ['rewards', name, ...path], message });
    const { weight: _, from = 0, tasks: judged = [], model, sees, ...options } = weighed;
    if (from >= steps) problem(['from'], `${from} must be less than steps (${steps}): the reward would never count`);
    for (const [i, task] of judged.entries())
      if (tasks === undefined) problem(['tasks'], 'has no effect where the stage has one task: take it out');
      else if (!Object.hasOwn(tasks, task)) problem(['tasks', i], `"${task}" is none of the tasks ${Object.keys(tasks).join(', ')}`);
    if (model !== undefined && sees === undefined)
      problem(['sees'], 'is missing: summary or response, whichever the reward model was trained on');
    if (model === undefined && sees !== undefined) problem(['sees'], 'is an option of reward models: name one (model), or take it out');
    if (model !== undefined && Object.hasOwn(commonRewardOptions, name))
      problem(['model'], `the reward ${name} is checked by rule: give the reward model another name`);
    for (const option of Object.keys(options))
      if (model !== undefined || !commonRewardOptions[name]?.includes(option as keyof RewardOptions))
        problem([option], `is no option of the reward ${name}: take it out`);
  }
}
