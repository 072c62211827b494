// Losses whose values are known by hand, through the real model, packing and graph: what the formulas give on paper is what the trainer
// computes, however its data are split, packed or padded.

import { afterAll, describe, expect, it } from 'vitest';
import { datumOf, normError, randomTokens, relativeError, tinyConfig, tinyStore } from '../../testing/tinyModel.ts';
import type { AdamParams, Datum, Loss } from '../engine.ts';
import { RowGraphs } from './rowGraphs.ts';
import { Trainer } from './trainer.ts';

const config = tinyConfig();
const store = tinyStore(config);
const graphs = new RowGraphs(config, 1);
afterAll(() => graphs.dispose());

const adam: AdamParams = { learningRate: 1e-2, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, gradClipNorm: 0 };
const clipped: Loss = { name: 'ppo', clipLow: 0.2, clipHigh: 0.2 };

async function gradientOf(batches: readonly Datum[][], loss: Loss): Promise<{ loss: number; gradient: Float32Array }> {
  const trainer = new Trainer(graphs, store);
  let total = 0;
  for (const data of batches) total += (await trainer.forwardBackward(data, loss)).loss;
  return { loss: total, gradient: Float32Array.from([...trainer.gradients().values()].flatMap((g) => [...g])) };
}

const logprobsOf = async (data: Datum[]) => (await new Trainer(graphs, store).forward(data)).logprobs;

describe('a mean over tokens', () => {
  // On-policy a token's loss is minus its advantage: 2 tokens of loss 1, 8 of loss 0.25, 5 of loss 2, all at one weight.
  const response = (seed: number, tokens: number, loss: number, all: number): Datum => {
    const datum = datumOf(randomTokens(seed, tokens + 1, config.vocabSize), 1, 1 / all);
    return { ...datum, advantages: new Float32Array(tokens).fill(-loss) };
  };
  const policy: Loss = { name: 'importance_sampling' };

  it('of 2 tokens of loss 1 and 8 of loss 0.25 is 0.4 in one micro-batch and in two; the gradient is the same', async () => {
    const data = [response(1, 2, 1, 10), response(2, 8, 0.25, 10)];
    const once = await gradientOf([data], policy);
    const twice = await gradientOf(
      data.map((datum) => [datum]),
      policy,
    );
    for (const { loss } of [once, twice]) expect(loss).toBeCloseTo(0.4, 6);
    expect(normError(twice.gradient, once.gradient)).toBeLessThan(1e-6);
  });

  it('counts a last, smaller micro-batch in full, and the step applies it', async () => {
    const data = [response(1, 2, 1, 15), response(2, 8, 0.25, 15), response(3, 5, 2, 15)];
    const splits = [[data], [data.slice(0, 2), data.slice(2)], data.map((datum) => [datum])];
    const [whole, ...others] = await Promise.all(splits.map((batches) => gradientOf(batches, policy)));
    expect(whole.loss).toBeCloseTo((2 * 1 + 8 * 0.25 + 5 * 2) / 15, 6);
    for (const split of others) {
      expect(split.loss).toBeCloseTo(whole.loss, 6);
      expect(normError(split.gradient, whole.gradient)).toBeLessThan(1e-6);
    }
    const norms = await Promise.all(
      splits.map(async (batches) => {
        const trainer = new Trainer(graphs, tinyStore(config));
        for (const batch of batches) await trainer.forwardBackward(batch, policy);
        return trainer.optimStep(adam).gradNorm;
      }),
    );
    expect(
      relativeError(
        norms,
        norms.map(() => norms[0]),
      ),
    ).toBeLessThan(1e-6);
  });
});

describe('a response padded by two tokens that hold 7', () => {
  // Log-ratios +0.5, -0.5, 0 on three tokens, advantage 1; the padding is masked.
  const sequence = randomTokens(4, 6, config.vocabSize);
  const response = async (padded: boolean): Promise<Datum> => {
    const datum = datumOf(padded ? sequence : sequence.subarray(0, 4), 1, 1 / 3);
    datum.weights.fill(0, 3);
    const [now] = await logprobsOf([datum]);
    const seven = (values: number[]): Float32Array => Float32Array.from(datum.tokens, (_, t) => values[t] ?? 7);
    return {
      ...datum,
      logprobs: seven([now[0] - 0.5, now[1] + 0.5, now[2]]),
      advantages: seven([1, 1, 1]),
      refLogprobs: seven([now[0] - 0.5, now[1] - 0.5, now[2] - 0.5]),
    };
  };

  it.each([
    ['ppo', 0.93551],
    ['gspo', 1],
  ] as const)('has the objective %s %d, with the gradient of the response alone', async (name, objective) => {
    const padded = await gradientOf([[await response(true)]], { ...clipped, name });
    const alone = await gradientOf([[await response(false)]], { ...clipped, name });
    expect(-padded.loss).toBeCloseTo(objective, 5);
    expect(-alone.loss).toBeCloseTo(objective, 5);
    expect(normError(padded.gradient, alone.gradient)).toBeLessThan(1e-6);
  });

  it('moves the loss by beta x the mean k3 of its own three tokens, once', async () => {
    const data = [await response(true)];
    const without = await gradientOf([data], clipped);
    const withKl = await gradientOf([data], { ...clipped, klBeta: 0.05 });
    expect(withKl.loss - without.loss).toBeCloseTo(0.05 * 0.10653, 6);
  });
});

describe('an end token inside the prompt', () => {
  const END = 0;
  const datum = (first: number): Datum => datumOf([first, END, 9, 5, 6, END], 3);

  it('is attended to, and what stands before it too; the end of the response is trained', async () => {
    const [a, b, withoutEnd] = await logprobsOf([datum(7), datum(8), datumOf([7, 3, 9, 5, 6, END], 3)]);
    expect([...datum(7).weights]).toEqual([0, 0, 1, 1, 1]);
    for (const other of [b, withoutEnd]) for (const t of [2, 3, 4]) expect(Math.abs(a[t] - other[t]), `target ${t}`).toBeGreaterThan(1e-3);
    // Packed beside another sequence that ends, or alone: the same.
    const [alone] = await logprobsOf([datum(7)]);
    expect(relativeError(a, alone)).toBeLessThan(1e-5);
  });
});

describe('samples of 3 and 5 tokens', () => {
  const samples = [datumOf(randomTokens(11, 3, config.vocabSize)), datumOf(randomTokens(12, 5, config.vocabSize))];

  it('have the same log-probabilities, summed loss and gradient in one row as each alone', async () => {
    const ce: Loss = { name: 'cross_entropy' };
    const together = await logprobsOf(samples);
    for (const [i, sample] of samples.entries()) {
      const [alone] = await logprobsOf([sample]);
      for (const [t, lp] of alone.entries()) expect(Math.abs(together[i][t] - lp)).toBeLessThan(1e-5);
    }
    const packed = await gradientOf([samples], ce);
    const apart = await gradientOf(
      samples.map((sample) => [sample]),
      ce,
    );
    expect(packed.loss).toBeCloseTo(apart.loss, 4);
    expect(packed.loss).toBeCloseTo(-together.flatMap((lps) => [...lps]).reduce((sum, lp) => sum + lp, 0), 4);
    expect(normError(packed.gradient, apart.gradient)).toBeLessThan(1e-5);
  });
});
