// The engine through its seam and its thread: runs repeat bit for bit, a resumed run is the uninterrupted one, a sampling client stays
// with its policy, and a call that fails harms no other.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stream } from '../../algorithms/random.ts';
import { residentMemory } from '../../platform/memory.ts';
import { datumOf, randomTokens, tinyNewModel } from '../../testing/tinyModel.ts';
import type { AdamParams, Datum, Engine, Loss, SampleParams, SamplingClient, TrainingClient } from '../engine.ts';
import { createLocalEngine } from './localEngine.ts';

let scratch: string;
let engine: Engine;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'thinkling-engine-'));
  engine = createLocalEngine({ threads: 1 });
});
afterAll(async () => {
  await engine.close();
  await rm(scratch, { recursive: true, force: true });
});

const V = 40;
const adam: AdamParams = { learningRate: 3e-3, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1, gradClipNorm: 1 };
const ppo: Loss = { name: 'ppo', clipLow: 0.2, clipHigh: 0.28, klBeta: 0.01, temperature: 0.8 };
const sampling: SampleParams = { n: 1, maxTokens: 12, temperature: 1, topP: 1, topK: 0, stop: [], seed: 3 };

/** The batch of a step: a group of four responses and two lone sequences. */
function batch(step: number): Datum[] {
  const prompt = randomTokens(step, 20, V);
  return Array.from({ length: 6 }, (_, i) => {
    const random = stream(step, 'response', i);
    const grouped = i < 4;
    const start = grouped ? prompt : randomTokens(100 + step, 3 + i, V);
    const datum = datumOf([...start, ...randomTokens(200 + 10 * step + i, 5 + 9 * i, V)], start.length, 0.05);
    const per = (low: number, high: number) => Float32Array.from(datum.tokens, () => low + (high - low) * random.next());
    Object.assign(datum, { logprobs: per(-4, -3.4), refLogprobs: per(-4, -3.4), advantages: per(-1, 1) });
    return grouped ? { ...datum, group: 'g', sharedPrefix: start.length } : datum;
  });
}

const newTrainer = (on = engine): Promise<TrainingClient> => on.createTrainer({ init: tinyNewModel(), seed: 7 });

async function train(trainer: TrainingClient, from: number, to: number): Promise<number[]> {
  const norms: number[] = [];
  for (let step = from; step < to; step++) {
    const data = batch(step);
    // Two calls a step: gradients accumulate inside.
    await trainer.forwardBackward(data.slice(0, 4), ppo);
    await trainer.forwardBackward(data.slice(4), { name: 'cross_entropy' });
    const { applied, gradNorm } = await trainer.optimStep(adam);
    expect(applied).toBe(true);
    norms.push(gradNorm);
  }
  return norms;
}

async function stateBytes(trainer: TrainingClient, name: string): Promise<Buffer[]> {
  const dir = join(scratch, name);
  await trainer.saveState(dir);
  return Promise.all(['model.safetensors', 'optimizer.safetensors'].map((file) => readFile(join(dir, file))));
}

describe('training', () => {
  it('twice is the same bit for bit; and so is 5 steps, a state, a fresh engine and 5 more', async () => {
    const first = await newTrainer();
    const norms = await train(first, 0, 5);
    await first.saveState(join(scratch, 'five'));
    norms.push(...(await train(first, 5, 10)));
    const whole = await stateBytes(first, 'whole');

    const second = await newTrainer();
    expect(await train(second, 0, 10)).toEqual(norms);
    expect(await stateBytes(second, 'again')).toEqual(whole);

    const fresh = createLocalEngine({ threads: 1 });
    const resumed = await fresh.createTrainer({ init: tinyNewModel(), seed: 1234 });
    await resumed.loadState(join(scratch, 'five'));
    expect(await train(resumed, 5, 10)).toEqual(norms.slice(5));
    expect(await stateBytes(resumed, 'resumed')).toEqual(whole);
    // The state is a model directory, too.
    const loaded = await fresh.createTrainer({ model: join(scratch, 'whole'), seed: 0 });
    expect((await loaded.forward(batch(0))).logprobs).toEqual((await first.forward(batch(0))).logprobs);
    await fresh.close();
    for (const trainer of [first, second]) await trainer.close();
  });

  it('on two threads is the same bit for bit, too', async () => {
    const two = createLocalEngine({ threads: 2 });
    const [a, b] = [await newTrainer(two), await newTrainer(two)];
    expect(await train(a, 0, 2)).toEqual(await train(b, 0, 2));
    expect(await stateBytes(a, 'a')).toEqual(await stateBytes(b, 'b'));
    await two.close();
  });

  it('learns: the loss of a repeated batch falls', async () => {
    const trainer = await newTrainer();
    const data = batch(1);
    const losses: number[] = [];
    for (let step = 0; step < 12; step++) {
      losses.push((await trainer.forwardBackward(data, { name: 'cross_entropy' })).loss);
      await trainer.optimStep({ ...adam, learningRate: 1e-2, weightDecay: 0 });
    }
    expect(losses[11]).toBeLessThan(0.8 * losses[0]);
    await trainer.close();
  });

  it('loadState forgets gradients of the weights that were', async () => {
    const trainer = await newTrainer();
    await trainer.saveState(join(scratch, 'start'));
    await trainer.forwardBackward(batch(0), ppo);
    await trainer.loadState(join(scratch, 'start'));
    await expect(trainer.optimStep(adam)).rejects.toThrow('call forwardBackward first');
    await trainer.close();
  });

  it('a gradient that is not finite is not applied, and the next step is', async () => {
    const trainer = await newTrainer();
    const data = batch(0);
    const broken = data.map((datum) => ({ ...datum, advantages: datum.advantages?.map(() => Number.POSITIVE_INFINITY) }));
    await trainer.forwardBackward(broken, ppo);
    expect((await trainer.optimStep(adam)).applied).toBe(false);
    await train(trainer, 0, 3);
    const untroubled = await newTrainer();
    await train(untroubled, 0, 3);
    expect(await stateBytes(trainer, 'troubled')).toEqual(await stateBytes(untroubled, 'untroubled'));
    for (const each of [trainer, untroubled]) await each.close();
  });
});

