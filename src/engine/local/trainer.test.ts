// The trainer on a tiny model: packing, sharing a prompt and splitting into micro-batches change nothing but rounding; a mean over
// tokens is a mean over all tokens; what is not finite is never applied.

import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { stream } from '../../algorithms/random.ts';
import { datumOf, normError, randomTokens, relativeError, tinyConfig, tinyStore } from '../../testing/tinyModel.ts';
import type { AdamParams, Datum, Loss } from '../engine.ts';
import { RowGraphs } from './rowGraphs.ts';
import { Trainer } from './trainer.ts';

const config = tinyConfig();
const store = tinyStore(config);
const graphs = new RowGraphs(config, 1);
afterAll(() => graphs.dispose());

const adam: AdamParams = { learningRate: 1e-2, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, gradClipNorm: 0 };

/** A group of responses to one prompt, with all that a policy loss may want. */
function group(name: string, seed: number, promptLength: number, lengths: readonly number[], shared: boolean): Datum[] {
  const prompt = randomTokens(seed, promptLength, config.vocabSize);
  return lengths.map((length, n) => {
    const random = stream(seed, 'datum', n);
    const datum = datumOf([...prompt, ...randomTokens(seed + 1000 + n, length, config.vocabSize)], promptLength, 0.1 + random.next());
    const per = (low: number, high: number) => Float32Array.from(datum.tokens, () => low + (high - low) * random.next());
    Object.assign(datum, { logprobs: per(-5, -2), refLogprobs: per(-5, -2), advantages: per(-1, 1) });
    return shared ? { ...datum, group: name, sharedPrefix: promptLength } : datum;
  });
}

const groups = (shared: boolean): Datum[] => [
  ...group('a', 1, 30, [40, 12, 25, 1, 33], shared),
  ...group('b', 2, 1, [9, 30], shared),
  ...group('c', 3, 90, [20, 21, 22, 23], shared),
  ...group('d', 4, 2, [100], shared),
];
const losses: Loss[] = [
  { name: 'cross_entropy' },
  { name: 'ppo', clipLow: 0.2, clipHigh: 0.28, klBeta: 0.05, temperature: 0.6 },
  { name: 'gspo', clipLow: 3, clipHigh: 4 },
];

async function gradientOf(
  batches: readonly Datum[][],
  loss: Loss,
  maxTokens?: number,
): Promise<{ loss: number; logprobs: Float32Array[]; gradient: Float32Array }> {
  const own = maxTokens === undefined ? graphs : new RowGraphs(config, 1, { maxTokens, linearCost: 512 });
  const trainer = new Trainer(own, store);
  let total = 0;
  const logprobs: Float32Array[] = [];
  for (const data of batches) {
    const result = await trainer.forwardBackward(data, loss);
    total += result.loss;
    logprobs.push(...result.logprobs);
  }
  const gradient = Float32Array.from([...trainer.gradients().values()].flatMap((g) => [...g]));
  if (own !== graphs) await own.dispose();
  return { loss: total, logprobs, gradient };
}

describe.each(losses)('packed and prefix-shared, $name', (loss) => {
  it('logprobs, loss and gradient are those of the data one by one', async () => {
    const alone = await gradientOf(
      groups(false).map((datum) => [datum]),
      loss,
    );
    const packed = await gradientOf([groups(true)], loss);
    for (const [i, logprobs] of packed.logprobs.entries())
      for (const [t, lp] of logprobs.entries()) expect(Math.abs(lp - alone.logprobs[i][t])).toBeLessThan(1e-5);
    expect(relativeError([packed.loss], [alone.loss])).toBeLessThan(1e-5);
    expect(normError(packed.gradient, alone.gradient)).toBeLessThan(1e-5);
  });
});

