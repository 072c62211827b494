// A reward model as a reward: its score of a response is the reward, as it is. The paper adds it to the format reward; over a group of
// responses GRPO takes mean and spread off.
import type { ScoringClient } from '../engine/engine.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { judgedText, type Sees } from './judgedText.ts';
import type { RewardFunction } from './reward.ts';

/** A reward model that is open. */
export interface RewardModel {
  scorer: Pick<ScoringClient, 'score'>;
  tokenizer: Tokenizer;
  /** Prompt and response together, tokens. */
  maxContext: number;
}

/**
 * The score at the end token of what the model reads (judgedText.ts). null where that does not fit its context: nothing is ever cut. A
 * response whose thought never ends has an empty summary, and gets the score of one: else not to answer would be a way out of a low score.
 * @param open is called when the first response is to be judged
 */
export function rewardModelReward(open: () => Promise<RewardModel>, sees: Sees): RewardFunction {
  return async ({ prompts, completions }) => {
    const { scorer, tokenizer, maxContext } = await open();
    const texts = completions.map((completion, i) => judgedText(tokenizer, prompts[i], completion, sees));
    // The same text is read once: else its scores may differ in their last bits, and a group of nothing but it would seem to have signal.
    const different = new Map(texts.filter(({ length }) => length <= maxContext).map((ids) => [ids.join(' '), ids]));
    const scores = different.size === 0 ? [] : await scorer.score([...different.values()].map(scoredAtEnd));
    const scoreOf = new Map([...different.keys()].map((text, i) => [text, scores[i]]));
    return texts.map((ids) => scoreOf.get(ids.join(' ')) ?? null);
  };
}

function scoredAtEnd(ids: Int32Array): { tokens: Int32Array; targets: Int32Array; weights: Float32Array } {
  const weights = new Float32Array(ids.length);
  weights[ids.length - 1] = 1;
  return { tokens: ids, targets: ids, weights };
}
