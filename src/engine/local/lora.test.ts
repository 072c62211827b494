// An adapter over a frozen base: what it computes, what it trains, what it shares, and what is written and read back.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAdapter } from '../../formats/lora.ts';
import { openModel } from '../../formats/modelSource.ts';
import { writeModelDirectory } from '../../formats/modelWriter.ts';
import { pathOf } from '../../platform/files.ts';
import { datumOf, randomTokens, relativeError, tinyConfig, tinyNewModel, tinyRaw, tinyStore } from '../../testing/tinyModel.ts';
import type { AdamParams } from '../engine.ts';
import { createLocalEngine } from './localEngine.ts';
import { type LocalModel, loadAdapted, loadModel, loadSampled, restoreState, saveModel, saveOptimizer } from './model.ts';
import { Trainer } from './trainer.ts';

const config = tinyConfig();
const lora = { rank: 3, alpha: 6, targets: ['q_proj', 'v_proj', 'down_proj'] };
const all = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];
const adam: AdamParams = { learningRate: 1e-2, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, gradClipNorm: 0 };
const data = [datumOf(randomTokens(1, 30, config.vocabSize), 5, 0.1), datumOf(randomTokens(2, 20, config.vocabSize), 5, 0.1)];
const crossEntropy = { name: 'cross_entropy' } as const;

let scratch: string;
let base: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'thinkling-lora-'));
  base = join(scratch, 'base');
  const tensors = [...tinyStore(config).parameters].map(([name, { shape, data }]) => ({ name, shape, data, dtype: 'F32' as const }));
  await writeModelDirectory(base, { config: tinyRaw(), tokenizerFiles: tinyNewModel().tokenizerFiles, tensors });
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** The loss of the data. */
async function lossOf(model: LocalModel): Promise<number> {
  return (await new Trainer(model.rows, model.store).forward(data, crossEntropy)).loss;
}

/** An adapter moved away from its start, so that A and B both matter. */
async function moved(options = lora): Promise<{ model: LocalModel; trainer: Trainer }> {
  const model = await loadAdapted(base, options, 7, 1);
  const trainer = new Trainer(model.rows, model.store);
  for (let i = 0; i < 3; i++) {
    await trainer.forwardBackward(data, crossEntropy);
    trainer.optimStep(adam);
  }
  return { model, trainer };
}

describe('an adapter', () => {
  it('begins as its base, and learns with the base untouched', async () => {
    const plain = await loadModel(base, 1);
    const before = new Map([...plain.store.parameters].map(([name, { data }]) => [name, data.slice()]));
    const fresh = await loadAdapted(base, lora, 7, 1);
    const start = await lossOf(plain);
    expect(relativeError([await lossOf(fresh)], [start])).toBeLessThan(1e-6);
    const { model } = await moved();
    expect(await lossOf(model)).toBeLessThan(start - 0.01);
    for (const [name, values] of before) expect(model.store.parameters.get(name)?.data).toEqual(values);
    expect(model.store.trainable.size).toBe(2 * 3 * config.layers);
  });

  it('has the gradients that finite differences give, in every target', async () => {
    const { model, trainer } = await moved({ ...lora, targets: all });
    await trainer.forwardBackward(data, crossEntropy);
    const gradients = trainer.gradients();
    for (const [name, { data: weights }] of model.store.trainable) {
      const gradient = gradients.get(name) as Float32Array;
      const i = gradient.reduce((best, g, at) => (Math.abs(g) > Math.abs(gradient[best]) ? at : best), 0);
      const [original, h] = [weights[i], 2e-3];
      const at = async (value: number): Promise<number> => {
        weights[i] = value;
        return lossOf(model);
      };
      const slope = ((await at(original + h)) - (await at(original - h))) / (2 * h);
      weights[i] = original;
      expect(Math.abs(slope - gradient[i]) / Math.max(Math.abs(slope), 0.02), name).toBeLessThan(0.03);
    }
  });

  it('is, merged into the weights, the same model: opened, and sampled', async () => {
    const { model } = await moved();
    const dir = join(scratch, 'merged');
    await saveModel(dir, model, model.store);
    const merged = await loadModel(dir, 1);
    expect(merged.config).not.toHaveProperty('lora');
    expect(relativeError([await lossOf(merged)], [await lossOf(model)])).toBeLessThan(1e-5);
    const source = await openModel(dir);
    const untouched = 'model.layers.0.mlp.up_proj.weight';
    expect(await source.read(untouched)).toEqual(model.store.parameters.get(untouched)?.data);
    await source.close();
  });

  it('goes on from a saved state as if it had never stopped', async () => {
    const { model, trainer } = await moved();
    const dir = join(scratch, 'state');
    await saveModel(dir, model, model.store);
    await saveOptimizer(dir, trainer.optimizer, model.store.trainable, model.store.version);
    const other = await loadAdapted(base, lora, 8, 1);
    const resumed = new Trainer(other.rows, other.store);
    await restoreState(dir, other, resumed.optimizer);
    for (const one of [trainer, resumed]) {
      await one.forwardBackward(data, crossEntropy);
      one.optimStep(adam);
    }
    expect([...other.store.trainable]).toEqual([...model.store.trainable]);
    const narrower = await loadAdapted(base, { ...lora, rank: 2 }, 8, 1);
    await expect(restoreState(dir, narrower, resumed.optimizer)).rejects.toThrow(/state of another model/);
  });

  it('shares its base with a reference and with another adapter of it: no second copy', async () => {
    const { model } = await moved();
    const dir = join(scratch, 'reference');
    await saveModel(dir, model, model.store);
    const reference = await loadSampled(base, [model], 1);
    const adapted = await loadSampled(dir, [model], 1);
    const name = 'model.embed_tokens.weight';
    for (const sampled of [reference, adapted])
      expect(sampled.store.parameters.get(name)?.data).toBe(model.store.parameters.get(name)?.data);
    const start = await lossOf(await loadModel(base, 1));
    expect(relativeError([await lossOf(reference)], [start])).toBeLessThan(1e-6);
    expect(relativeError([await lossOf(adapted)], [await lossOf(model)])).toBeLessThan(1e-6);
  });

  it('is restored over the base that it was trained on alone', async () => {
    const { model, trainer } = await moved();
    const dir = join(scratch, 'on-another-base');
    await saveModel(dir, model, model.store);
    await saveOptimizer(dir, trainer.optimizer, model.store.trainable, model.store.version);
    const other = join(scratch, 'another-base');
    await cp(base, other, { recursive: true });
    const elsewhere = await loadAdapted(other, lora, 8, 1);
    await expect(restoreState(dir, elsewhere, { step: 0, moments: new Map() })).rejects.toThrow(
      `on-another-base is a state of another model than this trainer's: its adapter was trained on ${base}, and the model is now ${other}`,
    );
  });

  it('may have an adapter as its base, which the reference shares, merged', async () => {
    const { model } = await moved();
    const below = join(scratch, 'below');
    await saveModel(below, model, model.store);
    const above = await loadAdapted(below, lora, 9, 1);
    const start = await lossOf(await loadModel(below, 1));
    const reference = await loadSampled(below, [above], 1);
    expect(relativeError([await lossOf(reference)], [start])).toBeLessThan(1e-6);
    for (const [name, { data: values }] of above.store.frozen) expect(reference.store.parameters.get(name)?.data).toBe(values);
    const checkpoint = join(scratch, 'above');
    await saveModel(checkpoint, above, above.store);
    const adapted = await loadSampled(checkpoint, [above], 1);
    expect(adapted.store.frozen).toBe(above.store.frozen);
    expect(relativeError([await lossOf(adapted)], [start])).toBeLessThan(1e-6);
  });

  it('samples as it is trained: one log-probability on both sides, by way of the engine', async () => {
    const engine = createLocalEngine({ threads: 1 });
    const trainer = await engine.createTrainer({ model: base, lora: { ...lora, targets: all }, seed: 1 });
    for (let i = 0; i < 3; i++) {
      await trainer.forwardBackward(data, crossEntropy);
      await trainer.optimStep(adam);
    }
    const client = await trainer.samplingClient();
    const prompt = randomTokens(3, 6, config.vocabSize);
    const [sample] = await client.sample(prompt, { n: 1, maxTokens: 64, temperature: 1, topP: 1, topK: 0, stop: [], seed: 5 });
    const [logprobs] = await client.logprobs([datumOf([...prompt, ...sample.tokens], prompt.length)], 1);
    expect(Math.max(...sample.logprobs.map((value, i) => Math.abs(value - logprobs[prompt.length - 1 + i])))).toBeLessThan(1e-4);
    await engine.close();
  });
});

