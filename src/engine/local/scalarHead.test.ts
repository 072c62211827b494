// A scalar head: its scores are transformers' and peft's, the same alone and in a batch; it is trained with the model or beside an adapter,
// written and read back, and what is no reward model is refused where one is wanted, and the other way round.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../../formats/modelSource.ts';
import { pathOf } from '../../platform/files.ts';
import { randomTokens, writeTinyModel } from '../../testing/tinyModel.ts';
import type { AdamParams, Datum, Engine, LoraOptions, TrainingClient } from '../engine.ts';
import { createLocalEngine } from './localEngine.ts';
import { loadAdapted, loadModel, loadSampled, saveModel } from './model.ts';

const goldenDir = (path: string): string => pathOf(new URL(path, import.meta.url));
const models = goldenDir('../../models/golden');
const V = 40;
const adam: AdamParams = { learningRate: 1e-2, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, gradClipNorm: 0 };
const lora: LoraOptions = { rank: 3, alpha: 6, targets: ['q_proj', 'v_proj', 'down_proj'] };

/** A whole text, scored at its last token. */
function textOf(tokens: ArrayLike<number>, rest: Partial<Datum> = {}): Datum {
  const weights = new Float32Array(tokens.length);
  weights[tokens.length - 1] = 1;
  return { tokens: Int32Array.from(tokens), targets: new Int32Array(tokens.length), weights, ...rest };
}

let scratch: string;
let base: string;
let engine: Engine;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'thinkling-scalar-'));
  base = await writeTinyModel(join(scratch, 'base'));
  engine = createLocalEngine({ threads: 1 });
});
afterAll(async () => {
  await engine.close();
  await rm(scratch, { recursive: true, force: true });
});

function closeTo(got: readonly number[] | undefined, wanted: readonly number[], tolerance = 1e-5): void {
  expect(got?.length).toBe(wanted.length);
  for (const [i, score] of (got ?? []).entries()) expect(Math.abs(score - wanted[i]), `score ${i}`).toBeLessThan(tolerance);
}

describe("scores are transformers'", async () => {
  const golden = JSON.parse(await readFile(join(goldenDir('./golden/rewardModel'), 'golden.json'), 'utf8')) as {
    sequences: number[][];
    models: Record<string, { class?: string; score?: number[]; scores: number[] }>;
  };
  const texts = golden.sequences.map((sequence) => textOf(sequence));

  it.each(Object.entries(golden.models).filter(([name]) => name !== 'adapter'))(
    '%s',
    async (name, { class: architecture, score, scores }) => {
      const model = await loadModel(join(models, name), 1, { head: 'scalar', seed: 1 });
      model.store.parameters.get('score.weight')?.data.set(score as number[]);
      closeTo((await model.rows.run(model.store.parameters, texts, { temperature: 1 })).scores, scores);
      // Written, it is theirs by name, and read back it is the same.
      const dir = join(scratch, name);
      await saveModel(dir, model, model.store);
      const config = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8'));
      expect([config.architectures, config.id2label]).toEqual([[architecture], { 0: 'LABEL_0' }]);
      const scorer = await engine.createScorer({ model: dir });
      closeTo(await scorer.score(texts), scores);
      await scorer.close();
      const source = await openModel(dir);
      expect([source.shapes.get('score.weight'), source.shapes.has('lm_head.weight')]).toEqual([[1, score?.length], false]);
      await source.close();
    },
  );

  it("peft's own SEQ_CLS adapter, merged and beside the weights of a trainer that shares them", async () => {
    const dir = goldenDir('./golden/rewardModel/adapter');
    const held = await loadAdapted(join(models, 'untied'), lora, 1, 1);
    for (const model of [await loadSampled(dir, [], 1, 'scalar'), await loadSampled(dir, [held], 1, 'scalar')])
      closeTo((await model.rows.run(model.store.parameters, texts, { temperature: 1 })).scores, golden.models.adapter.scores);
    const shared = await loadSampled(dir, [held], 1, 'scalar');
    const name = 'model.embed_tokens.weight';
    expect(shared.store.parameters.get(name)?.data).toBe(held.store.parameters.get(name)?.data);
  });
});

/** Texts in which the preferred one of each pair holds more of the token 7. */
const pairs = Array.from({ length: 6 }, (_, i) => {
  const prompt = randomTokens(i, 8, V);
  const answer = (seed: number, good: boolean): Datum =>
    textOf([...prompt, ...randomTokens(seed, 5 + i, V).map((id, at) => (good && at % 2 === 0 ? 7 : id)), 0], {
      pair: `p${i}`,
      group: `p${i}`,
      sharedPrefix: 8,
    });
  const [chosen, rejected] = [answer(100 + i, true), answer(200 + i, false)];
  for (const datum of [chosen, rejected]) datum.weights[datum.weights.length - 1] = 1 / 6;
  return [chosen, rejected];
}).flat();

async function train(trainer: TrainingClient, steps: number): Promise<number> {
  let loss = 0;
  for (let i = 0; i < steps; i++) {
    ({ loss } = await trainer.forwardBackward(pairs, { name: 'bradley_terry' }));
    expect((await trainer.optimStep(adam)).applied).toBe(true);
  }
  return loss;
}

