// The task of an RL stage: the recipe's, or several mixed, with the rewards and weights that the stage gives, reward models among them,
// and with those alone that count at a step.

import { didYouMean } from '../algorithms/nearest.ts';
import type { Engine } from '../engine/engine.ts';
import { InputError } from '../platform/errors.ts';
import { rewardNames, type Weighed, withRewards } from '../rewards/common.ts';
import type { RewardFunction } from '../rewards/reward.ts';
import { type RewardModel, rewardModelReward } from '../rewards/rewardModel.ts';
import { isMixed, mixTasks } from '../tasks/mixed.ts';
import type { Task } from '../tasks/task.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import type { Closable } from './context.ts';
import { openModelText } from './prompts.ts';
import type { RewardSettings } from './settings/rewards.ts';

type Given = Readonly<RewardSettings>;

/**
 * The task with all of the stage's rewards; of mixed tasks each part with those that it has or is given.
 * @param where the recipe's field, for messages
 * @param models a reward function for each reward that is a model
 * @throws InputError for a reward that there is not
 */
export function rewardedTask(task: Task, given: Given, where: string, models: Readonly<Record<string, RewardFunction>>): Task {
  if (!isMixed(task)) return rewarded(task, given, where, models);
  for (const name of Object.keys(given)) {
    const known = [...new Set(task.parts.flatMap((part) => rewardNames(part.task)))];
    if (!Object.hasOwn(models, name) && !known.includes(name))
      throw new InputError(
        `${where}: none of the tasks ${task.name} has a reward "${name}", nor is it a common one${didYouMean(name, known)}`,
      );
  }
  return mixTasks(
    task.parts.map((part) => {
      const own = Object.entries(given).filter(([name, weighed]) => {
        const tasks = typeof weighed === 'number' ? undefined : weighed.tasks;
        const has = Object.hasOwn(models, name) || rewardNames(part.task).includes(name);
        return has && (tasks?.includes(part.name) ?? true);
      });
      return { ...part, task: rewarded(part.task, Object.fromEntries(own), where, models) };
    }),
  );
}

function rewarded(task: Task, given: Given, where: string, models: Readonly<Record<string, RewardFunction>>): Task {
  const byRule: Record<string, Weighed> = {};
  const byModel: Record<string, number> = {};
  for (const [name, weighed] of Object.entries(given)) {
    const { weight, language, n } = typeof weighed === 'number' ? { weight: weighed } : weighed;
    if (!Object.hasOwn(models, name)) byRule[name] = { weight, ...(language && { language }), ...(n && { n }) };
    else if (Object.hasOwn(task.rewards, name))
      throw new InputError(`${where}.${name}: the task ${task.name} has a reward of that name: give the reward model another`);
    else byModel[name] = weight;
  }
  const ruled = withRewards(task, byRule, where);
  const scoring = Object.fromEntries(Object.keys(byModel).map((name) => [name, models[name]]));
  return { ...ruled, rewards: { ...ruled.rewards, ...scoring }, weights: { ...ruled.weights, ...byModel } };
}

/**
 * The task as it is judged after `step` steps: a reward that begins later has no weight yet (it is told of all the same), and a reward
 * model is not asked.
 */
export function taskAt(task: Task, given: Given, step: number): Task {
  const later = Object.entries(given).flatMap(([name, weighed]) => (beginning(weighed) > step ? [name] : []));
  if (later.length === 0) return task;
  const unasked = later.filter((name) => isModel(given[name]));
  const reduced = (whole: Task): Task => ({ ...whole, rewards: without(whole.rewards, unasked), weights: without(whole.weights, later) });
  const { partOf } = task;
  return { ...reduced(task), ...(partOf && { partOf: (row) => reduced(partOf(row)) }) };
}

/** The steps at which rewards or tasks begin to count, after the first. */
export function beginnings(task: Task, given: Given): number[] {
  const all = [...Object.values(given).map(beginning), ...(isMixed(task) ? task.parts.map(({ from }) => from) : [])];
  return [...new Set(all)].filter((from) => from > 0);
}

/** The reward models among the rewards, each opened when it is first asked and put among `opened`. @throws InputError where there is none */
export async function rewardModels(
  given: Given,
  engine: Engine,
  opened: Closable[],
  where: string,
): Promise<{ rewards: Record<string, RewardFunction>; dirs: string[] }> {
  const rewards: Record<string, RewardFunction> = {};
  const dirs: string[] = [];
  for (const [name, weighed] of Object.entries(given)) {
    if (typeof weighed === 'number' || weighed.model === undefined || weighed.sees === undefined) continue;
    const model = await resolveModel(weighed.model).catch((error) => {
      throw error instanceof InputError ? new InputError(`${where}.${name}.${error.message}`) : error;
    });
    dirs.push(model);
    rewards[name] = rewardModelReward(
      once(async (): Promise<RewardModel> => {
        const scorer = await engine.createScorer({ model });
        opened.push(scorer);
        return { scorer, ...(await openModelText(model)) };
      }),
      weighed.sees,
    );
  }
  return { rewards, dirs };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function beginning(weighed: Given[string]): number {
  return typeof weighed === 'number' ? 0 : (weighed.from ?? 0);
}

function isModel(weighed: Given[string]): boolean {
  return typeof weighed !== 'number' && weighed.model !== undefined;
}

function without<T>(record: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
