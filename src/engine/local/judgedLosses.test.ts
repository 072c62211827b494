// The losses on pairs, labels and a teacher through the whole model: their values are the formulas of algorithms/ on the model's own scores and
// log-probabilities, their gradients those of finite differences, and a pair is never computed apart.

import { afterAll, describe, expect, it } from 'vitest';
import { binaryLoss, bradleyTerryLoss, dpoLoss } from '../../algorithms/preferenceLoss.ts';
import { teacherDistribution, teacherKl } from '../../algorithms/teacherKl.ts';
import { withScalarHead } from '../../formats/modelConfig.ts';
import { datumOf, normError, randomTokens, tinyConfig, tinyStore } from '../../testing/tinyModel.ts';
import type { Datum, ForwardResult, Loss } from '../engine.ts';
import { estimateMemory } from './memoryEstimate.ts';
import { packData } from './packing.ts';
import type { ParameterStore } from './parameters.ts';
import { RowGraphs } from './rowGraphs.ts';
import { Trainer } from './trainer.ts';

const lm = tinyConfig();
const scalar = withScalarHead(lm);
const V = lm.vocabSize;
const K = 3;
const stores = { lm: tinyStore(lm), scalar: tinyStore(scalar) };
const graphs = { lm: new RowGraphs(lm, 1), scalar: new RowGraphs(scalar, 1) };
afterAll(() => Promise.all(Object.values(graphs).map((own) => own.dispose())));

/** Six data of several lengths, three pairs in mixed order, with all that the losses want. */
const data: Datum[] = [40, 9, 21, 30, 5, 12].map((length, i) => {
  const datum = datumOf([...randomTokens(i % 3, 6, V), ...randomTokens(10 + i, length, V)], 6, 0.2 + 0.1 * i);
  const T = datum.tokens.length;
  const teacherIds = Int32Array.from({ length: T * K }, (_, at) => (7 * at + i) % V);
  // At one position the teacher knows an id that the student has not.
  teacherIds[(T - 1) * K] = V + 2;
  return {
    ...datum,
    pair: `pair ${i % 3}`,
    label: i % 2,
    refLogprobs: Float32Array.from({ length: T }, (_, t) => -3 - ((t + i) % 4) / 4),
    teacherIds,
    teacherLogprobs: Float32Array.from({ length: T * K }, (_, at) => -0.5 - ((3 * at + i) % 5) / 2),
    group: `prompt ${i % 3}`,
    sharedPrefix: 6,
  };
});
const last = (datum: Datum): number => datum.weights[datum.weights.length - 1];
const weighted = ({ weights }: Datum): number[] => [...weights.keys()].filter((t) => weights[t] !== 0);
const pairs = [0, 1, 2].map((i) => [i, i + 3] as const);

/** The loss as the formulas have it, on what the model says. */
const expected: Record<string, (result: ForwardResult, top: (datum: number, t: number, id: number) => number) => number> = {
  bradley_terry: ({ scores = [] }) => pairs.reduce((sum, [a, b]) => sum + last(data[a]) * bradleyTerryLoss(scores[a], scores[b]).loss, 0),
  binary: ({ scores = [] }) => data.reduce((sum, datum, i) => sum + last(datum) * binaryLoss(scores[i], i % 2).loss, 0),
  dpo: ({ logprobs }) => {
    const compared = (i: number) => ({
      logprobs: weighted(data[i]).map((t) => logprobs[i][t]),
      refLogprobs: weighted(data[i]).map((t) => data[i].refLogprobs?.[t] as number),
    });
    return pairs.reduce((sum, [a, b]) => sum + last(data[a]) * dpoLoss(compared(a), compared(b), 0.3).loss, 0);
  },
  teacher_kl: (_, logprobOf) =>
    data.reduce((sum, { weights, teacherIds, teacherLogprobs }, i) => {
      for (const t of weighted(data[i])) {
        const ids = [...(teacherIds?.subarray(t * K, (t + 1) * K) ?? [])];
        const teacher = teacherDistribution(ids, teacherLogprobs?.subarray(t * K, (t + 1) * K) ?? [], V);
        if (teacher === undefined) throw new Error('no distribution');
        const own = ids.map((id) => (id < V ? logprobOf(i, t, id) : 0));
        sum += weights[t] * teacherKl(teacher, own);
      }
      return sum;
    }, 0),
};

