// The training half of a step over a trainer that answers by hand: when log pi_old is asked for, and what is not finite.

import { describe, expect, it } from 'vitest';
import type { Datum, ForwardResult, SamplingClient, TrainingClient } from '../engine/engine.ts';
import { groupOf, rlSettings } from '../testing/rolloutGroups.ts';
import { addOldAndReference, minibatchesOf, NotFinite, recipeLoss, updatePolicy } from './policyUpdate.ts';

/** A trainer that gives every target -1, and counts what it is asked. */
function trainer(answers: { loss?: number; optimStep?: { gradNorm: number; applied: boolean } } = {}) {
  const calls: string[] = [];
  const result = (data: Datum[]): ForwardResult => ({
    logprobs: data.map(({ weights }) => Float32Array.from(weights, (w) => (w === 0 ? 0 : -1))),
    loss: answers.loss ?? 0.5,
  });
  const client: TrainingClient = {
    forward: async (data, _loss, want) => {
      calls.push(`forward ${data.length} at ${want?.temperature}`);
      return result(data);
    },
    forwardBackward: async (data, loss) => {
      calls.push(`backward ${data.length} ${loss.name}`);
      return result(data);
    },
    optimStep: async ({ learningRate }) => {
      calls.push(`step ${learningRate}`);
      return answers.optimStep ?? { gradNorm: 2, applied: true };
    },
    saveState: async (dir) => dir,
    loadState: async () => {},
    samplingClient: async () => {
      throw new Error('not asked here');
    },
    close: async () => {},
  };
  return { client, calls };
}
const reference = {
  logprobs: async (data: Datum[]) => data.map(({ weights }) => new Float32Array(weights.length).fill(-2)),
} as unknown as SamplingClient;

const groups = [1, 2, 3, 4].map((id) =>
  groupOf(
    [id],
    [
      { tokens: [3, 4], reward: 1 },
      { tokens: [5], reward: 0 },
    ],
  ),
);

describe('addOldAndReference', () => {
  it('makes no pass for log pi_old where an update is on-policy, and none of a reference where none is held', async () => {
    const { client, calls } = trainer();
    const settings = rlSettings({ promptsPerStep: 4 });
    const batches = minibatchesOf(groups, settings, 8);
    await addOldAndReference(batches, client, undefined, settings);
    expect(calls).toEqual([]);
    expect(batches[0][0].datum).not.toHaveProperty('logprobs');
    expect(batches[0][0].datum).not.toHaveProperty('refLogprobs');
  });

  it.each([
    { minibatches: 2, promptsPerStep: 2 },
    { innerEpochs: 2, promptsPerStep: 4 },
  ])('asks once for the whole rollout, at its temperature, where it serves several steps: %j', async (given) => {
    const { client, calls } = trainer();
    const settings = rlSettings({ ...given, temperature: 0.6, beta: 0.1 });
    const batches = minibatchesOf(groups, settings, 8);
    await addOldAndReference(batches, client, reference, settings);
    expect(calls).toEqual(['forward 8 at 0.6']);
    for (const { datum } of batches.flat()) {
      expect([...(datum.logprobs as Float32Array)].every((lp, t) => lp === (datum.weights[t] === 0 ? 0 : -1))).toBe(true);
      expect(datum.refLogprobs?.[0]).toBe(-2);
    }
  });
});

describe('updatePolicy', () => {
  const settings = rlSettings({ promptsPerStep: 4, learningRate: { peak: 1, final: 0 } });
  const [batch] = minibatchesOf(groups, settings, 8);

  it('is one forward and backward, one optimiser step at the rate of the step', async () => {
    const { client, calls } = trainer();
    const metrics = await updatePolicy(client, batch, settings, 9, true);
    expect(calls).toEqual(['backward 8 ppo', 'step 0']);
    expect(metrics).toMatchObject({ loss: 0.5, grad_norm: 2, learning_rate: 0, ratio: 1, 'clip_ratio/region_mean': 0 });
    // The sampler said -1 too.
    expect(metrics['sampling/sampling_logp_difference/max']).toBe(0);
  });

  it('trainer and sampler are compared only while the policy is the one that sampled', async () => {
    expect(await updatePolicy(trainer().client, batch, settings, 0, false)).not.toHaveProperty('sampling/sampling_logp_difference/max');
  });

  // R02
  it('a minibatch without any signal changes nothing: loss and gradient norm are 0', async () => {
    const { client, calls } = trainer();
    const equal = [
      groupOf(
        [1],
        [
          { tokens: [3], reward: 2 },
          { tokens: [4], reward: 2 },
        ],
      ),
    ];
    const [silent] = minibatchesOf(equal, rlSettings(), 8);
    expect(await updatePolicy(client, silent, rlSettings(), 0, true)).toMatchObject({ loss: 0, grad_norm: 0 });
    expect(calls).toEqual([]);
  });

  it('a loss that is not finite never reaches the optimiser', async () => {
    const { client, calls } = trainer({ loss: Number.NaN });
    await expect(updatePolicy(client, batch, settings, 0, true)).rejects.toThrow(NotFinite);
    expect(calls).toEqual(['backward 8 ppo']);
  });

  it('a gradient that is not finite is an error with its norm', async () => {
    const { client } = trainer({ optimStep: { gradNorm: Number.POSITIVE_INFINITY, applied: false } });
    await expect(updatePolicy(client, batch, settings, 0, true)).rejects.toThrow('the gradient norm is Infinity');
  });
});

describe('recipeLoss', () => {
  it("is the recipe's, the coefficient of the KL in the loss and nowhere else", () => {
    expect(recipeLoss(rlSettings({ beta: 0.05, clip: { high: 0.28 }, tisCap: 2, temperature: 0.6 }))).toEqual({
      name: 'ppo',
      clipLow: 0.2,
      clipHigh: 0.28,
      klBeta: 0.05,
      tisCap: 2,
      temperature: 0.6,
    });
    expect(recipeLoss(rlSettings({ loss: 'gspo' }))).toMatchObject({ clipLow: 3e-4, clipHigh: 4e-4 });
    expect(recipeLoss(rlSettings({ loss: 'cispo' }))).toMatchObject({ clipLow: undefined, clipHigh: 4 });
  });
});