describe.each([
  ['whole', undefined],
  ['by LoRA', lora],
])('trained %s', (kind, options) => {
  const create = (seed = 3): Promise<TrainingClient> => engine.createTrainer({ model: base, head: 'scalar', lora: options, seed });

  it('learns which of two is preferred, and is scored as it was trained after it was saved', async () => {
    const trainer = await create();
    const first = await train(trainer, 1);
    const last = await train(trainer, 25);
    expect(last).toBeLessThan(first / 3);
    const { scores } = await trainer.forward(pairs);
    const dir = join(scratch, `trained ${kind}`);
    await trainer.saveState(dir);
    await trainer.close();
    const scorer = await engine.createScorer({ model: dir });
    closeTo(await scorer.score(pairs), scores as number[], 1e-4);
    await scorer.close();
    // It goes on as a scalar-headed trainer from its own head, and is no language model.
    const again = await engine.createTrainer({ model: dir, head: 'scalar', seed: 99 });
    closeTo((await again.forward(pairs)).scores, scores as number[], 1e-4);
    await again.close();
    await expect(engine.createSampler({ model: dir })).rejects.toThrow('is a reward model: it gives a text one score, and no tokens');
    await expect(engine.createTrainer({ model: dir, seed: 1 })).rejects.toThrow('is a reward model');
  });

  it('a resumed run has the bits of an uninterrupted one', async () => {
    const [whole, cut] = [await create(), await create()];
    await train(whole, 4);
    await train(cut, 2);
    const state = await cut.saveState(join(scratch, `state ${kind}`));
    const resumed = await create(77);
    await resumed.loadState(state);
    await train(resumed, 2);
    expect((await resumed.forward(pairs)).scores).toEqual((await whole.forward(pairs)).scores);
    for (const trainer of [whole, cut, resumed]) await trainer.close();
  });

  it('its head is drawn by the seed', async () => {
    const scores = await Promise.all(
      [3, 3, 4].map(async (seed) => {
        const trainer = await create(seed);
        const { scores: found } = await trainer.forward(pairs);
        await trainer.close();
        return found as number[];
      }),
    );
    expect(scores[0]).toEqual(scores[1]);
    expect(scores[0]).not.toEqual(scores[2]);
  });
});

it('a score is equal alone and among others of other lengths, whatever else of the text has weights', async () => {
  const trainer = await engine.createTrainer({ model: base, head: 'scalar', seed: 5 });
  const texts = Array.from({ length: 9 }, (_, i) => textOf(randomTokens(i, 3 + 17 * i, V)));
  const together = (await trainer.forward(texts)).scores as number[];
  for (const [i, text] of texts.entries()) {
    closeTo((await trainer.forward([text])).scores, [together[i]]);
    closeTo((await trainer.forward([{ ...text, weights: text.weights.map(() => 0.5) }])).scores, [together[i]]);
  }
  // What follows the last weight is not read: the score of a text is that of its beginning.
  const longer = textOf([...texts[3].tokens, 1, 2, 3]);
  longer.weights.fill(0).fill(1, 0, texts[3].tokens.length);
  closeTo((await trainer.forward([longer])).scores, [together[3]]);
  expect((await trainer.forward([{ ...longer, weights: longer.weights.map(() => 0) }])).scores).toEqual([Number.NaN]);
  await trainer.close();
});

describe('is refused by name', () => {
  it('a language model as a scorer, tokens of a scalar head, and losses of the other head', async () => {
    await expect(engine.createScorer({ model: base })).rejects.toThrow('has no scalar head: it is no reward model');
    const scalar = await engine.createTrainer({ model: base, head: 'scalar', seed: 1 });
    await expect(scalar.samplingClient()).rejects.toThrow('gives no tokens');
    await expect(scalar.forwardBackward(pairs, { name: 'cross_entropy' })).rejects.toThrow(
      'the loss cross_entropy is of a model with the head lm',
    );
    await scalar.close();
    const lm = await engine.createTrainer({ model: base, seed: 1 });
    await expect(lm.forwardBackward(pairs, { name: 'bradley_terry' })).rejects.toThrow(
      'is of a model with the head scalar, and this one has lm',
    );
    await lm.close();
  });

  it('a classifier of two labels, an adapter without its head, and a text without a weight', async () => {
    const trainer = await engine.createTrainer({ model: base, head: 'scalar', lora, seed: 1 });
    const dir = join(scratch, 'no head');
    await trainer.saveState(dir);
    const scorer = await engine.createScorer({ model: dir });
    await expect(scorer.score([pairs[0], textOf([])])).rejects.toThrow('datum 1 has no position with a weight');
    await scorer.close();
    const file = join(dir, 'adapter_config.json');
    const config = JSON.parse(await readFile(file, 'utf8'));
    expect(config).toMatchObject({ task_type: 'SEQ_CLS', modules_to_save: ['score'] });
    for (const [change, message] of [
      [{ modules_to_save: null }, 'task_type is SEQ_CLS, and modules_to_save does not have the head, score'],
      [{ modules_to_save: ['score', 'embed_tokens'] }, 'modules_to_save is ["embed_tokens"], which is not supported'],
      [{ task_type: 'CAUSAL_LM' }, 'modules_to_save is ["score"], which is not supported'],
    ] as const) {
      await writeFile(file, JSON.stringify({ ...config, ...change }));
      await expect(engine.createScorer({ model: dir })).rejects.toThrow(message);
    }
    await trainer.close();
    const whole = await engine.createTrainer({ model: base, head: 'scalar', seed: 1 });
    const two = join(scratch, 'two labels');
    await whole.saveState(two);
    await whole.close();
    const modelFile = join(two, 'config.json');
    const raw = JSON.parse(await readFile(modelFile, 'utf8'));
    await writeFile(modelFile, JSON.stringify({ ...raw, id2label: { 0: 'bad', 1: 'good' } }));
    await expect(engine.createScorer({ model: two })).rejects.toThrow('is a classifier of 2 labels; only a reward model, which has one');
  });
});
