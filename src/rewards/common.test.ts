// Rewards that a recipe adds to a task by their names.

import { describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { withRewards } from './common.ts';
import { lengthReward } from './length.ts';
import { scoreCompletions } from './mix.ts';
import type { RewardFunction } from './reward.ts';

const accuracy: RewardFunction = ({ completions }) => completions.map((text) => Number(text.includes('right')));
const own: RewardFunction = () => [7];
const task = { name: 'toy', rewards: { accuracy, format: own }, weights: { accuracy: 1, format: 0.5 }, accuracy: 'accuracy' };
const judge = (reward: RewardFunction, ...completions: string[]) =>
  reward({
    prompts: completions.map(() => 'How many?'),
    completions,
    rows: completions.map(() => ({ id: 'r', prompt: 'How many?' })),
  });

describe('withRewards', () => {
  it("keeps the task's own rewards and weights where nothing is said of them", () => {
    expect(withRewards(task, {}, 'rewards')).toEqual(task);
    expect(withRewards(task, { accuracy: 2 }, 'rewards').weights).toEqual({ accuracy: 2, format: 0.5 });
  });

  it("a reward of the task's own wins over a common one of its name", () => {
    expect(withRewards(task, { format: 0.1 }, 'rewards').rewards.format).toBe(own);
  });

  it('adds common ones with their weights and options', async () => {
    const { rewards, weights } = withRewards(
      task,
      { tag_count: 0.1, repetition: { weight: 0.2, n: 1 }, length: -0.3, language: { weight: 0.4, language: 'zh' } },
      'rewards',
    );
    expect(weights).toEqual({ accuracy: 1, format: 0.5, tag_count: 0.1, repetition: 0.2, length: -0.3, language: 0.4 });
    expect(await judge(rewards.tag_count, '<think> x')).toEqual([0.25]);
    expect(await judge(rewards.repetition, 'a a a b')).toEqual([-0.5]);
    expect(await judge(rewards.length, 'right', 'right, I say')).toEqual([0.5, -0.5]);
    expect(await judge(rewards.language, '我想 two')).toEqual([2 / 3]);
  });

  it('length and accuracy judge a group once together', async () => {
    let calls = 0;
    const counted: RewardFunction = (input) => {
      calls++;
      return accuracy(input);
    };
    const rows = [{ id: 'r', prompt: 'p' }];
    const own = { ...task, rewards: { ...task.rewards, accuracy: counted, length: lengthReward(counted) } };
    for (const [at, each] of [{ ...task, rewards: { ...task.rewards, accuracy: counted } }, own].entries()) {
      const weighed = withRewards(each, { length: 1 }, 'rewards');
      await scoreCompletions(weighed, weighed.weights, { prompts: ['p'], completions: ['right'], rows });
      expect(calls).toBe(at + 1);
    }
  });

  it("the language is the prompt's own where none is named", async () => {
    const { rewards } = withRewards(task, { language: 1 }, 'rewards');
    expect(await judge(rewards.language, 'there are twelve of them 我想')).toEqual([5 / 7]);
  });

  it('refuses what neither has, and options of a reward that takes none', () => {
    expect(() => withRewards(task, { repitition: 1 }, 'stages.zero.rewards')).toThrow(
      'stages.zero.rewards: the task toy has no reward "repitition", nor is it a common one; did you mean "repetition"?',
    );
    expect(() => withRewards(task, { format: { weight: 1, n: 2 } }, 'r')).toThrow(InputError);
  });
});
