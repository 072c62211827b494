// pass@k and the rest on held-out problems, over a sampler whose answers are known.

import { describe, expect, it } from 'vitest';
import type { SampleParams, SamplingClient } from '../engine/engine.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import type { RewardFunction } from '../rewards/reward.ts';
import type { TaskRow } from '../tasks/task.ts';
import { evaluationMetrics } from './evaluation/score.ts';
import { heldOutRows, measure } from './heldOut.ts';
import { encodePrompt, type Prompt } from './prompts.ts';

const tokenizer = {
  stopIds: [2],
  isSpecial: () => false,
  encode: (text: string) => [Number(text)],
  decode: (ids: Int32Array) => [...ids].map((id) => (id === 9 ? 'wait' : String(id))).join(' '),
} as unknown as Tokenizer;

/** A sampler whose n-th answer to prompt p is `answers[p][n]`; 7 is a cut answer. */
function answering(answers: number[][][]): SamplingClient & { asked: SampleParams[] } {
  const asked: SampleParams[] = [];
  return {
    asked,
    version: 0,
    sample: async ([p], params) => {
      asked.push(params);
      return answers[p].map((tokens) => ({
        tokens: Int32Array.from(tokens),
        logprobs: new Float32Array(tokens.length),
        stopReason: tokens.includes(7) ? 'length' : 'stop',
        version: 0,
      }));
    },
    logprobs: async () => [],
    topLogprobs: async () => [],
    save: async () => {},
    close: async () => {},
  };
}

const startsWithOne: RewardFunction = ({ completions, rows }) =>
  completions.map((text, i) => (rows[i].gold === null ? null : text.startsWith('1') ? 1 : 0));
const encoded = (list: readonly TaskRow[]): Prompt[] => list.map((row) => ({ row, tokens: encodePrompt(tokenizer, {}, row) }));

const task = (accuracy: RewardFunction = startsWithOne) => ({
  name: 't',
  load: () => ({ train: [], heldOut: [] }),
  // A reward that is not the accuracy is not asked.
  rewards: {
    accuracy,
    other: (() => {
      throw new Error('asked');
    }) as RewardFunction,
  },
  weights: {},
  accuracy: 'accuracy',
  reflectionWords: ['wait'],
});
const rows = [0, 1, 2].map((p) => ({ id: `r${p}`, prompt: String(p), domain: p < 2 ? 'a' : 'b', gold: 1 as number | null }));
const options = { samples: 4, temperature: 1, topP: 1, maxTokens: 8, seed: 0 };

