// The plan of a recipe: amounts counted by hand, what is done in the directory, and nothing written.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Engine } from '../engine/engine.ts';
import { planRecipe } from './plan.ts';
import { parseRecipe } from './recipe.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-plan-'));
writeFileSync(
  join(root, 'rows.jsonl'),
  Array.from({ length: 10 }, (_, n) => `${JSON.stringify({ prompt: `${n} + 1 =`, completion: ` ${n + 1}` })}\n`).join(''),
);
afterAll(() => rmSync(root, { recursive: true }));

/** Whatever it is asked takes no time: what is looked at is the amounts, and that a model is measured once. */
let opened = 0;
const engine = {
  createTrainer: async () => {
    opened++;
    const samplingClient = async () => ({ sample: async () => [{ tokens: new Int32Array(7) }], close: async () => {} });
    return { samplingClient, forwardBackward: async () => ({}), optimStep: async () => ({}), close: async () => {} };
  },
  memoryNeed: async () => ({ bytes: 5e8, parts: {} }),
} as unknown as Engine;

const recipe = parseRecipe(
  `{ name: p, model: 'lab:base', task: lab-countdown, stages: {
    zero: { kind: rl, steps: 10, promptsPerStep: 4, groupSize: 8, maxTokens: [{ from: 0, value: 100 }, { from: 6, value: 200 }],
      evalEvery: 5, evalProblems: 3, evalSamples: 1, beforeAfterSamples: 2 },
    tune: { kind: sft, data: ./rows.jsonl, epochs: 3, sequencesPerStep: 4 },
    score: { kind: evaluate, problems: 5, samples: 2, maxTokens: 50 } } }`,
  join(root, 'r.yaml'),
);

it('says what each stage starts from and how much it does at most, and writes nothing', async () => {
  const out = join(root, 'run');
  const [zero, tune, score] = await planRecipe(recipe, out, engine);
  // 4 x 8 responses a step; 3 problems at 2 looks, and twice 2 samples of each before and after.
  expect(zero).toMatchObject({
    ...{ name: 'zero', kind: 'rl', state: 'new', redo: false, changes: [], inputs: { model: 'lab:base', task: 'lab-countdown' } },
    ...{ steps: 10, samples: 320 + 3 * (2 + 4), sampledTokens: 32 * (6 * 100 + 4 * 200) + 18 * 200, trainedTokens: 32 * 1400 },
    ...{ memoryBytes: 5e8, basis: 'measured' },
  });
  expect(zero.parameters).toBeGreaterThan(1e6);
  // 3 passes over 10 rows, 4 a step.
  expect(tune).toMatchObject({ steps: 8, inputs: { model: '$zero', data: join(root, 'rows.jsonl') }, parameters: zero.parameters });
  expect(tune.trainedTokens).toBeGreaterThan(60);
  expect(score).toMatchObject({ samples: 10, sampledTokens: 500, inputs: { model: '$tune', task: 'lab-countdown' } });
  for (const { seconds } of [zero, tune, score]) expect(seconds?.low).toBeLessThan(seconds?.high ?? 0);
  expect(opened).toBe(1);
  expect(existsSync(out)).toBe(false);
});

it('takes the time from the steps that a stage has done, where there are any', async () => {
  const out = join(root, 'begun');
  const { mkdirSync } = await import('node:fs');
  mkdirSync(out);
  writeFileSync(
    join(out, 'metrics.jsonl'),
    [1, 2, 3, 4].map((step) => `${JSON.stringify({ stage: 'zero', step, step_time: 10 + step })}\n`).join(''),
  );
  const [zero] = await planRecipe(recipe, out, engine);
  expect(zero).toMatchObject({ basis: 'steps', seconds: { low: 6 * 11, high: 6 * 14 } });
  const unmeasured = await planRecipe(recipe, out, engine, { measure: false });
  expect(unmeasured.map(({ seconds }) => seconds !== undefined)).toEqual([true, false, false]);
});
