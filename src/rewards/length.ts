// Kimi k1.5's length reward: among the responses to one prompt shorter ones are favoured, and long wrong ones are worse than short wrong ones.
import { scoresOf } from './once.ts';
import type { RewardFunction } from './reward.ts';

/**
 * Over the responses to the same row, lambda = 0.5 - (length - shortest) / (longest - shortest): from 0.5 for the shortest to -0.5 for the
 * longest. A right response gets lambda, a wrong one min(0, lambda); all get 0 where all are equally long (Kimi k1.5, section 2.3.3; open-r1's
 * `len_reward`). Lengths are in characters, as in open-r1. null where `accuracy` is null; such a response has no part in the others' either.
 * @param accuracy tells the right responses: those that it gives 1.
 */
export function lengthReward(accuracy: RewardFunction): RewardFunction {
  return async (input) => {
    const scores = await scoresOf(accuracy, input);
    const lengths = new Map<string, number[]>();
    for (const [i, { id }] of input.rows.entries()) {
      if (scores[i] === null) continue;
      const group = lengths.get(id) ?? [];
      group.push(input.completions[i].length);
      lengths.set(id, group);
    }
    return input.completions.map((completion, i) => {
      const score = scores[i];
      if (score === null) return null;
      const group = lengths.get(input.rows[i].id) ?? [];
      const shortest = group.reduce((a, b) => Math.min(a, b));
      const longest = group.reduce((a, b) => Math.max(a, b));
      if (longest === shortest) return 0;
      const lambda = 0.5 - (completion.length - shortest) / (longest - shortest);
      return score === 1 ? lambda : Math.min(0, lambda);
    });
  };
}
