// Running a recipe: what a mistake leaves behind, and a run that is stopped before it began.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../engine/engine.ts';
import { writeModelDirectory } from '../formats/modelWriter.ts';
import { InputError } from '../platform/errors.ts';
import { Interrupted, type RunEvent } from '../stages/context.ts';
import { tinyConfig, tinyNewModel, tinyStore } from '../testing/tinyModel.ts';
import { planRecipe } from './plan.ts';
import { parseRecipe, type Recipe } from './recipe.ts';
import { runRecipe } from './run.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-run-'));
const model = join(root, 'model');
const data = join(root, 'questions.jsonl');
// What is wrong here is found before an engine is asked for more than what it can do.
const engine = { capabilities: async () => ({ losses: ['ppo'], arithmetic: 'pen and paper' }) } as unknown as Engine;

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

it('a loss that the engine lacks is a mistake of the recipe, found before anything is loaded', async () => {
  const out = join(root, 'runs', 'gspo');
  const gspo = recipe(16);
  Object.assign(gspo.stages.zero, { loss: 'gspo' });
  await expect(runRecipe(gspo, { out, engine })).rejects.toThrow(
    new InputError('stages.zero.loss: this engine has no loss gspo; it has ppo'),
  );
  expect(existsSync(out)).toBe(false);
});

it('what a later stage asks of its task in vain is told before the first stage runs, by the plan as well', async () => {
  const out = join(root, 'runs', 'later');
  const helpful = 'helpful: { model: $scores, weight: 1, sees: summary }';
  const later = (stage: string): Recipe =>
    parseRecipe(
      `{ name: r, model: ${model}, data: ${data}, task: gsm8k-r1-zero, stages: { zero: { kind: rl, steps: 1, maxTokens: 16 },
        scores: { kind: reward_model, data: ${data} }, later: ${stage} } }`,
      'r.yaml',
    );
  const refused = async (stage: string, message: RegExp): Promise<void> => {
    await expect(runRecipe(later(stage), { out, engine })).rejects.toThrow(message);
    await expect(planRecipe(later(stage), out, engine, { measure: false })).rejects.toThrow(message);
    expect(existsSync(out)).toBe(false);
  };
  const rl = 'kind: rl, steps: 1, maxTokens: 16';
  await refused(
    `{ ${rl}, rewards: { langauge: 0.5, ${helpful} } }`,
    /stages\.later\.rewards: .* has no reward "langauge".* did you mean "language"/,
  );
  await refused(
    `{ ${rl}, rewards: { ${helpful} }, guard: { measure: acuracy } }`,
    /stages\.later\.guard\.measure: .* no measure "acuracy"/,
  );
  await refused('{ kind: judge, maxTokens: 16 }', /stage later: the task gsm8k-r1-zero has no judge of preference/);
  await refused(
    '{ kind: rejection, task: prompts, maxTokens: 16 }',
    /stage later: no rule judges responses to the task prompts: name a judge/,
  );
  await refused('{ kind: thinking_test, task: prompts, models: { a: $zero }, maxTokens: 16 }', /stage later: .* of the task prompts/);
});

it('a directory that was there before stays, as empty as it was', async () => {
  const out = join(root, 'b');
  mkdirSync(out);
  await expect(runRecipe(recipe(155), { out, engine })).rejects.toThrow(/longer than the 5 tokens/);
  expect(readdirSync(out)).toEqual([]);
});

it('a run that goes on under another arithmetic says so', async () => {
  const out = join(root, 'd');
  const pretraining = parseRecipe(
    `{ name: d, stages: { base: { kind: pretrain, corpus: lab, tokens: 90, rowTokens: 15, rowsPerStep: 1, learningRate: { peak: 1, final: 1 },
      architecture: { hiddenSize: 8, layers: 1, heads: 1, intermediateSize: 8, maxPositions: 512 } } } }`,
    'd.yaml',
  );
  /** An engine that learns nothing, and how it says that it computes. */
  const computing = (arithmetic: string): Engine =>
    ({
      capabilities: async () => ({ losses: ['cross_entropy'], arithmetic }),
      createTrainer: async () => ({
        forwardBackward: async () => ({ logprobs: [], loss: 1 }),
        optimStep: async () => ({ gradNorm: 1, applied: true }),
        saveState: async (dir: string) => dir,
        loadState: async () => {},
        close: async () => {},
      }),
    }) as unknown as Engine;
  const warnings: string[] = [];
  const step = async (arithmetic: string): Promise<void> => {
    const abort = new AbortController();
    const report = (event: RunEvent): void => {
      if (event.type === 'warning') warnings.push(event.message);
      if (event.type === 'stageStart') abort.abort();
    };
    await expect(runRecipe(pretraining, { out, engine: computing(arithmetic), report, signal: abort.signal })).rejects.toThrow(Interrupted);
  };
  await step('2 threads');
  await step('2 threads');
  expect(warnings).toEqual([]);
  await step('4 threads');
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/base-2 was computed with 2 threads, and this run goes on with 4 threads/);
});

it('stopped before its first stage, it does nothing and can go on', async () => {
  const out = join(root, 'c');
  await expect(runRecipe(recipe(16), { out, engine, signal: AbortSignal.abort() })).rejects.toThrow(Interrupted);
  expect(readdirSync(out)).toContain('recipe.yaml');
  expect(readdirSync(out)).not.toContain('lock');
});
