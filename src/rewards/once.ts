// A reward's scores of an input, computed once however many ask: `length` asks for the accuracy too, and no program is run twice for it.
import type { RewardFunction, RewardInput } from './reward.ts';

const known = new WeakMap<RewardFunction, WeakMap<RewardInput, ReturnType<RewardFunction>>>();

/** What `reward(input)` gives, the same for the same function and the same input object. */
export function scoresOf(reward: RewardFunction, input: RewardInput): ReturnType<RewardFunction> {
  const ofReward = known.get(reward) ?? new WeakMap<RewardInput, ReturnType<RewardFunction>>();
  known.set(reward, ofReward);
  const scores = ofReward.get(input) ?? reward(input);
  ofReward.set(input, scores);
  return scores;
}