const losses: [Loss, 'lm' | 'scalar'][] = [
  [{ name: 'bradley_terry' }, 'scalar'],
  [{ name: 'binary' }, 'scalar'],
  [{ name: 'dpo', beta: 0.3 }, 'lm'],
  [{ name: 'teacher_kl' }, 'lm'],
];

describe.each(losses)('$name', (loss, head) => {
  it('is the formula on what the model says', async () => {
    const { parameters } = stores[head];
    const trainer = new Trainer(graphs[head], stores[head]);
    const result = await trainer.forward(data, loss);
    const all = head === 'lm' ? await graphs.lm.top(parameters, data, V, 1) : [];
    const logprobOf = (i: number, t: number, id: number): number => {
      const at = all[i].ids.subarray(t * V, (t + 1) * V).indexOf(id);
      return all[i].logprobs[t * V + at];
    };
    const wanted = expected[loss.name](result, logprobOf);
    expect(Math.abs(result.loss - wanted) / wanted).toBeLessThan(1e-5);
    expect(wanted).toBeGreaterThan(0.1);
  });

  it('has the gradient that finite differences give, in every weight', async () => {
    const store: ParameterStore = head === 'lm' ? tinyStore(lm) : tinyStore(scalar);
    const trainer = new Trainer(graphs[head], store);
    await trainer.forwardBackward(data, loss);
    for (const [name, { data: weights }] of store.trainable) {
      const gradient = trainer.gradients().get(name) as Float32Array;
      const i = gradient.reduce((best, g, at) => (Math.abs(g) > Math.abs(gradient[best]) ? at : best), 0);
      const [original, h] = [weights[i], 2e-3];
      const at = async (value: number): Promise<number> => {
        weights[i] = value;
        return (await trainer.forward(data, loss)).loss;
      };
      const slope = ((await at(original + h)) - (await at(original - h))) / (2 * h);
      weights[i] = original;
      expect(Math.abs(slope - gradient[i]) / Math.max(Math.abs(slope), 0.02), name).toBeLessThan(0.03);
    }
  });

  it('and its gradient are the same in small micro-batches, pair by pair, and packed together', async () => {
    const gradientOf = async (maxTokens: number, batches: readonly Datum[][]) => {
      const own = new RowGraphs(head === 'lm' ? lm : scalar, 1, { maxTokens, linearCost: 512 });
      const trainer = new Trainer(own, stores[head]);
      let total = 0;
      for (const batch of batches) total += (await trainer.forwardBackward(batch, loss)).loss;
      await own.dispose();
      return { total, gradient: Float32Array.from([...trainer.gradients().values()].flatMap((g) => [...g])) };
    };
    const whole = await gradientOf(8192, [data]);
    for (const other of [
      await gradientOf(1, [data]),
      await gradientOf(
        8192,
        pairs.map(([a, b]) => [data[a], data[b]]),
      ),
    ]) {
      expect(other.total).toBeCloseTo(whole.total, 4);
      expect(normError(other.gradient, whole.gradient)).toBeLessThan(1e-5);
    }
  });

  it("has its memory known before anything is loaded: an adapter's is less", () => {
    const config = tinyConfig({ hidden_size: 256, vocab_size: 4000 });
    const training = { data, loss };
    const lora = { rank: 2, alpha: 4, targets: ['q_proj'] };
    const [full, adapter] = [{}, { lora }].map((how) => estimateMemory({ config, head, training, ...how }).bytes);
    expect(adapter).toBeLessThan(full);
  });
});

it('a pair is in one micro-batch, at whatever size of one', () => {
  for (const maxTokens of [1, 64, 128, 256, 8192])
    for (const given of [data, data.map(({ group: _, ...datum }) => datum)]) {
      const batches = packData(given, { maxTokens, linearCost: 512 }).map(({ placements }) => placements.map(({ datum }) => datum));
      expect(batches.flat().sort()).toEqual([0, 1, 2, 3, 4, 5]);
      for (const batch of batches) for (const datum of batch) expect(batch).toContain((datum + 3) % 6);
    }
});