describe('micro-batches', () => {
  it('any split of the data, and any budget of tokens, gives the same loss and gradient', async () => {
    const data = groups(true);
    const whole = await gradientOf([data], losses[1]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: data.length, maxLength: data.length }), async (part) => {
        const parts = [0, 1, 2].map((p) => data.filter((_, i) => part[i] === p)).filter(({ length }) => length > 0);
        const split = await gradientOf(parts, losses[1]);
        expect(relativeError([split.loss], [whole.loss])).toBeLessThan(1e-5);
        expect(normError(split.gradient, whole.gradient)).toBeLessThan(1e-6);
      }),
      { numRuns: 8 },
    );
    for (const maxTokens of [1, 256, 700]) {
      const split = await gradientOf([data], losses[1], maxTokens);
      expect(relativeError([split.loss], [whole.loss])).toBeLessThan(1e-5);
      expect(normError(split.gradient, whole.gradient)).toBeLessThan(1e-6);
    }
  });

  it('a mean over tokens is over all tokens, however the batch is split (not a mean of means)', async () => {
    const data = [datumOf(randomTokens(1, 3, 40), 1, 1 / 10), datumOf(randomTokens(2, 9, 40), 1, 1 / 10)];
    const once = await gradientOf([data], losses[0]);
    const twice = await gradientOf([[data[0]], [data[1]]], losses[0]);
    const mean = once.logprobs.flatMap((logprobs) => [...logprobs]).reduce((sum, lp) => sum - lp / 10, 0);
    expect(once.logprobs.map(({ length }) => length)).toEqual([2, 8]);
    expect(relativeError([once.loss, twice.loss], [mean, mean])).toBeLessThan(1e-6);
    expect(normError(twice.gradient, once.gradient)).toBeLessThan(1e-6);
  });
});

describe('what bears a loss', () => {
  it('entropy is that of the whole distribution, and only positions with a weight are filled', async () => {
    const trainer = new Trainer(graphs, store);
    const sequence = randomTokens(5, 12, config.vocabSize);
    const { logprobs, entropy } = await trainer.forward([datumOf(sequence, 6)], undefined, { entropy: true });
    expect([...logprobs[0].subarray(0, 5), ...(entropy as Float32Array[])[0].subarray(0, 5)]).toEqual(Array(10).fill(0));
    // All continuations of the first six tokens, each asked for its log-probability.
    const every = Array.from({ length: config.vocabSize }, (_, id) => datumOf([...sequence.subarray(0, 6), id], 6));
    const all = (await trainer.forward(every)).logprobs.map((lp) => lp[5]);
    expect(all.reduce((sum, lp) => sum + Math.exp(lp), 0)).toBeCloseTo(1, 5);
    expect((entropy as Float32Array[])[0][5]).toBeCloseTo(
      all.reduce((sum, lp) => sum - lp * Math.exp(lp), 0),
      4,
    );
  });

  it('a batch in which nothing bears a loss is a gradient of zero, not an error', async () => {
    const trainer = new Trainer(graphs, tinyStore(config));
    const { loss, logprobs } = await trainer.forwardBackward([datumOf(randomTokens(6, 9, 40), 1, 0)], losses[0]);
    expect([loss, ...logprobs[0]]).toEqual(Array(9).fill(0));
    expect(trainer.optimStep(adam)).toEqual({ gradNorm: 0, applied: true });
    expect(trainer.optimizer.step).toBe(1);
  });

  it('optimStep without any forwardBackward is refused', () => {
    expect(() => new Trainer(graphs, store).optimStep(adam)).toThrow('call forwardBackward first');
  });
});

