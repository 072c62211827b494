// A rollout over a sampler that says what it is told: groups, rewards, advantages, and DAPO's ways with groups and lengths.

import { describe, expect, it } from 'vitest';
import type { SampleParams, SamplingClient } from '../engine/engine.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { formatReward } from '../rewards/format.ts';
import { RewardError } from '../rewards/mix.ts';
import type { RewardFunction } from '../rewards/reward.ts';
import { rlSettings } from '../testing/rolloutGroups.ts';
import { collectRollout, type RolloutRequest } from './rollout.ts';

const EOS = 2;
// Ids are their own words.
const tokenizer = {
  stopIds: [EOS],
  isSpecial: () => false,
  decode: (ids: Int32Array) => [...ids].join(' '),
} as unknown as Tokenizer;

const prompts = Array.from({ length: 5 }, (_, i) => ({ row: { id: `p${i}`, prompt: 'p' }, tokens: Int32Array.of(10 + i) }));

/** Answers every prompt with `responses(prompt's first id)`, and keeps what it was asked. */
function sayer(responses: (prompt: number) => number[][]): SamplingClient & { asked: { prompt: number; params: SampleParams }[] } {
  const asked: { prompt: number; params: SampleParams }[] = [];
  return {
    asked,
    version: 3,
    async sample([prompt], params) {
      asked.push({ prompt, params });
      return responses(prompt).map((tokens) => ({
        tokens: Int32Array.from(tokens),
        logprobs: Float32Array.from(tokens, () => -1),
        stopReason: tokens[tokens.length - 1] === EOS ? 'stop' : 'length',
        version: 3,
      }));
    },
    logprobs: async () => [],
    topLogprobs: async () => [],
    save: async () => {},
    close: async () => {},
  };
}

/** The number that a response begins with. */
const firstNumber: RewardFunction = ({ completions }) => completions.map((text) => Number(text.split(' ')[0]));

function request(settings: Record<string, unknown>, reward: RewardFunction = firstNumber, size = 2): RolloutRequest {
  return {
    settings: rlSettings(settings),
    task: { name: 't', load: () => ({ train: [], heldOut: [] }), rewards: { first: reward }, weights: { first: 1 }, accuracy: 'first' },
    tokenizer,
    promptAt: (cursor) => prompts[cursor % prompts.length],
    cursor: 0,
    size,
    maxTokens: 8,
    seed: 7,
  };
}