it('scores of 10,000 and -10,000 have finite losses and gradients', async () => {
  const store = tinyStore(scalar);
  const trainer = new Trainer(graphs.scalar, store);
  const { scores = [] } = await trainer.forward(data);
  const score = store.parameters.get('score.weight')?.data as Float32Array;
  const scale = 2e4 / Math.min(...pairs.map(([a, b]) => Math.abs(scores[a] - scores[b])));
  for (const [i, weight] of score.entries()) score[i] = weight * scale;
  for (const name of ['bradley_terry', 'binary'] as const) {
    const { loss } = await trainer.forwardBackward(data, { name });
    expect(Number.isFinite(loss)).toBe(true);
    for (const gradient of trainer.gradients().values()) expect(gradient.every(Number.isFinite)).toBe(true);
    trainer.dropGradients();
  }
});

it('the likeliest tokens are those of the whole distribution, in order, with its log-probabilities; nothing at other positions', async () => {
  const { parameters } = stores.lm;
  const [top, all] = [await graphs.lm.top(parameters, data, 4, 0.7), await graphs.lm.top(parameters, data, V, 0.7)];
  const trainer = new Trainer(graphs.lm, stores.lm);
  const { logprobs } = await trainer.forward(data, undefined, { temperature: 0.7 });
  for (const [i, { targets, weights }] of data.entries())
    for (const [t, weight] of weights.entries()) {
      const row = all[i].logprobs.subarray(t * V, (t + 1) * V);
      const ids = all[i].ids.subarray(t * V, (t + 1) * V);
      if (weight === 0) {
        expect([...row, ...ids].every((value) => value === 0)).toBe(true);
        continue;
      }
      expect([...row]).toEqual([...row].sort((a, b) => b - a));
      expect([...ids].sort((a, b) => a - b)).toEqual(Array.from({ length: V }, (_, id) => id));
      expect(row[ids.indexOf(targets[t])]).toBeCloseTo(logprobs[i][t], 5);
      expect([...top[i].ids.subarray(4 * t, 4 * t + 4)]).toEqual([...ids.subarray(0, 4)]);
    }
  await expect(graphs.lm.top(parameters, data, V + 1, 1)).rejects.toThrow('41 likeliest tokens of a vocabulary of 40');
});

describe('is refused by number and name', () => {
  it.each<[string, Datum[], Loss, 'lm' | 'scalar', string]>([
    ['a datum without a pair', [data[0], { ...data[3], pair: undefined }], { name: 'dpo' }, 'lm', 'datum 1 belongs to no pair'],
    ['a pair of one', [data[0]], { name: 'bradley_terry' }, 'scalar', 'the pair pair 0 has 1 data (0), not 2'],
    [
      'a pair of which one half bears nothing',
      [data[0], { ...data[3], weights: new Float32Array(data[3].weights.length) }],
      { name: 'dpo' },
      'lm',
      'of the pair pair 0 only datum 0 has a position with a weight',
    ],
    ['no reference', [{ ...data[0], refLogprobs: undefined }, data[3]], { name: 'dpo' }, 'lm', 'needs refLogprobs, which datum 0 lacks'],
    ['no label', [{ ...data[0], label: undefined }], { name: 'binary' }, 'scalar', 'needs a label, 1 or 0; datum 0 has none'],
    ['no teacher', [{ ...data[0], teacherIds: undefined }], { name: 'teacher_kl' }, 'lm', 'datum 0: 45 tokens, 0 teacherIds and 135'],
    [
      'a teacher whose ids the student has not',
      [{ ...data[0], teacherIds: data[0].teacherIds?.map(() => V) }],
      { name: 'teacher_kl' },
      'lm',
      'datum 0: at position 5 the teacher gives no id that the student has',
    ],
    ['a KL term', data, { name: 'dpo', klBeta: 0.1 }, 'lm', 'the loss dpo takes no KL term'],
  ])('%s', async (_, given, loss, head, message) => {
    await expect(new Trainer(graphs[head], stores[head]).forwardBackward(given, loss)).rejects.toThrow(message);
  });
});