describe('measure', () => {
  describe('of a task with an environment', () => {
    const oneTurnMore = { maxTurns: 2, reply: () => ({ text: '5', reward: 1 }) };
    const chat = { id: 'c', prompt: [{ role: 'user' as const, content: '0' }] };
    const talking = { ...tokenizer, renderChat: () => [0], replyIds: () => [0] } as unknown as Tokenizer;
    const seen: unknown[] = [];
    const noting: RewardFunction = ({ completions, turns }) => {
      seen.push(...(turns ?? []));
      return completions.map((text) => Number(text.includes('3')));
    };

    it('takes its turns, and judges what the model said in all of them', async () => {
      const sampler = answering([[[3, 2]]]);
      const { answers } = await measure(
        sampler,
        talking,
        { ...task(noting), environment: oneTurnMore },
        [{ row: chat, tokens: Int32Array.of(0) }],
        {
          ...options,
          samples: 1,
        },
      );
      expect(sampler.asked).toHaveLength(2);
      expect(answers[0][0]).toMatchObject({ text: '3\n3', tokens: 4, correct: 1 });
      expect(seen[0]).toHaveLength(3);
    });

    it('an environment that throws is an error, or leaves the response unjudged', async () => {
      const broken = { maxTurns: 2, reply: () => Promise.reject(new Error('gone')) };
      const look = (onRewardError: 'stop' | 'noReward') =>
        measure(answering([[[3, 2]]]), talking, { ...task(noting), environment: broken }, [{ row: chat, tokens: Int32Array.of(0) }], {
          ...options,
          samples: 1,
          onRewardError,
        });
      await expect(look('stop')).rejects.toThrow('the reward "environment" threw: gone');
      const { answers, errors } = await look('noReward');
      expect(answers[0][0].correct).toBeNull();
      expect(errors[0]).toContain('gone');
    });
  });

  const answers = [
    [
      [1, 2],
      [1, 2],
      [5, 2],
      [5, 9, 9, 2],
    ],
    [
      [5, 2],
      [5, 2],
      [5, 2],
      [5, 3, 4, 7],
    ],
    [
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
    ],
  ];

  it('is pass@k by domain, with lengths, cut shares and words', async () => {
    const { evaluation } = await measure(answering(answers), tokenizer, task(), encoded(rows), options);
    const { a, b } = evaluation.byDomain;
    expect(a).toMatchObject({
      problems: 2,
      meanLength: 20 / 8,
      truncatedShare: 1 / 8,
      reflectionWordsPerResponse: 2 / 8,
      reflectionWordsPer100Tokens: 10,
    });
    expect(a.passAtK[1].value).toBeCloseTo(2 / 8, 12);
    expect(a.passAtK[4].value).toBeCloseTo(1 / 2, 12);
    expect(b.passAtK[1].value).toBe(1);
    expect(a.passAtK[1].low).toBeLessThan(a.passAtK[1].value);
    expect(evaluationMetrics(evaluation)).toMatchObject({ 'eval/a/pass@1': 0.25, 'eval/a/pass@4': 0.5, 'eval/b/pass@1': 1 });
  });

  it('12 right of 30, one sample each, is 40% with an interval of 25 to 58, never a bare 40.0', async () => {
    const thirty = Array.from({ length: 30 }, (_, p) => ({ id: `p${p}`, prompt: String(p) }));
    const right = (p: number, s: number): boolean => (p + s) % 5 < 2;
    const said = (samples: number, correct: (p: number, s: number) => boolean): number[][][] =>
      thirty.map((_, p) => Array.from({ length: samples }, (__, s) => [correct(p, s) ? 1 : 5, 2]));
    const scoreOf = async (samples: number, correct = right) => {
      const sampler = answering(said(samples, correct));
      const { evaluation } = await measure(sampler, tokenizer, task(), encoded(thirty), { ...options, samples });
      return { score: evaluation.byDomain.t.passAtK[1], metrics: evaluationMetrics(evaluation) };
    };
    const one = await scoreOf(1);
    expect(one.score.value).toBeCloseTo(0.4, 12);
    expect([one.score.low, one.score.high].map((bound) => bound.toFixed(3))).toEqual(['0.246', '0.577']);
    expect(one.metrics).toMatchObject({ 'eval/t/pass@1/low': one.score.low, 'eval/t/pass@1/high': one.score.high });
    // 16 samples of each: all of them count, and how much they tell depends on how problems differ.
    const sixteen = await scoreOf(16);
    expect(sixteen.score.value).toBeCloseTo(
      said(16, right)
        .flat()
        .filter(([id]) => id === 1).length / 480,
      12,
    );
    expect(sixteen.score.high - sixteen.score.low).toBeLessThan((one.score.high - one.score.low) / 2);
    const sameEachTime = await scoreOf(16, (p) => right(p, 0));
    expect(sameEachTime.score).toEqual(one.score);
  });

  it('every problem draws from a seed of its own, the same at every look; samples of a problem differ by their index', async () => {
    const [first, second] = [answering(answers), answering(answers)];
    for (const sampler of [first, second]) await measure(sampler, tokenizer, task(), encoded(rows), options);
    expect(first.asked.map(({ seed }) => seed)).toEqual(second.asked.map(({ seed }) => seed));
    expect(new Set(first.asked.map(({ seed }) => seed)).size).toBe(3);
    expect(first.asked[0]).toMatchObject({ n: 4, temperature: 1, topP: 1, topK: 0, stop: [2], maxTokens: 8 });
  });

  it('pass@k is not told where there are fewer than k samples; a problem without a gold is left out', async () => {
    const withoutGold = rows.map((row, p) => (p === 1 ? { ...row, gold: null } : row));
    const { evaluation } = await measure(answering(answers), tokenizer, task(), encoded(withoutGold), { ...options, ks: [1, 8] });
    expect(Object.keys(evaluation.byDomain.a.passAtK)).toEqual(['1']);
    expect(evaluation.byDomain.a).toMatchObject({ problems: 1, unjudged: 1 });
    expect(evaluationMetrics(evaluation)).toMatchObject({ 'eval/a/unjudged': 1, 'eval/b/unjudged': 0 });
    expect(evaluation.byDomain.a.passAtK[1].value).toBe(0.5);
  });

  it('an accuracy that throws is an error, or leaves the answer out where errors are no reward', async () => {
    const thrower: RewardFunction = ({ completions }) =>
      completions.map((text) => {
        if (text.includes('wait')) throw new Error('no');
        return 1;
      });
    await expect(measure(answering(answers), tokenizer, task(thrower), encoded(rows), options)).rejects.toThrow(
      'the reward "accuracy" threw: no',
    );
    const { evaluation, errors } = await measure(answering(answers), tokenizer, task(thrower), encoded(rows), {
      ...options,
      onRewardError: 'noReward',
    });
    expect(evaluation.byDomain.a.passAtK[1].value).toBe(1);
    expect(errors).toHaveLength(1);
  });
});

it('an environment that throws is an error, or leaves its answer out where errors are no reward', async () => {
  const reply = () => {
    throw new Error('gone');
  };
  const withTool = { ...task(), environment: { maxTurns: 2, reply } };
  const prompts = encoded(rows.slice(0, 1));
  const answers = [
    [
      [1, 2],
      [1, 2],
      [5, 2],
      [1, 7],
    ],
  ];
  await expect(measure(answering(answers), tokenizer, withTool, prompts, options)).rejects.toThrow('the reward "environment" threw: gone');
  const { evaluation, errors } = await measure(answering(answers), tokenizer, withTool, prompts, { ...options, onRewardError: 'noReward' });
  // The one that was cut at the limit never met the environment.
  expect(evaluation.byDomain.a).toMatchObject({ problems: 1, unjudgedSamples: 3, passAtK: { 1: { value: 1 } } });
  expect(errors).toHaveLength(3);
});

describe('heldOutRows', () => {
  it('takes the first of each domain', () => {
    expect(heldOutRows(rows, 1).map(({ id }) => id)).toEqual(['r0', 'r2']);
    expect(heldOutRows(rows, 5)).toHaveLength(3);
  });
});
