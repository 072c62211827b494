// A reward model as a reward, over a scorer that gives a text's length and keeps what it was asked; the real one is in stages/rlMixed.test.ts.
import { describe, expect, it } from 'vitest';
import type { Datum } from '../engine/engine.ts';
import { Tokenizer } from '../formats/tokenizer.ts';
import { tinyNewModel } from '../testing/tinyModel.ts';
import { rewardModelReward } from './rewardModel.ts';

const { tokenizerFiles } = tinyNewModel();
const tokenizer = Tokenizer.fromFiles(
  { ...tokenizerFiles, tokenizerConfig: { ...tokenizerFiles.tokenizerConfig, eos_token: 'w1' } },
  { eosTokenIds: [1] },
);

function judging(sees: 'summary' | 'response', maxContext = 100) {
  const asked: Datum[] = [];
  const counts = { opened: 0 };
  const score = async (data: Datum[]) => {
    asked.push(...data);
    return data.map(({ tokens }) => tokens.length / 10);
  };
  const reward = rewardModelReward(async () => {
    counts.opened++;
    return { scorer: { score }, tokenizer, maxContext };
  }, sees);
  const judge = (...completions: string[]) =>
    reward({ prompts: completions.map(() => 'w3 w4'), completions, rows: completions.map(() => ({ id: 'r', prompt: 'w3 w4' })) });
  return { judge, asked, counts };
}

describe('rewardModelReward', () => {
  it('is the score at the end token of what the model sees of prompt and response', async () => {
    const { judge, asked, counts } = judging('summary');
    expect(counts.opened).toBe(0);
    expect(await judge('<think> w5 w6 </think> w7', 'w7 w8')).toEqual([0.4, 0.5]);
    expect(asked.map(({ tokens }) => [...tokens])).toEqual([
      [3, 4, 7, 1],
      [3, 4, 7, 8, 1],
    ]);
    expect(asked.map(({ weights }) => [...weights])).toEqual([
      [0, 0, 0, 1],
      [0, 0, 0, 0, 1],
    ]);
    expect(await judging('response').judge('<think> w5 w6 </think> w7')).toEqual([0.8]);
  });

  it('a thought without an end has the score of an empty summary: not to answer is no way out', async () => {
    const { judge, asked } = judging('summary');
    expect(await judge('<think> w5 w6')).toEqual([0.3]);
    expect([...asked[0].tokens]).toEqual([3, 4, 1]);
  });

  it('of the same text the score is the same, to the last bit', async () => {
    const { judge, asked } = judging('summary');
    // Different thoughts, one summary.
    expect(await judge('<think> w5 </think> w7', 'w7 w7', '<think> w6 </think> w7')).toEqual([0.4, 0.5, 0.4]);
    expect(asked).toHaveLength(2);
  });

  it('what does not fit the model is neither cut nor goes without a score', async () => {
    const { judge, asked } = judging('response', 5);
    expect(await judge('w5 w6')).toEqual([0.5]);
    await expect(judge('w5 w6', 'w5 w6 w7')).rejects.toThrow(
      'prompt and response have 6 tokens to the reward model, which reads 5 at most',
    );
    expect(asked).toHaveLength(1);
  });
});
