// Rewards that a recipe may give to any task by name, beside the task's own: `rewards: { language: 0.5, repetition: { weight: 0.2, n: 4 } }`.
import { didYouMean } from '../algorithms/nearest.ts';
import { InputError } from '../platform/errors.ts';
import { formatReward } from './format.ts';
import { languageConsistency } from './language/consistency.ts';
import { lengthReward } from './length.ts';
import { repetitionPenalty } from './repetition.ts';
import type { RewardFunction } from './reward.ts';
import { tagCountReward } from './tagCount.ts';

export interface RewardOptions {
  /** Of `language`: the target, by default the row's or its prompt's. */
  language?: string;
  /** Of `repetition`: words in an n-gram, by default 3. */
  n?: number;
}

/** A reward's weight in a recipe; or with options. */
export type Weighed = number | ({ weight: number } & RewardOptions);

interface Rewarded {
  name: string;
  rewards: Record<string, RewardFunction>;
  weights: Record<string, number>;
  /** Absent where no rule tells right from wrong. */
  accuracy?: string;
}

const common: Record<string, (options: RewardOptions, task: Rewarded) => RewardFunction> = {
  format: () => formatReward,
  tag_count: () => tagCountReward,
  language: ({ language }) => languageConsistency(language),
  length: (_, { rewards, accuracy = '' }) => lengthReward(rewards[accuracy]),
  repetition: ({ n = 3 }) => repetitionPenalty(n, 1),
};

/** Which options each of them takes. */
export const commonRewardOptions: Record<string, readonly (keyof RewardOptions)[]> = {
  ...Object.fromEntries(Object.keys(common).map((name) => [name, []])),
  language: ['language'],
  repetition: ['n'],
};

/**
 * The task with the rewards that a recipe names, and the weights that it gives them. A reward of the task's own wins over a common one.
 * @param where the recipe's field, for messages.
 * @throws InputError for a reward that neither has, and for options of one of the task's own.
 */
export function withRewards<T extends Rewarded>(
  task: T,
  given: Readonly<Record<string, Weighed>>,
  where: string,
): T & Pick<Rewarded, 'rewards'> {
  const rewards = { ...task.rewards };
  const weights = { ...task.weights };
  for (const [name, weighed] of Object.entries(given)) {
    const { weight, ...options } = typeof weighed === 'number' ? { weight: weighed } : weighed;
    weights[name] = weight;
    if (Object.hasOwn(task.rewards, name)) {
      if (Object.keys(options).length > 0)
        throw new InputError(
          `${where}.${name}: the task ${task.name} has a reward "${name}" of its own, which takes no options but its weight`,
        );
    } else if (name === 'length' && task.accuracy === undefined)
      throw new InputError(
        `${where}.length: it shortens right responses, and the task ${task.name} has no accuracy that tells which those are: take it out`,
      );
    else if (Object.hasOwn(common, name)) rewards[name] = common[name](options, task);
    else {
      const all = rewardNames(task);
      throw new InputError(`${where}: the task ${task.name} has no reward "${name}", nor is it a common one${didYouMean(name, all)}`);
    }
  }
  return { ...task, rewards, weights };
}

/** All rewards that a recipe may weigh. */
export function rewardNames({ rewards, accuracy }: Pick<Rewarded, 'rewards' | 'accuracy'>): string[] {
  const applicable = Object.keys(common).filter((name) => name !== 'length' || accuracy !== undefined);
  return [...new Set([...Object.keys(rewards), ...applicable])];
}
