// Pretraining over a trainer that answers by hand: which tokens bear a loss, what is left out, and what is not finite.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Datum, Engine, TrainingClient } from '../engine/engine.ts';
import { Tokenizer } from '../formats/tokenizer.ts';
import { InputError } from '../platform/errors.ts';
import { labTokenizerFiles } from '../tasks/lab/tokenizer.ts';
import { RunDirectory } from '../tracking/runDirectory.ts';
import { type RunEvent, StageError } from './context.ts';
import { pretrain } from './pretrain.ts';
import { pretrainSchema } from './settings.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-pretrain-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let runs = 0;

async function train(maxPositions: number, loss: (step: number) => number = () => 1, losses = ['cross_entropy']) {
  const batches: Datum[][] = [];
  const calls = { optimSteps: 0, closed: 0 };
  const trainer = {
    forwardBackward: async (data: Datum[]) => {
      batches.push(data);
      return { logprobs: [], loss: loss(batches.length) };
    },
    optimStep: async () => {
      calls.optimSteps++;
      return { gradNorm: 1, applied: true };
    },
    saveState: async (dir: string) => dir,
    close: async () => {
      calls.closed++;
    },
  } as unknown as TrainingClient;
  const dir = join(root, `run-${runs++}`);
  const run = await RunDirectory.open({ dir, recipeText: 'name: test\n' });
  const settings = pretrainSchema.parse({
    kind: 'pretrain',
    architecture: { hiddenSize: 8, layers: 1, heads: 1, intermediateSize: 8, maxPositions },
    corpus: 'lab',
    tokens: 4000,
    rowTokens: 20,
    rowsPerStep: 100,
    learningRate: { peak: 1e-3, final: 0 },
    logEvery: 1,
  });
  const events: RunEvent[] = [];
  let error: unknown;
  try {
    await pretrain(settings, {
      name: 'base',
      run,
      engine: { capabilities: async () => ({ losses }), createTrainer: async () => trainer } as unknown as Engine,
      seed: 1,
      report: (event) => events.push(event),
      signal: new AbortController().signal,
    });
  } catch (caught) {
    error = caught;
  } finally {
    await run.close();
  }
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  return { dir, batches, calls, warnings, error, events };
}

const end = Tokenizer.fromFiles(labTokenizerFiles()).stopIds[0];

it('every token of a document but its first is predicted, its end too, and the loss is the mean over all of them', async () => {
  const { batches, warnings, calls } = await train(1024);
  expect(batches).toHaveLength(2);
  for (const data of batches) {
    const tokens = data.reduce((sum, datum) => sum + datum.tokens.length, 0);
    expect(tokens).toBeGreaterThanOrEqual(2000);
    for (const datum of data) {
      expect([...datum.tokens.subarray(1)]).toEqual([...datum.targets.subarray(0, -1)]);
      expect(datum.targets[datum.targets.length - 1]).toBe(end);
      expect(new Set(datum.weights)).toEqual(new Set([Math.fround(1 / tokens)]));
    }
  }
  expect(warnings).toEqual([]);
  expect(calls.closed).toBe(1);
});

// R18
it('documents longer than the context are left out whole and counted; the others are as they were', async () => {
  const [all, short] = [await train(1024), await train(64)];
  const kept = all.batches.flat().filter(({ tokens }) => tokens.length <= 64);
  expect(kept.length).toBeLessThan(all.batches.flat().length);
  const few = short.batches.flat().slice(0, 20);
  expect(few.map(({ tokens }) => [...tokens])).toEqual(kept.slice(0, 20).map(({ tokens }) => [...tokens]));
  for (const { targets } of short.batches.flat()) expect(targets[targets.length - 1]).toBe(end);
  expect(short.warnings).toHaveLength(1);
  expect(short.warnings[0]).toMatch(/step 1: \d+ of \d+ documents are longer than architecture\.maxPositions \(64\)/);
  const counts = short.events.flatMap((event) => (event.type === 'step' ? [event.metrics.too_long_documents] : []));
  expect(counts[0]).toBeGreaterThan(0);
});

it('an engine without the loss is refused before anything is made', async () => {
  const { error, calls, batches } = await train(1024, undefined, ['ppo']);
  expect(error).toEqual(new InputError('stage base: this engine has no loss cross_entropy; it has ppo'));
  expect([calls, batches]).toEqual([{ optimSteps: 0, closed: 0 }, []]);
});

it('a loss that is not finite is never applied, and its batch is kept', async () => {
  const { dir, error, calls } = await train(1024, (step) => (step === 2 ? Number.NaN : 1));
  expect(error).toBeInstanceOf(StageError);
  expect(String(error)).toMatch(/step 2: the loss is NaN; the step was not applied/);
  expect(calls).toEqual({ optimSteps: 1, closed: 1 });
  expect(JSON.parse(readFileSync(join(dir, 'incidents', 'base-2-batch.json'), 'utf8')).data[0].tokens).toEqual(expect.any(Array));
  expect(existsSync(join(dir, 'checkpoints', 'base-2'))).toBe(false);
});
