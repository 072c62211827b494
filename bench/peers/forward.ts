// Our side of forward + backward: a TrainingClient as a stage uses it, AdamW outside of the clock.

import { readFileSync } from 'node:fs';
import type { Datum } from '../../src/engine/engine.ts';
import { createLocalEngine } from '../../src/engine/local/localEngine.ts';
import { end, myTurn, say, THREADS, work } from './turns.ts';

const { model, rows, length, tokens } = work as { model: string; rows: number; length: number; tokens: string };
const sequences = JSON.parse(readFileSync(tokens, 'utf8')) as number[][];
const data = sequences.map((sequence): Datum => {
  const all = Int32Array.from(sequence);
  return { tokens: all.slice(0, -1), targets: all.slice(1), weights: new Float32Array(length).fill(1 / (rows * length)) };
});
const engine = createLocalEngine({ threads: THREADS });
const trainer = await engine.createTrainer({ model, seed: 1 });
say({ ready: true });
while (await myTurn()) {
  const started = performance.now();
  const { loss } = await trainer.forwardBackward(data, { name: 'cross_entropy' });
  const done = performance.now();
  await trainer.optimStep({ learningRate: 1e-6, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, gradClipNorm: 0 });
  say({ seconds: (done - started) / 1000, loss, optimizerSeconds: (performance.now() - done) / 1000 });
}
end();
await engine.close();
process.exit(0);
