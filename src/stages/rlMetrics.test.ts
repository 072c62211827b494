// What a step tells: TRL's names and definitions on hand-worked groups, and the words about a run that cannot learn.

import { describe, expect, it } from 'vitest';
import { groupOf, type Response, rlSettings } from '../testing/rolloutGroups.ts';
import { minibatchData } from './batch.ts';
import { recipeLoss } from './policyUpdate.ts';
import { sampleMetrics, samplerDifference, updateMetrics, Watch } from './rlMetrics.ts';

const task = { name: 't', load: () => ({ train: [], heldOut: [] }), rewards: {}, weights: {}, accuracy: 'a', reflectionWords: ['wait'] };
const one = (reward: number | null) => ({ tokens: [3], reward });

describe('sampleMetrics', () => {
  // R02, first run
  it('two groups each of equal rewards have no spread, though the batch has', () => {
    const metrics = sampleMetrics([groupOf([1], [2, 2, 2].map(one)), groupOf([2], [5, 5, 5].map(one))], task);
    expect(metrics).toMatchObject({ reward: 3.5, reward_std: 0, frac_reward_zero_std: 1 });
  });

  it('rewards that are equal within rounding have a spread of exactly 0', () => {
    const metrics = sampleMetrics([groupOf([1], [0.1 + 0.2, 0.3, 0.3].map(one)), groupOf([2], [1.2, 1.2, 1.2].map(one))], task);
    expect(metrics).toMatchObject({ reward_std: 0, frac_reward_zero_std: 1 });
  });

  it('the spread is the mean over groups of that within each', () => {
    const metrics = sampleMetrics([groupOf([1], [0, 2].map(one)), groupOf([2], [0, 4].map(one)), groupOf([3], [7, 7].map(one))], task);
    expect(metrics.reward_std).toBe(1);
    expect(metrics.frac_reward_zero_std).toBe(1 / 3);
  });

  // R12
  it('the metric of an absent reward is missing; null poisons no mean, and is counted', () => {
    const responses = [1, 0, null, 1].map((reward) => ({ tokens: [3], reward, rewards: { math: reward, code: null } }));
    const metrics = sampleMetrics([groupOf([1], responses)], task);
    expect(metrics.reward).toBeCloseTo(2 / 3, 12);
    expect(metrics['rewards/math/mean']).toBeCloseTo(2 / 3, 12);
    expect(Object.keys(metrics).filter((name) => name.startsWith('rewards/code'))).toEqual([]);
    expect(metrics.no_reward_share).toBe(0.25);
    expect(metrics['no_reward_share/code']).toBe(1);
    expect(metrics['no_reward_share/math']).toBe(0.25);
    for (const value of Object.values(metrics)) expect(value).toSatisfy(Number.isFinite);
  });

  it('of two tasks mixed, each reward is the mean over the rows that it applies to', () => {
    const math = [1, 0].map((reward) => ({ tokens: [3], reward, rewards: { math: reward, code: null } }));
    const code = [1, 1].map((reward) => ({ tokens: [3], reward, rewards: { math: null, code: reward } }));
    expect(sampleMetrics([groupOf([1], math), groupOf([2], code)], task)).toMatchObject({
      reward: 0.75,
      'rewards/math/mean': 0.5,
      'rewards/code/mean': 1,
      'rewards/code/std': 0,
      frac_reward_zero_std: 0.5,
      no_reward_share: 0,
    });
  });

  it('a reward that the first sample lacks is told of all the same', () => {
    const responses: Response[] = [
      { tokens: [3], reward: null, rewards: { a: null } },
      { tokens: [3], reward: 0.5, rewards: { a: 1, overlong_penalty: -0.5 } },
    ];
    expect(sampleMetrics([groupOf([1], responses)], task)['rewards/overlong_penalty/mean']).toBe(-0.5);
  });

  // R10
  it('lengths count the end; cut responses are a share; words are counted a response and by length', () => {
    const metrics = sampleMetrics(
      [
        groupOf(
          [1],
          [
            { tokens: [5, 6, 2], reward: 1, text: 'wait , no' },
            { tokens: [5, 6, 7, 8, 2], reward: 0, stopReason: 'length', text: '<think> Wait wait' },
          ],
        ),
      ],
      task,
    );
    expect(metrics).toMatchObject({
      'completions/mean_length': 4,
      'completions/min_length': 3,
      'completions/max_length': 5,
      'completions/clipped_ratio': 0.5,
      reflection_words: 1.5,
      reflection_words_per_100_tokens: 37.5,
      thinking_share: 0.5,
    });
  });
});

