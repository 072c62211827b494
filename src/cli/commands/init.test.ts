// thinkling init: what it writes can be run as it is, says on every line what it does, and takes no file's place.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../engine/engine.ts';
import { InputError } from '../../platform/errors.ts';
import { planRecipe } from '../../recipe/plan.ts';
import { loadRecipe, parseRecipe } from '../../recipe/recipe.ts';
import { writeTinyModel } from '../../testing/tinyModel.ts';
import { initCommand } from './init.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-init-'));
const rows = join(root, 'rows.jsonl');
writeFileSync(rows, '{"prompt":"a","completion":"b"}\n');
mkdirSync(join(root, 'deep'));
beforeEach(() => void vi.spyOn(process.stdout, 'write').mockReturnValue(true));
afterAll(() => rmSync(root, { recursive: true }));

const init = (...args: string[]) => initCommand().exitOverride().parseAsync(args, { from: 'user' });

const r1 = [
  ...['zero', 'coldData', 'coldStart', 'reasoning', 'rejection', 'sft2', 'pairs', 'helpful', 'harmless', 'final'],
  ...['students', 'studentRl', 'table', 'thinking'],
];

describe.each([
  ['zero', []],
  ['sft', ['--data', rows]],
  ['r1', []],
])('--kind %s', (kind, more) => {
  const file = join(root, 'deep', `${kind}.yaml`);

  it('writes a recipe that can be run, with a comment on every line', async () => {
    await init(file, '--kind', kind, ...more);
    const recipe = await loadRecipe(file);
    expect(recipe).toMatchObject({ name: kind, model: 'lab:base', seed: 1 });
    expect(Object.keys(recipe.stages)).toEqual({ zero: ['zero', 'score'], sft: ['tune'], r1: r1 }[kind]);
    if (more.length > 0) expect(recipe.data).toBe(rows);
    const [schema, , ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
    const named = /^# yaml-language-server: \$schema=(.+)$/.exec(schema)?.[1] ?? '';
    expect(JSON.parse(readFileSync(resolve(join(root, 'deep'), named), 'utf8')).title).toBe('A recipe of Thinkling');
    for (const line of lines) expect(line).toMatch(/^ *[\w-]+:.* # \S|^ {2}# \S/);
  });
});

/** Without the first `# ` of lines that are YAML, each with its own comment behind it. */
const withLeftOut = (text: string): string => text.replaceAll(/^ {2}# (.*\S +# \S)/gm, '  $1');

describe('--kind r1 for a task that has no judge, and a model that brings no student', () => {
  const questions = join(root, 'questions_train.jsonl');
  writeFileSync(
    questions,
    Array.from({ length: 40 }, (_, n) => `${JSON.stringify({ question: `What is ${n} + 1?`, answer: `#### ${n + 1}` })}\n`).join(''),
  );
  const file = join(root, 'deep', 'gsm8k.yaml');

  it('leaves out reward models, with what they want; taken in again, with data that are named, the recipe is whole', async () => {
    await init(file, '--kind', 'r1', '--task', 'gsm8k', '--data', questions);
    const text = readFileSync(file, 'utf8');
    const missing = ['pairs', 'helpful', 'harmless'];
    const { stages } = await loadRecipe(file);
    expect(Object.keys(stages)).toEqual(r1.filter((name) => !missing.includes(name)));
    expect(stages.final).toMatchObject({ rewards: { language: 0.5 } });
    expect(stages.final).not.toHaveProperty('tasks');
    expect(text).toContain('the task gsm8k has no judge of its own');
    const whole = parseRecipe(withLeftOut(text), file);
    expect(Object.keys(whole.stages)).toEqual(r1.filter((name) => name !== 'pairs'));
    expect(whole.stages.helpful).toMatchObject({ objective: 'pairwise', sees: 'summary', data: join(root, 'deep', 'preferences.jsonl') });
    expect(whole.stages.final).toMatchObject({ rewards: { helpfulness: { model: '$helpful' }, harmlessness: { model: '$harmless' } } });
  });

  it('and distillation where no smaller base is known', async () => {
    const other = join(root, 'other');
    await writeTinyModel(other);
    const own = join(root, 'deep', 'other.yaml');
    await init(own, '--kind', 'r1', '--model', other);
    const { stages } = await loadRecipe(own);
    expect(Object.keys(stages)).toEqual(r1.filter((name) => !name.startsWith('student')));
    const whole = parseRecipe(withLeftOut(readFileSync(own, 'utf8')), own);
    expect(Object.keys(whole.stages)).toEqual(r1);
    expect(whole.stages.thinking).toMatchObject({ models: { 'small-distilled': '$students.small' } });
  });

  it('can be planned to its end, for the lab and for it', async () => {
    const engine = { memoryNeed: async () => ({ bytes: 1, parts: {} }) } as unknown as Engine;
    for (const [recipe, count] of [
      [join(root, 'deep', 'r1.yaml'), r1.length],
      [file, r1.length - 3],
    ] as const) {
      const planned = await planRecipe(await loadRecipe(recipe), join(root, 'none'), engine, { measure: false });
      expect(planned).toHaveLength(count);
      for (const { name, samples, trainedTokens } of planned) expect((samples ?? 0) + (trainedTokens ?? 0), name).toBeGreaterThan(0);
    }
  });
});

it('takes no place of a file, and checks model, task and data', async () => {
  const file = join(root, 'taken.yaml');
  writeFileSync(file, 'mine');
  const refused = async (message: string, ...args: string[]) => {
    const attempt = init(...args);
    await expect(attempt).rejects.toThrow(InputError);
    await expect(attempt).rejects.toThrow(message);
  };
  await refused('is there already, and is not overwritten', file);
  expect(readFileSync(file, 'utf8')).toBe('mine');
  const other = join(root, 'other.yaml');
  await refused('did you mean "lab:base"?', other, '--model', 'lab:bas');
  await refused('no rule judges responses to the task prompts', other, '--kind', 'r1', '--task', 'prompts');
  await refused('there is no task "countdwn"; did you mean "countdown"?', other, '--task', 'countdwn');
  await refused('--kind sft learns from examples: name them with --data', other, '--kind', 'sft');
  await refused('--data: there is nothing at', other, '--kind', 'sft', '--data', './none.jsonl');
  await refused('a recipe is a .yaml file', join(root, 'other'));
  await refused('there is no directory', join(root, 'none', 'r.yaml'));
});
