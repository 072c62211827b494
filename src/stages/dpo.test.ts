// DPO from end to end: the real engine on a tiny random model.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { runRecipe } from '../recipe/run.ts';
import { writeTinyModel } from '../testing/tinyModel.ts';
import { Interrupted, type RunEvent } from './context.ts';
import type { DpoResult } from './dpo.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-dpo-'));
const model = join(root, 'model');
const data = join(root, 'pairs.jsonl');
const engine = createLocalEngine({ threads: 1 });
beforeAll(async () => {
  await writeTinyModel(model, { eos_token: 'w1' });
  const pairs = Array.from({ length: 40 }, (_, n) => ({
    prompt: `w${(n % 20) + 2}`,
    chosen: ` w${(n % 7) + 3} w20`,
    rejected: ` w${(n % 5) + 4} w21`,
  }));
  writeFileSync(data, pairs.map((row) => `${JSON.stringify(row)}\n`).join(''));
});
afterAll(async () => {
  await engine.close();
  rmSync(root, { recursive: true, force: true });
});

const recipe = (more = '') =>
  parseRecipe(
    `{ name: d, seed: 3, model: ${model}, stages: { prefer: { kind: dpo, data: ${data}, batch: 8, epochs: 3, learningRate: 0.003, saveEvery: 4, heldOut: 4 ${more} } } }`,
    'r.yaml',
  );
const resultOf = (out: string): DpoResult => JSON.parse(readFileSync(join(out, 'finished.json'), 'utf8')).prefer.result;
const metricsOf = (out: string): Record<string, number>[] =>
  readFileSync(join(out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('a run', () => {
  const out = join(root, 'whole');
  let dir = '';
  beforeAll(async () => {
    dir = (await runRecipe(recipe(), { out, engine })).checkpoints.prefer;
  });

  it('begins where the policy is the reference: no margin, a loss of ln 2', () => {
    const [before, first] = metricsOf(out);
    expect(before.eval_loss).toBeCloseTo(Math.LN2, 4);
    expect(first.loss).toBeCloseTo(Math.LN2, 4);
    for (const name of ['rewards/chosen', 'rewards/rejected', 'rewards/margins']) expect(first[name]).toBeCloseTo(0, 4);
    expect(first['logps/chosen']).toBeLessThan(-1);
  });

  it('learns to prefer what was chosen, on what was held out too', () => {
    const { trained, heldOut, before, after } = resultOf(out);
    expect([trained, heldOut]).toEqual([32, 8]);
    expect(before?.margin).toBeCloseTo(0, 4);
    expect(after?.accuracy).toBe(1);
    expect(after?.margin).toBeGreaterThan(0.2);
    expect(after?.loss).toBeLessThan(0.6);
    const last = metricsOf(out).at(-1) as Record<string, number>;
    expect(last['rewards/margins']).toBeCloseTo(last['rewards/chosen'] - last['rewards/rejected'], 6);
  });

  it('that was stopped ends with the same bits, and computes the reference once', async () => {
    const stopped = join(root, 'stopped');
    const reference = (run: string) => readFileSync(join(run, 'data', 'prefer', 'reference.jsonl'), 'utf8');
    const controller = new AbortController();
    const notes: string[] = [];
    const report = (event: RunEvent): void => {
      if (event.type === 'note') notes.push(event.message);
      if (event.type === 'step' && event.step === 6) controller.abort();
    };
    await expect(runRecipe(recipe(), { out: stopped, engine, report, signal: controller.signal })).rejects.toThrow(Interrupted);
    const { checkpoints } = await runRecipe(recipe(), { out: stopped, engine, report });
    const weights = (from: string) => readFileSync(join(from, 'model.safetensors'));
    expect(weights(checkpoints.prefer).equals(weights(dir))).toBe(true);
    expect(reference(stopped)).toBe(reference(out));
    expect(notes.filter((note) => note.includes("the reference's log-probabilities of 40 pairs"))).toHaveLength(1);
  });
});

it('by an adapter it learns, too', async () => {
  const out = join(root, 'adapter');
  await runRecipe(recipe(', lora: { rank: 4 }, beta: 0.2, logEvery: 2'), { out, engine });
  const { before, after } = resultOf(out);
  expect(after?.margin).toBeGreaterThan(before?.margin ?? 1);
});
