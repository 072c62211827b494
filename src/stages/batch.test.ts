// What a minibatch of groups is to the engine: which tokens bear a loss, with what weight and advantage, by hand-worked numbers.

import { describe, expect, it } from 'vitest';
import { packData } from '../engine/local/packing.ts';
import { groupOf, rlSettings } from '../testing/rolloutGroups.ts';
import { minibatchData } from './batch.ts';
import { minibatchesOf } from './policyUpdate.ts';

const EOS = 2;
const weightsOf = (data: ReturnType<typeof minibatchData>) => data.map(({ datum }) => [...datum.weights]);

describe('minibatchData', () => {
  // R10: the pad id is the end's, and an end stands inside the prompt.
  it('masks by position, not by token: the end is trained, the prompt never, an end within the prompt stays', () => {
    const group = groupOf(
      [9, EOS, 4],
      [
        { tokens: [5, 6, EOS], reward: 1 },
        { tokens: [5, 6, 7, 8, EOS], reward: 0 },
      ],
    );
    const [short, long] = minibatchData([group], rlSettings(), 8);
    expect([...short.datum.tokens]).toEqual([9, EOS, 4, 5, 6]);
    expect([...short.datum.targets]).toEqual([EOS, 4, 5, 6, EOS]);
    expect([...short.datum.weights].map((w) => w !== 0)).toEqual([false, false, true, true, true]);
    expect([...long.datum.weights].filter((w) => w !== 0)).toHaveLength(5);
    expect([...short.datum.targets.subarray(short.start)]).toEqual([5, 6, EOS]);
  });

  it('teaches nothing of what an environment said, and counts it in no length', () => {
    const group = groupOf(
      [9, 4],
      [
        { tokens: [5, 6, 7, 8, EOS], reward: 1 },
        { tokens: [5, EOS], reward: 0 },
      ],
    );
    group.completions[0].sample.episode = { own: Uint8Array.of(1, 0, 0, 1, 1), turns: [], failed: false };
    const [several, one] = minibatchData([group], rlSettings(), 8);
    expect([...several.datum.weights]).toEqual([0, 1, 0, 0, 1, 1].map((own) => Math.fround(own / 6)));
    expect([...one.datum.weights]).toEqual([0, 0.25, 0.25]);
    // The reply is still read: what comes after it attends to it.
    expect([...several.datum.tokens]).toEqual([9, 4, 5, 6, 7, 8]);
    const [byToken] = minibatchData([group], rlSettings({ aggregation: 'token' }), 8);
    expect([...byToken.datum.weights]).toEqual([0, 1, 0, 0, 1, 1].map((own) => Math.fround(own / 5)));
    const placed = packData([several.datum], { maxTokens: 128, linearCost: 64 }).flatMap(({ placements }) => placements);
    expect(placed.map(({ positions }) => positions)).toEqual([[1, 4, 5]]);
  });

  it('teaches no end to a response that was cut: its last target is its own last token', () => {
    const cut = groupOf(
      [9],
      [
        { tokens: [5, 6], reward: 1, stopReason: 'length' },
        { tokens: [5, EOS], reward: 0 },
      ],
    );
    expect(minibatchData([cut], rlSettings(), 2).map(({ datum }) => [...datum.targets])).toEqual([
      [5, 6],
      [5, EOS],
    ]);
  });

  it("averages each response's tokens, then the responses (GRPO); all tokens alike (DAPO); over a constant (Dr. GRPO)", () => {
    const groups = [
      groupOf(
        [1],
        [
          { tokens: [3, EOS], reward: 1 },
          { tokens: [3, 4, 5, 6, 7, 8, 3, EOS], reward: 0 },
        ],
      ),
    ];
    const weights = (aggregation: string) => weightsOf(minibatchData(groups, rlSettings({ aggregation }), 16)).map((w) => w[0]);
    expect(weights('sequence')).toEqual([Math.fround(1 / 4), Math.fround(1 / 16)]);
    expect(weights('token')).toEqual([Math.fround(1 / 10), Math.fround(1 / 10)]);
    expect(weights('constant')).toEqual([Math.fround(1 / 32), Math.fround(1 / 32)]);
  });

  it('leaves silent responses out of the work and not out of the denominators', () => {
    const silent = groupOf(
      [1],
      [
        { tokens: [3], reward: 1 },
        { tokens: [4], reward: 1 },
      ],
    );
    const loud = groupOf(
      [2],
      [
        { tokens: [3], reward: 1 },
        { tokens: [4], reward: 0 },
      ],
    );
    const data = minibatchData([silent, loud], rlSettings(), 8);
    expect(data.map(({ datum }) => datum.advantages?.[0])).toEqual([1, -1]);
    expect(weightsOf(data)).toEqual([[0.25], [0.25]]);
    // With a KL term they have a loss.
    expect(minibatchData([silent, loud], rlSettings({ beta: 0.1 }), 8)).toHaveLength(4);
  });

  // R12
  it('a response without a reward takes no part: mean 2/3 of [1, 0, null, 1], three in the denominator', () => {
    const group = groupOf(
      [1],
      [1, 0, null, 1].map((reward) => ({ tokens: [3, 4], reward })),
    );
    const data = minibatchData([group], rlSettings(), 8);
    const std = Math.sqrt(2 / 9);
    expect(data).toHaveLength(3);
    for (const [i, expected] of [1 / 3 / std, -2 / 3 / std, 1 / 3 / std].entries())
      expect(data[i].datum.advantages?.[0]).toBeCloseTo(expected, 6);
    expect(data[0].datum.weights[0]).toBeCloseTo(1 / 6, 7);
  });

  it('overlong filtering takes cut responses out of loss and denominators, not out of their group', () => {
    const group = groupOf(
      [1],
      [
        { tokens: [3, EOS], reward: 1 },
        { tokens: [3, 4, 5, 6], reward: 0, stopReason: 'length' },
      ],
    );
    const data = minibatchData([group], rlSettings({ overlongFilter: true }), 4);
    expect(data).toHaveLength(1);
    expect(data[0].datum.advantages?.[0]).toBe(1);
    expect(weightsOf(data)).toEqual([[0.5, 0.5]]);
  });

  it("brings the sampler's log-probabilities, in place, only where they are wanted", () => {
    const group = groupOf(
      [1, 7],
      [
        { tokens: [3, 4], reward: 1, logprobs: [-0.5, -0.25] },
        { tokens: [5], reward: 0 },
      ],
    );
    expect(minibatchData([group], rlSettings(), 8)[0].datum.samplerLogprobs).toBeUndefined();
    expect([...(minibatchData([group], rlSettings({ tisCap: 2 }), 8)[0].datum.samplerLogprobs as Float32Array)]).toEqual([0, -0.5, -0.25]);
  });
});

describe('minibatchesOf', () => {
  it('cuts the rollout into optimiser steps of promptsPerStep prompts; their groups can be packed together', () => {
    const groups = [10, 11, 12, 13].map((id) =>
      groupOf(
        [id, 20, 21],
        [
          { tokens: [3, 4], reward: 1 },
          { tokens: [5], reward: 0 },
        ],
      ),
    );
    const batches = minibatchesOf(groups, rlSettings({ minibatches: 2, promptsPerStep: 2 }), 8);
    expect(batches.map((batch) => batch.map(({ datum }) => datum.tokens[0]))).toEqual([
      [10, 10, 11, 11],
      [12, 12, 13, 13],
    ]);
    // As the pass over the whole rollout for log pi_old does.
    const packed = packData(
      batches.flat().map(({ datum }) => datum),
      { maxTokens: 512, linearCost: 512 },
    );
    expect(packed.flatMap(({ placements }) => placements)).toHaveLength(8);
    // Denominators are the minibatch's own.
    expect(batches[1][0].datum.weights[2]).toBe(0.125);
  });
});
