// The reward that an environment gives turn by turn, as one of a task's rewards.
import type { RewardFunction } from './reward.ts';

/** The sum of what the environment gave for the model's turns; null for a response to which it gave nothing. */
export const turnReward: RewardFunction = ({ completions, turns }) =>
  completions.map((_, i) => {
    const given = (turns?.[i] ?? []).flatMap(({ reward }) => reward ?? []);
    return given.length === 0 ? null : given.reduce((sum, reward) => sum + reward, 0);
  });