describe('updateMetrics', () => {
  // Log-ratios +0.5, -0.5 and 0 with advantage 1: the first is clipped from above (R08); with -1 the second from below.
  const trained = minibatchData(
    [
      groupOf(
        [1, 9],
        [
          { tokens: [3, 4, 5], reward: 1 },
          { tokens: [3, 4, 5], reward: 0 },
        ],
      ),
    ],
    rlSettings(),
    8,
  );
  const old = Float32Array.of(0, -1, -1, -1);
  for (const { datum } of trained) datum.logprobs = old;
  const now = Float32Array.of(0, -0.5, -1.5, -1);

  it('tells where the ratio was clipped, over the trained tokens alone', () => {
    const metrics = updateMetrics(
      trained,
      { logprobs: [now, now], entropy: [Float32Array.of(9, 1, 2, 3), Float32Array.of(9, 1, 2, 3)], loss: 0 },
      recipeLoss(rlSettings()),
    );
    expect(metrics['clip_ratio/high_mean']).toBeCloseTo(1 / 6, 12);
    expect(metrics['clip_ratio/low_mean']).toBeCloseTo(1 / 6, 12);
    expect(metrics['clip_ratio/region_mean']).toBeCloseTo(1 / 3, 12);
    expect(metrics.ratio).toBeCloseTo((Math.exp(0.5) + Math.exp(-0.5) + 1) / 3, 6);
    expect(metrics.entropy).toBe(2);
    expect(metrics).not.toHaveProperty('kl');
  });

  // R06
  it('the KL is k3 to the reference', () => {
    const [{ datum, ...rest }] = trained;
    const withReference = [{ ...rest, datum: { ...datum, refLogprobs: Float32Array.of(0, -1, -2, -1.5) } }];
    const metrics = updateMetrics(withReference, { logprobs: [now], loss: 0 }, recipeLoss(rlSettings({ beta: 0.05 })));
    expect(metrics.kl).toBeCloseTo(0.10653, 5);
  });

  it('compares trainer and sampler token by token', () => {
    expect(samplerDifference(trained.slice(0, 1), [now])).toEqual({
      'sampling/sampling_logp_difference/mean': 1 / 3,
      'sampling/sampling_logp_difference/max': 0.5,
    });
    expect(samplerDifference([], [])).toEqual({});
  });
});

describe('Watch', () => {
  const equal = [groupOf([1], [2, 2, 2].map(one)), groupOf([2], [5, 5, 5].map(one))];
  const unequal = [groupOf([1], [0, 1].map(one))];

  it('says that no group has signal, once for each time it sets in', () => {
    const said: string[] = [];
    const watch = new Watch((message) => said.push(message), 3);
    for (const groups of [equal, equal, unequal, equal]) watch.look(said.length + 1, groups, 8, { weights: { accuracy: 1 } });
    expect(said).toHaveLength(2);
    expect(said[0]).toContain('no group has signal');
    expect(said[0]).toContain('all 2');
  });

  // R02, second run
  it('names the limit where every response was cut', () => {
    const said: string[] = [];
    const cut = [
      groupOf(
        [1],
        [0, 1].map((reward) => ({ tokens: [3, 4, 5, 6], reward, stopReason: 'length' as const })),
      ),
    ];
    new Watch((message) => said.push(message), 3).look(1, cut, 4, { weights: { accuracy: 1 } });
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/every response was cut at maxTokens \(4\).*likely cause/);
  });

  it('names a reward with a weight that applied to no row, after three looks; not one that applied once', () => {
    const said: string[] = [];
    const watch = new Watch((message) => said.push(message), 3);
    const groups = (code: number | null) => [
      groupOf(
        [1],
        [0, 1].map((reward) => ({ tokens: [3], reward, rewards: { accuracy: reward, judge: null, code, idle: null } })),
      ),
    ];
    for (let step = 1; step <= 4; step++)
      watch.look(step, groups(step === 1 ? 0.5 : null), 8, { weights: { accuracy: 1, judge: 1, code: 1, idle: 0 } });
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/step 3: the reward "judge" has applied to no response so far/);
  });

  it('names a reward that was 0 on every row, after three looks, and no other', () => {
    const said: string[] = [];
    const watch = new Watch((message) => said.push(message), 3);
    const groups = [
      groupOf(
        [1],
        [0, 1].map((reward) => ({ tokens: [3], reward, rewards: { accuracy: reward, format: 0, extra: 0 } })),
      ),
    ];
    for (let step = 1; step <= 4; step++) watch.look(step, groups, 8, { weights: { accuracy: 1, format: 0.2, extra: 0 } });
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/step 3: the reward "format" was 0 for every response/);
  });
});
