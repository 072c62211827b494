// How fast this machine samples and trains with a model: measured on a few tokens, in a few seconds.

import type { Datum, Engine } from '../engine/engine.ts';
import { now } from '../platform/clock.ts';
import type { Start } from './amountFacts.ts';

/** Tokens a second. */
export interface Speed {
  sampling: number;
  training: number;
  /** Without gradients. */
  reading: number;
}

const promptTokens = 32;
const atOnce = 16;
const newTokens = 24;
const rowTokens = 64;
const rows = 8;

/** A first round compiles graphs and is not counted. */
export async function measureSpeed(engine: Engine, start: Start): Promise<Speed> {
  const trainer = await engine.createTrainer({ ...start, seed: 0 });
  try {
    const sampler = await trainer.samplingClient();
    const sample = async (maxTokens: number): Promise<number> => {
      const params = { n: atOnce, maxTokens, temperature: 1, topP: 1, topK: 0, stop: [], seed: 0 };
      const samples = await sampler.sample(
        Int32Array.from({ length: promptTokens }, (_, i) => i + 1),
        params,
      );
      return samples.reduce((sum, { tokens }) => sum + tokens.length, 0);
    };
    await sample(2);
    const sampling = await perSecond(() => sample(newTokens)).finally(() => sampler.close());
    const adam = { learningRate: 0, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, gradClipNorm: 0 };
    const train = async (): Promise<number> => {
      await trainer.forwardBackward(Array.from({ length: rows }, datum), { name: 'cross_entropy' });
      await trainer.optimStep(adam);
      return rows * rowTokens;
    };
    const read = async (): Promise<number> => {
      await trainer.forward(Array.from({ length: rows }, datum));
      return rows * rowTokens;
    };
    await train();
    await read();
    return { sampling, training: await perSecond(train), reading: await perSecond(read) };
  } finally {
    await trainer.close();
  }
}

async function perSecond(work: () => Promise<number>): Promise<number> {
  const started = now();
  const tokens = await work();
  return (1000 * tokens) / Math.max(1, now() - started);
}

function datum(): Datum {
  const ids = Int32Array.from({ length: rowTokens + 1 }, (_, i) => 1 + (i % 50));
  return { tokens: ids.slice(0, -1), targets: ids.slice(1), weights: new Float32Array(rowTokens).fill(1 / (rows * rowTokens)) };
}