describe('a sampling client', () => {
  const prompt = randomTokens(1, 10, V);
  it('stays with the policy it was made of, while the trainer goes on', async () => {
    const trainer = await newTrainer();
    await train(trainer, 0, 1);
    const old = await trainer.samplingClient();
    const data = batch(50);
    const logprobs = await old.logprobs(data, 0.8);
    const samples = await old.sample(prompt, sampling);
    expect(logprobs).toEqual((await trainer.forward(data, undefined, { temperature: 0.8 })).logprobs);
    await train(trainer, 1, 4);
    const young = await trainer.samplingClient();
    expect([old.version, young.version, samples[0].version]).toEqual([1, 4, 1]);
    expect(await old.logprobs(data, 0.8)).toEqual(logprobs);
    expect(await old.sample(prompt, sampling)).toEqual(samples);
    expect(await young.logprobs(data, 0.8)).not.toEqual(logprobs);
    expect((await young.sample(prompt, sampling))[0].version).toBe(4);
    // What it saves is what it samples from.
    await old.save(join(scratch, 'old'));
    const reopened = await engine.createSampler({ model: join(scratch, 'old') });
    expect(await reopened.logprobs(data, 0.8)).toEqual(logprobs);
    expect((await reopened.sample(prompt, sampling))[0].tokens).toEqual(samples[0].tokens);
    // An update after it is closed goes on from the newest weights.
    await old.close();
    await young.close();
    await reopened.close();
    await train(trainer, 4, 6);
    const whole = await newTrainer();
    await train(whole, 0, 6);
    expect(await stateBytes(trainer, 'sampled')).toEqual(await stateBytes(whole, 'never-sampled'));
    for (const each of [trainer, whole]) await each.close();
  });

  it('gives requests of one turn together what it gives them alone, streams them, and ends those whose signal aborts', async () => {
    const trainer = await newTrainer();
    const client = await trainer.samplingClient();
    const prompts = [randomTokens(2, 30, V), randomTokens(3, 1, V), randomTokens(4, 9, V)];
    const alone: Int32Array[] = [];
    for (const p of prompts) alone.push((await client.sample(p, sampling))[0].tokens);
    const streamed: number[][] = [[], [], []];
    const together = await Promise.all(
      prompts.map((p, i) => client.sample(p, { ...sampling, onTokens: (_, tokens) => streamed[i].push(...tokens) })),
    );
    expect(together.map(([{ tokens }]) => tokens)).toEqual(alone);
    expect(streamed).toEqual(alone.map((tokens) => [...tokens]));

    const late = new AbortController();
    const early = new AbortController();
    const running = client.sample(prompt, { ...sampling, maxTokens: 120, signal: late.signal, onTokens: () => late.abort() });
    const queued = client.sample(prompt, { ...sampling, maxTokens: 120, signal: early.signal });
    early.abort();
    for (const [{ stopReason, tokens }] of [await running, await queued]) {
      expect(stopReason).toBe('cancelled');
      expect(tokens.length).toBeLessThan(60);
    }
    await expect(client.sample(prompt, { ...sampling, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    await trainer.close();
  });
});

describe('requests that travel together', () => {
  it('are answered one by one, as each is done', async () => {
    const trainer = await newTrainer();
    const client = await trainer.samplingClient();
    const prompt = randomTokens(9, 8, V);
    const order: string[] = [];
    const ask = (name: string, maxTokens: number) =>
      client.sample(prompt, { ...sampling, stop: [], maxTokens }).then(() => order.push(name));
    const seen: string[][] = [];
    await Promise.all([ask('long', 150), ask('short', 2).then(() => seen.push([...order])), ask('middle', 60)]);
    expect(seen).toEqual([['short']]);
    expect(order).toEqual(['short', 'middle', 'long']);
    await trainer.close();
  });
});

describe('a call that fails', () => {
  it('names what is wrong, leaves no open state, and the engine goes on', async () => {
    const trainer = await newTrainer();
    const client: SamplingClient = await trainer.samplingClient();
    await expect(trainer.forwardBackward([datumOf([1, 99, 2])], ppo)).rejects.toThrow('token 99; the vocabulary has 40');
    await expect(client.sample(Int32Array.of(99), sampling)).rejects.toThrow('token 99; the vocabulary has 40');
    await expect(engine.createTrainer({ model: join(scratch, 'nowhere'), seed: 0 })).rejects.toThrow(/nowhere: there is no such model/);
    await expect(trainer.loadState(join(scratch, 'nowhere'))).rejects.toThrow(/nowhere/);
    await expect(engine.createSampler({ model: join(scratch, 'nowhere') })).rejects.toMatchObject({ name: 'InputError' });
    expect((await client.sample(Int32Array.of(3), sampling))[0].tokens.length).toBe(12);
    await client.close();
    await expect(client.sample(Int32Array.of(3), sampling)).rejects.toThrow('this sampler was closed');
    await trainer.close();
    await expect(trainer.forward(batch(0))).rejects.toThrow('this trainer was closed');
  });

  it('because the engine was closed in the midst of it is one error, and two engines live side by side', async () => {
    const other = createLocalEngine({ threads: 1 });
    const trainer = await newTrainer(other);
    const client = await trainer.samplingClient();
    let outcome: Promise<string> = Promise.resolve('');
    await new Promise<void>((resolve) => {
      outcome = client.sample(randomTokens(1, 5, V), { ...sampling, n: 64, maxTokens: 150, onTokens: () => resolve() }).then(
        () => 'done',
        (error: Error) => error.message,
      );
    });
    // The thread beside it computes meanwhile, and goes on as if it were alone.
    const still = await newTrainer();
    const beside = train(still, 0, 3);
    await other.close();
    expect(await outcome).not.toBe('done');
    await expect(trainer.forward(batch(0))).rejects.toThrow(/ended/);
    const alone = await newTrainer();
    expect(await beside).toEqual(await train(alone, 0, 3));
    for (const each of [still, alone]) await each.close();
  });
});

describe('capabilities and memory', () => {
  it('are told: each loss it names it has; what its bits depend on differs with the number of threads', async () => {
    const trainer = await newTrainer();
    const { losses, arithmetic } = await engine.capabilities();
    expect(losses).toContain('ppo');
    // Those of a scalar head are read from it, whatever is not theirs left aside.
    const ofScores = ['bradley_terry', 'binary'];
    const data = batch(0).map((datum, i) => ({
      ...datum,
      pair: `pair ${i % 3}`,
      teacherIds: datum.tokens,
      teacherLogprobs: new Float32Array(datum.tokens.length),
    }));
    for (const name of losses) {
      const forward = trainer.forward(data, { name, klBeta: name === 'dpo' || name === 'teacher_kl' ? 0 : 1 });
      if (ofScores.includes(name)) await expect(forward).rejects.toThrow(`the loss ${name} is of a model with the head scalar`);
      else expect((await forward).loss, name).not.toBe(0);
    }
    expect(losses).toEqual(expect.arrayContaining([...ofScores, 'dpo', 'teacher_kl']));
    expect(arithmetic).toMatch(/^1 thread of ./);
    const two = createLocalEngine({ threads: 2 });
    expect((await two.capabilities()).arithmetic).toBe(arithmetic.replace('1 thread ', '2 threads '));
    await two.close();
    expect(await engine.peakMemory()).toBeGreaterThan(50e6);
    await trainer.close();
  });

  it('memory levels off over batches of ever other shapes', async () => {
    const trainer = await newTrainer();
    const round = async (step: number) => {
      const data = Array.from({ length: 1 + (step % 6) }, (_, i) =>
        datumOf(randomTokens(step * 10 + i, 20 + ((step * 37 + i * 11) % 139), V), 1, 0.01),
      );
      await trainer.forwardBackward(data, { name: 'cross_entropy' });
      await trainer.optimStep(adam);
    };
    for (let step = 0; step < 10; step++) await round(step);
    const settled = residentMemory();
    for (let step = 10; step < 40; step++) await round(step);
    expect(residentMemory() / settled).toBeLessThan(1.2);
    await trainer.close();
  });
});
