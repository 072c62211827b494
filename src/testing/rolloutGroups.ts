// Groups of judged responses for tests of what is made of them: prompts and responses as ids, rewards by hand.

import { groupAdvantages, groupStatistics } from '../algorithms/advantages.ts';
import type { Sample } from '../engine/engine.ts';
import type { Group } from '../stages/rollout.ts';
import { type RlSettings, rlSchema } from '../stages/settings.ts';

/** Settings as a recipe's stage would have them. */
export function rlSettings(given: Record<string, unknown> = {}): RlSettings {
  return rlSchema.parse({ kind: 'rl', steps: 10, groupSize: 2, promptsPerStep: 1, maxTokens: 8, ...given });
}

export interface Response {
  tokens: readonly number[];
  reward: number | null;
  stopReason?: Sample['stopReason'];
  /** What the sampler said; by default -1 for every token. */
  logprobs?: readonly number[];
  rewards?: Record<string, number | null>;
  text?: string;
}

/** A group as a rollout makes it, its advantages from its rewards. */
export function groupOf(prompt: readonly number[], responses: readonly Response[], kind: 'grpo' | 'dr_grpo' = 'grpo'): Group {
  const totals = responses.map(({ reward }) => reward);
  const advantages = groupAdvantages(totals, kind);
  return {
    prompt: { row: { id: `prompt ${prompt.join(' ')}`, prompt: 'p' }, tokens: Int32Array.from(prompt) },
    equal: groupStatistics(totals).equal,
    completions: responses.map(({ tokens, reward, stopReason = 'stop', logprobs = tokens.map(() => -1), rewards, text = '' }, i) => ({
      sample: { tokens: Int32Array.from(tokens), logprobs: Float32Array.from(logprobs), stopReason, version: 0, text },
      rewards: rewards ?? { accuracy: reward },
      reward,
      advantage: advantages[i],
    })),
  };
}
