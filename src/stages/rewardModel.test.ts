// Reward models from end to end: the real engine on a tiny random model learns which side is preferred, and which label a response has.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { runRecipe } from '../recipe/run.ts';
import { judgedText } from '../rewards/judgedText.ts';
import { writeTinyModel } from '../testing/tinyModel.ts';
import { Interrupted, type RunEvent } from './context.ts';
import { openModelText } from './prompts.ts';
import type { RewardModelResult } from './rewardModel.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-reward-model-'));
const model = join(root, 'model');
const engine = createLocalEngine({ threads: 1 });
beforeAll(async () => void (await writeTinyModel(model, { eos_token: 'w1' })));
afterAll(async () => {
  await engine.close();
  rmSync(root, { recursive: true, force: true });
});

function rowsFile(name: string, rows: object[]): string {
  const file = join(root, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

/** The better side ends with w20, and is the longer in every third pair. */
const pairs = Array.from({ length: 60 }, (_, n) => {
  const [more, less] = [` w${(n % 7) + 3}`.repeat((n % 3) + 1), ` w${(n % 5) + 4}`.repeat(((n + 1) % 3) + 1)];
  return { prompt: `w${(n % 30) + 2} w${n < 30 ? 3 : 4}`, chosen: `${more} w20`, rejected: `${less} w21` };
});
/** Their last fifth is the split test, which is held out. */
function splits<T extends object>(name: string, rows: T[], of: (rows: T[]) => object[] = (all) => all): string {
  rowsFile(`data-${name}/train.jsonl`, of(rows.slice(0, 48)));
  rowsFile(`data-${name}/test.jsonl`, of(rows.slice(48)));
  return join(root, `data-${name}`);
}
const labelled = (rows: typeof pairs): object[] =>
  rows.flatMap(({ prompt, chosen, rejected }) => [
    { prompt, response: chosen, label: 1 },
    { prompt, response: rejected, label: 0 },
  ]);

const recipe = (data: string, more = '', batch = 16) =>
  parseRecipe(
    `{ name: r, seed: 3, model: ${model}, stages: { score: { kind: reward_model, data: ${data}, batch: ${batch}, epochs: 5, learningRate: 0.02, saveEvery: 5 ${more} } } }`,
    'r.yaml',
  );
const resultOf = (out: string): RewardModelResult => JSON.parse(readFileSync(join(out, 'finished.json'), 'utf8')).score.result;
const rowsOfMetrics = (out: string): Record<string, number>[] =>
  readFileSync(join(out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('of pairs', () => {
  const out = join(root, 'pairs');
  let dir = '';
  const notes: string[] = [];
  beforeAll(async () => {
    const report = (event: RunEvent): void => void (event.type === 'note' && notes.push(event.message));
    const { rewardModels } = await runRecipe(recipe(splits('pairs', pairs)), { out, engine, report });
    dir = rewardModels.score;
  });

  it('it learns which side is preferred, and the accuracy on what is held out is told before and after, beside that of length', () => {
    const { trained, heldOut, before, after, lengthOnly, objective, sees } = resultOf(out);
    expect([trained, heldOut, objective, sees]).toEqual([48, 12, 'pairwise', 'summary']);
    expect(before?.accuracy.value).toBeLessThan(0.9);
    expect(after?.accuracy.value).toBeGreaterThan(0.9);
    expect(after?.accuracy.low).toBeGreaterThan(0.5);
    expect(after?.loss).toBeLessThan(0.3);
    expect(after?.margin).toBeGreaterThan(1);
    expect(lengthOnly).toBeCloseTo(1 / 3, 9);
    expect(notes.join()).toMatch(/of 12 pairs held out \d+\.\d% \[.*\] are told right, .*"the longer is the better" has/);
  });

  it("has TRL's metrics, and a look at what is held out before the first step and after the last", () => {
    const rows = rowsOfMetrics(out);
    expect(rows.map(({ step }) => step)).toEqual([0, ...Array.from({ length: 15 }, (_, i) => i + 1)]);
    expect(Object.keys(rows[1])).toEqual(expect.arrayContaining(['loss', 'accuracy', 'margin', 'mean_reward', 'min_reward', 'max_reward']));
    expect(rows.filter((row) => 'eval_accuracy' in row).map(({ step }) => step)).toEqual([0, 15]);
  });

  it('gives, opened again, scores in the order that it was trained to', async () => {
    const { tokenizer } = await openModelText(dir);
    const scorer = await engine.createScorer({ model: dir });
    try {
      const texts = [pairs[0].chosen, pairs[0].rejected].map((response) => judgedText(tokenizer, pairs[0].prompt, response, 'summary'));
      const [chosen, rejected] = await scorer.score(
        texts.map((ids) => ({ tokens: ids, targets: ids, weights: new Float32Array(ids.length).fill(1, -1) })),
      );
      expect(chosen).toBeGreaterThan(rejected);
    } finally {
      await scorer.close();
    }
  });

  it('that were stopped ends with the same bits', async () => {
    const stopped = join(root, 'stopped');
    const controller = new AbortController();
    const report = (event: RunEvent): void => void (event.type === 'step' && event.step === 7 && controller.abort());
    const given = recipe(join(root, 'data-pairs'));
    await expect(runRecipe(given, { out: stopped, engine, report, signal: controller.signal })).rejects.toThrow(Interrupted);
    const { rewardModels } = await runRecipe(given, { out: stopped, engine });
    const weights = (from: string) => readFileSync(join(from, 'model.safetensors'));
    expect(weights(rewardModels.score).equals(weights(dir))).toBe(true);
    expect(resultOf(stopped)).toEqual(resultOf(out));
  });
});

it('of labelled responses it learns the label, by an adapter too', async () => {
  const out = join(root, 'labels');
  const data = splits('labels', pairs, labelled);
  await runRecipe(recipe(data, ', objective: pointwise, lora: { rank: 4 }', 24), { out, engine });
  const { heldOut, sees, after, lengthOnly } = resultOf(out);
  expect([heldOut, sees]).toEqual([24, 'response']);
  expect(after?.auc).toBeGreaterThan(0.9);
  expect(after?.accuracy.value).toBeGreaterThan(0.8);
  // Safe ones and others are of the same lengths, taken together.
  expect(lengthOnly).toBeCloseTo(0.5, 9);
});

it('of labels that are all the same it says that there is nothing to learn', async () => {
  const warnings: string[] = [];
  const report = (event: RunEvent): void => void (event.type === 'warning' && warnings.push(event.message));
  const safe = rowsFile(
    'safe.jsonl',
    [3, 4, 5].map((n) => ({ prompt: `w${n}`, response: ' w20', label: 1 })),
  );
  await runRecipe(recipe(safe, ', objective: pointwise'), { out: join(root, 'safe'), engine, report });
  expect(warnings.join()).toContain('all 2 labels are 1: there is nothing to tell apart');
});

it('other data than its checkpoint was made from are refused', async () => {
  const out = join(root, 'other');
  const data = rowsFile('other.jsonl', pairs);
  const controller = new AbortController();
  const report = (event: RunEvent): void => void (event.type === 'step' && event.step === 1 && controller.abort());
  await expect(runRecipe(recipe(data), { out, engine, report, signal: controller.signal })).rejects.toThrow(Interrupted);
  rowsFile('other.jsonl', pairs.slice(1));
  await expect(runRecipe(recipe(data), { out, engine })).rejects.toThrow(/data/);
});
