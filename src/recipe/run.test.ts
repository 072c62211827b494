// Running a recipe: what a mistake leaves behind, and a run that is stopped before it began.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../engine/engine.ts';
import { writeModelDirectory } from '../formats/modelWriter.ts';
import { InputError } from '../platform/errors.ts';
import { Interrupted } from '../stages/context.ts';
import { tinyConfig, tinyNewModel, tinyStore } from '../testing/tinyModel.ts';
import { parseRecipe, type Recipe } from './recipe.ts';
import { runRecipe } from './run.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-run-'));
const model = join(root, 'model');
const data = join(root, 'questions.jsonl');
// What is wrong here is found before an engine is asked for anything.
const engine = {} as Engine;

beforeAll(async () => {
  writeFileSync(data, [1, 2, 3].map((n) => `${JSON.stringify({ question: `What is ${n} + 1?`, answer: `#### ${n + 1}` })}\n`).join(''));
  const { config, tokenizerFiles } = tinyNewModel();
  const tensors = [...tinyStore(tinyConfig()).parameters].map(([name, { shape, data }]) => ({ name, shape, dtype: 'F32' as const, data }));
  await writeModelDirectory(model, { config, tokenizerFiles, tensors });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const recipe = (maxTokens: number): Recipe =>
  parseRecipe(
    `{ name: r, model: ${model}, data: ${data}, task: gsm8k-r1-zero, stages: { zero: { kind: rl, steps: 1, maxTokens: ${maxTokens} } } }`,
    'r.yaml',
  );

it("a mistake that shows only with the model's files leaves no directory behind: the mended recipe may take its place", async () => {
  const out = join(root, 'runs', 'a');
  await expect(runRecipe(recipe(155), { out, engine })).rejects.toThrow(InputError);
  expect(existsSync(out)).toBe(false);
});

it('a directory that was there before stays, as empty as it was', async () => {
  const out = join(root, 'b');
  mkdirSync(out);
  await expect(runRecipe(recipe(155), { out, engine })).rejects.toThrow(/longer than the 5 tokens/);
  expect(readdirSync(out)).toEqual([]);
});

it('stopped before its first stage, it does nothing and can go on', async () => {
  const out = join(root, 'c');
  await expect(runRecipe(recipe(16), { out, engine, signal: AbortSignal.abort() })).rejects.toThrow(Interrupted);
  expect(readdirSync(out)).toContain('recipe.yaml');
  expect(readdirSync(out)).not.toContain('lock');
});