describe('data that do not fit are refused by number and name', () => {
  const good = (): Datum => datumOf(randomTokens(7, 8, 40));
  const long = Int32Array.from({ length: 162 }, () => 1);
  it.each<[string, Datum[], Loss, RegExp]>([
    ['an id past the vocabulary', [good(), datumOf([1, 2, 40, 3])], losses[0], /datum 1 holds token 40; the vocabulary has 40/],
    ['a negative id', [datumOf([1, -1, 3])], losses[0], /datum 0 holds token -1/],
    ['more tokens than the context', [datumOf(long)], losses[0], /datum 0 has 161 tokens; the model's context is 160/],
    ['arrays of other lengths', [{ ...good(), weights: new Float32Array(3) }], losses[0], /datum 0: 7 tokens, 7 targets and 3 weights/],
    [
      'advantages of another length',
      [{ ...good(), advantages: new Float32Array(6) }],
      { name: 'importance_sampling' },
      /datum 0: 7 tokens and 6 advantages/,
    ],
    ['no advantages for a policy loss', [good()], { name: 'ppo' }, /the loss ppo needs advantages, which datum 0 lacks/],
    ['no reference for the KL term', [good()], { name: 'cross_entropy', klBeta: 0.1 }, /needs refLogprobs, which datum 0 lacks/],
    [
      'old logprobs on some only',
      [{ ...good(), logprobs: new Float32Array(7), advantages: new Float32Array(7) }, good()],
      { name: 'ppo' },
      /1 of 2 data bring old logprobs/,
    ],
  ])('%s', async (_, data, loss, message) => {
    const trainer = new Trainer(graphs, store);
    await expect(trainer.forwardBackward(data, loss)).rejects.toThrow(message);
    // The trainer goes on.
    expect((await trainer.forwardBackward([good()], losses[0])).loss).toBeGreaterThan(0);
  });
});

describe('optimStep', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'an advantage of %s is not applied: weights, moments and version stay, and the next step is clean',
    async (advantage) => {
      const fresh = tinyStore(config);
      const trainer = new Trainer(graphs, fresh);
      const datum = datumOf(randomTokens(8, 20, 40));
      const advantages = new Float32Array(19).fill(1);
      await trainer.forwardBackward([{ ...datum, advantages }], { name: 'importance_sampling' });
      trainer.optimStep(adam);
      const before = [...fresh.parameters.values()].map(({ data }) => data.slice());
      const moments = structuredClone(trainer.optimizer.moments);
      await trainer.forwardBackward([{ ...datum, advantages: advantages.map((a, t) => (t === 7 ? advantage : a)) }], {
        name: 'importance_sampling',
      });
      const { applied, gradNorm } = trainer.optimStep(adam);
      expect(applied).toBe(false);
      expect(Number.isFinite(gradNorm)).toBe(false);
      expect([...fresh.parameters.values()].map(({ data }) => data)).toEqual(before);
      expect(trainer.optimizer.moments).toEqual(moments);
      expect([fresh.version, trainer.optimizer.step]).toEqual([1, 1]);
      await trainer.forwardBackward([{ ...datum, advantages }], { name: 'importance_sampling' });
      expect(trainer.optimStep(adam).applied).toBe(true);
    },
  );

  it('reports the norm before clipping; clipping scales the whole gradient', async () => {
    const datum = datumOf(randomTokens(9, 20, 40));
    const run = async (gradClipNorm: number) => {
      const trainer = new Trainer(graphs, tinyStore(config));
      await trainer.forwardBackward([datum], losses[0]);
      const gradient = [...trainer.gradients().values()].flatMap((g) => [...g]);
      const result = trainer.optimStep({ ...adam, gradClipNorm });
      return { ...result, gradient, m: [...trainer.optimizer.moments.values()].flatMap(({ m }) => [...m]) };
    };
    const free = await run(0);
    const clipped = await run(0.5);
    const norm = Math.hypot(...free.gradient);
    expect(relativeError([free.gradNorm, clipped.gradNorm], [norm, norm])).toBeLessThan(1e-6);
    expect(
      normError(
        clipped.m,
        free.m.map((m) => (m * 0.5) / norm),
      ),
    ).toBeLessThan(1e-6);
    expect(Math.hypot(...clipped.m)).toBeCloseTo(0.1 * 0.5, 6);
  });
});
