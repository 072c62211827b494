// A reward model as a reward: its score of a response is the reward, as it is. The paper adds it to the format reward; over a group of
// responses GRPO takes mean and spread off.
import type { ScoringClient } from '../engine/engine.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { judgedText, type Sees, scoredAtEnd } from './judgedText.ts';
import { NoVerdict } from './preference.ts';
import type { RewardFunction } from './reward.ts';

/** A reward model that is open. */
export interface RewardModel {
  scorer: Pick<ScoringClient, 'score'>;
  tokenizer: Tokenizer;
  /** Prompt and response together, tokens. */
  maxContext: number;
}

/**
 * The score at the end token of what the model reads (judgedText.ts). A response whose thought never ends has an empty summary, and gets
 * the score of one: else not to answer would be a way out of a low score. So would be not to fit the model: no text is cut, or goes without.
 * @param open is called when the first response is to be judged
 * @throws NoVerdict where a text is longer than the model's context
 */
export function rewardModelReward(open: () => Promise<RewardModel>, sees: Sees): RewardFunction {
  return async ({ prompts, completions }) => {
    const { scorer, tokenizer, maxContext } = await open();
    const texts = completions.map((completion, i) => judgedText(tokenizer, prompts[i], completion, sees));
    for (const { length } of texts)
      if (length > maxContext)
        throw new NoVerdict(`prompt and response have ${length} tokens to the reward model, which reads ${maxContext} at most`);
    // The same text is read once: else its scores may differ in their last bits, and a group of nothing but it would seem to have signal.
    const different = new Map(texts.map((ids) => [ids.join(' '), ids]));
    const scores = await scorer.score([...different.values()].map(scoredAtEnd));
    const scoreOf = new Map([...different.keys()].map((text, i) => [text, scores[i]]));
    return texts.map((ids) => scoreOf.get(ids.join(' ')) as number);
  };
}