it("has peft's logits for peft's own adapter: merged, and beside the weights", async () => {
  const dir = pathOf(new URL('./golden/adapter', import.meta.url));
  const golden = JSON.parse(await readFile(join(dir, 'golden.json'), 'utf8')) as { sequence: number[]; logits: number[]; change: number };
  // The adapter moves the logits far beyond any rounding.
  expect(golden.change).toBeGreaterThan(1);
  const targets = golden.sequence.slice(1);
  const V = golden.logits.length / golden.sequence.length;
  const theirs = targets.map((target, t) => {
    const row = golden.logits.slice(t * V, (t + 1) * V);
    const top = Math.max(...row);
    return row[target] - top - Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
  });
  const adapter = await openAdapter(dir);
  await adapter.close();
  const held = await loadAdapted(adapter.base, lora, 1, 1);
  for (const model of [await loadModel(dir, 1), await loadSampled(dir, [held], 1)]) {
    const { logprobs } = await model.rows.run(model.store.parameters, [datumOf(golden.sequence)], { temperature: 1 });
    for (const [t, logprob] of logprobs[0].entries()) expect(Math.abs(logprob - theirs[t]), `position ${t}`).toBeLessThan(1e-4);
  }
});

describe('a directory that holds an adapter', () => {
  const broken = async (name: string, change: Record<string, unknown>): Promise<string> => {
    const { model } = await moved();
    const dir = join(scratch, name);
    await saveModel(dir, model, model.store);
    const file = join(dir, 'adapter_config.json');
    const read = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...read, ...change }));
    return dir;
  };

  it.each([
    ['dora', { use_dora: true }, /adapter_config\.json: use_dora is true, which is not supported/],
    ['pattern', { rank_pattern: { q_proj: 8 } }, /rank_pattern is \{"q_proj":8\}/],
    ['target', { target_modules: ['q_proj', 'embed_tokens'] }, /target_modules: embed_tokens cannot be adapted; supported: q_proj/],
    ['regex', { target_modules: '.*_proj' }, /target_modules is the pattern/],
    [
      'rank',
      { r: 4 },
      /tensor 'base_model\.model\.model\.layers\.0\.self_attn\.q_proj\.lora_A\.weight' is \[3, 24\]; .* should be \[4, 24\]/,
    ],
    ['fewer', { target_modules: ['q_proj', 'v_proj'] }, /down_proj\.lora_A\.weight' belongs to no adapted projection/],
    ['gone', { base_model_name_or_path: '/nowhere/base' }, /the base model '\/nowhere\/base' is not here; .* base_model_name_or_path/],
  ])('%s: is refused by name', async (name, change, message) => {
    await expect(openModel(await broken(name, change))).rejects.toThrow(message);
  });
});