describe('collectRollout', () => {
  it('compares each response with its own group; the end token is no part of the text', async () => {
    const rollout = await collectRollout(
      sayer((p) => [
        [p, EOS],
        [p + 2, EOS],
      ]),
      request({}),
    );
    expect(
      rollout.groups.map(({ completions }) => completions.map(({ sample, reward, advantage }) => [sample.text, reward, advantage])),
    ).toEqual([
      [
        ['10', 10, -1],
        ['12', 12, 1],
      ],
      [
        ['11', 11, -1],
        ['13', 13, 1],
      ],
    ]);
    expect(rollout).toMatchObject({ cursor: 2, rounds: 1, discarded: 0, tokens: 8, promptTokens: 4 });
  });

  it('what the prompt has opened is judged as part of the response: a prefill, or the <think> that a prompt ends with', async () => {
    const words = ['<think>', 'a', '</think>', '<answer>', 'b', '</answer>', '<eos>'];
    const spoken = {
      stopIds: [6],
      isSpecial: (id: number) => id === 6,
      decode: (ids: Int32Array) => [...ids].map((id) => words[id] ?? `p${id}`).join(' '),
    } as unknown as Tokenizer;
    const sampler = sayer(() => [
      [1, 2, 3, 4, 5, 6],
      [4, 6],
    ]);
    const judged = async (prompt: number[], prefill?: string) => {
      const base = request({}, formatReward, 1);
      const row = { row: { id: 'p', prompt: 'p' }, tokens: Int32Array.from(prompt) };
      const rollout = await collectRollout(sampler, { ...base, tokenizer: spoken, task: { ...base.task, prefill }, promptAt: () => row });
      return rollout.groups[0].completions.map(({ reward }) => reward);
    };
    expect(await judged([10, 0])).toEqual([1, 0]);
    expect(await judged([10, 11], '<think>')).toEqual([1, 0]);
    expect(await judged([10, 0], '<think>')).toEqual([1, 0]);
    expect(await judged([0, 10])).toEqual([0, 0]);
  });

  it('asks for whole distributions at the temperature of training, each prompt with a seed of its own', async () => {
    const sampler = sayer(() => [
      [1, EOS],
      [3, EOS],
    ]);
    await collectRollout(sampler, request({ temperature: 0.7 }));
    for (const { params } of sampler.asked)
      expect(params).toMatchObject({ n: 2, temperature: 0.7, topP: 1, topK: 0, stop: [EOS], maxTokens: 8 });
    expect(new Set(sampler.asked.map(({ params }) => params.seed)).size).toBe(2);
  });

  describe('dynamic sampling', () => {
    // Prompts 11 and 13 have groups without a difference.
    const some = (p: number): number[][] => (p % 2 === 1 ? [[1], [1]] : [[1], [3]]);

    it('replaces groups without a difference by groups of further prompts', async () => {
      const rollout = await collectRollout(sayer(some), request({ dynamicSampling: { maxRounds: 5 } }, firstNumber, 3));
      expect(rollout.groups.map(({ prompt }) => prompt.row.id)).toEqual(['p0', 'p2', 'p4']);
      expect(rollout).toMatchObject({ rounds: 3, discarded: 2, cursor: 5 });
    });

    it('stops at its bound, and fills up with groups without signal', async () => {
      const sampler = sayer(() => [[1], [1]]);
      const rollout = await collectRollout(sampler, request({ dynamicSampling: { maxRounds: 3 } }));
      expect(sampler.asked).toHaveLength(6);
      expect(rollout.groups).toHaveLength(2);
      expect(rollout).toMatchObject({ rounds: 3, discarded: 4, cursor: 6 });
      expect(rollout.groups.every(({ equal }) => equal)).toBe(true);
    });
  });

  it('the overlong penalty falls over the last tokens before the limit, is part of the reward and a reward of its own', async () => {
    const lengths = [4, 6, 8].map((length) => Array<number>(length).fill(1));
    const rollout = await collectRollout(
      sayer(() => lengths),
      request({ groupSize: 3, overlongPenalty: { cache: 4 } }, firstNumber, 1),
    );
    const [{ completions }] = rollout.groups;
    expect(completions.map(({ rewards }) => rewards.overlong_penalty)).toEqual([0, -0.5, -1]);
    expect(completions.map(({ reward }) => reward)).toEqual([1, 0.5, 0]);
  });

  // R12
  it('a null reward has no advantage, and none of its group is divided by it', async () => {
    const scores = [1, 0, null, 1];
    const nullable: RewardFunction = ({ completions }) => completions.map((_, i) => scores[i]);
    const rollout = await collectRollout(
      sayer(() => [[1], [1], [1], [1]]),
      request({ groupSize: 4 }, nullable, 1),
    );
    const advantages = rollout.groups[0].completions.map(({ advantage }) => advantage);
    expect(advantages[2]).toBeNull();
    expect(advantages[1]).toBeCloseTo(-2 / 3 / Math.sqrt(2 / 9), 12);
  });

  const thrower: RewardFunction = ({ completions }) =>
    completions.map((text) => {
      if (text === '12') throw new Error('cannot read this');
      return Number(text);
    });

  it('a reward that throws ends it, or counts as none where the recipe says so', async () => {
    const sampler = sayer((p) => [
      [p, EOS],
      [p + 2, EOS],
    ]);
    await expect(collectRollout(sampler, request({}, thrower))).rejects.toThrow(RewardError);
    const rollout = await collectRollout(sampler, request({ onRewardError: 'noReward' }, thrower));
    expect(rollout.groups[0].completions.map(({ reward }) => reward)).toEqual([10, null]);
    expect(rollout.errors).toEqual(['the reward "first" threw: cannot read this\n  row: p0\n  completion: "12"']);
  });

  describe('judging', () => {
    const ended = (p: number): number[][] => [
      [p, EOS],
      [p + 2, EOS],
    ];
    /** As `sayer`, but prompt 11 is answered when `release` is called, and never if it is not. */
    function slow(): { sampler: SamplingClient; release(): void; asked: { params: SampleParams }[] } {
      const said = sayer(ended);
      let release = (): void => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const sample: SamplingClient['sample'] = async (prompt, params) => {
        const cancelled = new Promise<void>((resolve) => params.signal?.addEventListener('abort', () => resolve()));
        if (prompt[0] === 11) await Promise.race([released, cancelled]);
        return said.sample(prompt, params);
      };
      return { sampler: { ...said, sample }, release, asked: said.asked };
    }

    it('goes on beside sampling: a group is judged as soon as it is there', async () => {
      const { sampler, release } = slow();
      const judged: string[] = [];
      const watching: RewardFunction = ({ completions, rows }) => {
        judged.push(rows[0].id);
        // The other group comes only after this one was judged.
        if (rows[0].id === 'p0') setTimeout(release, 5);
        return completions.map((text) => Number(text));
      };
      const rollout = await collectRollout(sampler, request({}, watching));
      expect(judged).toEqual(['p0', 'p1']);
      expect(rollout.groups.map(({ prompt }) => prompt.row.id)).toEqual(['p0', 'p1']);
    });

    it('tells how long it took, and how much of that was after the last sample', async () => {
      const { sampler, release } = slow();
      const slowly: RewardFunction = async ({ completions, rows }) => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        if (rows[0].id === 'p0') release();
        return completions.map((text) => Number(text));
      };
      const { seconds } = await collectRollout(sampler, request({}, slowly));
      expect(seconds.verify).toBeGreaterThan(0.055);
      expect(seconds.sample).toBeGreaterThan(0.025);
      expect(seconds.verifyAlone).toBeGreaterThan(0.025);
      expect(seconds.verifyAlone).toBeLessThan(seconds.verify);
    });

    it('a reward that throws is told of after the other judgements have ended: none goes on behind it', async () => {
      let ended = false;
      const reward: RewardFunction = async ({ prompts: [p] }) => {
        if (p === 'bad') throw new Error('no');
        await new Promise((resolve) => setTimeout(resolve, 50));
        ended = true;
        return [1, 1];
      };
      const base = request({}, reward);
      const promptAt = (cursor: number) => ({
        ...prompts[cursor],
        row: { id: String(cursor), prompt: cursor === 0 ? 'bad' : 'good' },
      });
      const sampler = sayer(() => [
        [1, EOS],
        [2, EOS],
      ]);
      await expect(collectRollout(sampler, { ...base, promptAt })).rejects.toThrow(RewardError);
      expect(ended).toBe(true);
    });

    it('a reward that throws cancels what is still being sampled', async () => {
      const { sampler, asked } = slow();
      const failing: RewardFunction = () => {
        throw new Error('no');
      };
      await expect(collectRollout(sampler, request({}, failing))).rejects.toThrow(RewardError);
      expect(asked.map(({ params }) => params.signal?.aborted)).toEqual([true, true]);
    });
  });
});
