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
import { openModelText, type Prompt } from './prompts.ts';
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
        const has = Object.hasOwn(models, name) || rewardNames(part.task).includes(name);
        return has && isFor(weighed, part.name);
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
 * model is not asked. Of mixed tasks those alone that it is given to are judged without it: another's own reward of that name counts.
 */
export function taskAt(task: Task, given: Given, step: number): Task {
  const later = Object.entries(given).filter(([, weighed]) => beginning(weighed) > step);
  if (later.length === 0) return task;
  const reduced = (whole: Task, those: typeof later): Task => {
    const unasked = those.filter(([, weighed]) => isModel(weighed));
    return { ...whole, rewards: without(whole.rewards, unasked), weights: without(whole.weights, those) };
  };
  if (!isMixed(task)) return reduced(task, later);
  return mixTasks(
    task.parts.map((part) => ({
      ...part,
      task: reduced(
        part.task,
        later.filter(([, weighed]) => isFor(weighed, part.name)),
      ),
    })),
  );
}

/** The steps at which rewards or tasks begin to count, after the first. */
export function beginnings(task: Task, given: Given): number[] {
  const all = [...Object.values(given).map(beginning), ...(isMixed(task) ? task.parts.map(({ from }) => from) : [])];
  return [...new Set(all)].filter((from) => from > 0);
}

/** A reward model among a stage's rewards. */
interface NamedModel {
  name: string;
  dir: string;
  /** Prompt and response together, tokens. */
  maxContext: number;
}

/**
 * The reward models among the rewards, each opened when it is first asked and put among `opened`.
 * @param date of templates that write it: when the run was begun, as in the stage that trained the model
 * @throws InputError where there is none
 */
export async function rewardModels(
  given: Given,
  engine: Engine,
  opened: Closable[],
  where: string,
  date?: string,
): Promise<{ rewards: Record<string, RewardFunction>; models: NamedModel[] }> {
  const rewards: Record<string, RewardFunction> = {};
  const models: NamedModel[] = [];
  for (const [name, weighed] of Object.entries(given)) {
    if (typeof weighed === 'number' || weighed.model === undefined || weighed.sees === undefined) continue;
    const dir = await resolveModel(weighed.model).catch((error) => {
      throw error instanceof InputError ? new InputError(`${where}.${name}.${error.message}`) : error;
    });
    const text = await openModelText(dir, date);
    models.push({ name, dir, maxContext: text.maxContext });
    rewards[name] = rewardModelReward(
      once(async (): Promise<RewardModel> => {
        const scorer = await engine.createScorer({ model: dir });
        opened.push(scorer);
        return { scorer, ...text };
      }),
      weighed.sees,
    );
  }
  return { rewards, models };
}

/** @throws InputError where a response of `maxTokens` and its end token would not fit into the context of a reward model that judges it */
export function requireRewardModelRoom(
  models: readonly NamedModel[],
  given: Given,
  prompts: readonly Prompt[],
  maxTokens: number,
  where: string,
): void {
  for (const { name, maxContext } of models) {
    const judged = prompts.filter(({ row }) => isFor(given[name], String(row.task)));
    const longest = judged.reduce((most, { tokens }) => Math.max(most, tokens.length), 0);
    if (longest + maxTokens >= maxContext)
      throw new InputError(
        `${where}.${name}: the reward model reads ${maxContext} tokens at most; a prompt has ${longest}, maxTokens is ${maxTokens}, and an end token follows: lower maxTokens, or leave long prompts out`,
      );
  }
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

/** Whether it judges the responses to that one of several tasks. */
function isFor(weighed: Given[string], task: string): boolean {
  return typeof weighed === 'number' || (weighed.tasks?.includes(task) ?? true);
}

function isModel(weighed: Given[string]): boolean {
  return typeof weighed !== 'number' && weighed.model !== undefined;
}

function without<T>(record: Readonly<Record<string, T>>, rewards: readonly [name: string, unknown][]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !rewards.some(([one]) => one === name)));
}
