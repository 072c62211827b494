// A task to which no rule knows the answer, alone and beside one with a rule: what each stage makes of it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newModel, saveModel } from '../engine/local/model.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { runRecipe } from '../recipe/run.ts';
import { tinyNewModel } from '../testing/tinyModel.ts';
import type { RunEvent } from './context.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-without-accuracy-'));
const open = join(root, 'open.mjs');
const ruled = join(root, 'ruled.mjs');
let runs = 0;

beforeAll(async () => {
  const model = newModel(tinyNewModel(), 1, 1);
  await saveModel(join(root, 'model'), model, model.store);
  const rows = `const rows = (part) => Array.from({ length: 4 }, (_, n) => ({ id: part + n, prompt: 'w' + n + ' w1', domain: NAME }));
const load = ({ data }) => ({ train: rows('train' + (data ?? '')), heldOut: rows('held out') });`;
  writeFileSync(
    open,
    `${rows.replace('NAME', "'open'")}
const length = ({ completions }) => completions.map((text) => text.length);
export default { name: 'open', load, rewards: { length_of: length }, weights: { length_of: 1 }, measures: { long: length } };`,
  );
  writeFileSync(
    ruled,
    `${rows.replace('NAME', "'ruled'")}
const even = ({ completions }) => completions.map((text) => Number(text.length % 2 === 0));
export default { name: 'ruled', load, rewards: { even }, weights: { even: 1 }, accuracy: 'even' };`,
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function ran(stage: string): Promise<{ dir: string; events: RunEvent[]; result: Awaited<ReturnType<typeof runRecipe>> }> {
  const dir = join(root, `run-${runs++}`);
  const events: RunEvent[] = [];
  const text = `{ name: t, model: ${join(root, 'model')}, task: ${open}, seed: 5, stages: { s: ${stage} } }`;
  const result = await runRecipe(parseRecipe(text, join(root, 'r.yaml')), { out: dir, report: (event) => events.push(event) });
  return { dir, events, result };
}

const rl = (change: string): string =>
  `{ kind: rl, steps: 1, promptsPerStep: 2, groupSize: 2, maxTokens: 6, learningRate: 1e-4, evalEvery: 1, evalProblems: 2, beforeAfterSamples: 0, ${change} }`;

describe('a task without an accuracy', () => {
  it('is evaluated by its measures and lengths, without pass@k, and nothing of it counts as unjudged', async () => {
    const { dir, result, events } = await ran(`{ kind: evaluate, samples: 2, maxTokens: 6 }`);
    const score = result.evaluations.s.byDomain.open;
    expect(score).toMatchObject({ problems: 4, unjudged: 0, unjudgedSamples: 0, passAtK: {} });
    expect(score.consAtK).toBeUndefined();
    const lines = readFileSync(join(dir, 'evaluations', 's', 'details.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const samples = lines.map((line) => JSON.parse(line) as { completion: string; correct: null });
    expect(samples.map(({ correct }) => correct)).toEqual(Array(8).fill(null));
    const sum = samples.reduce((total, { completion }) => total + completion.length, 0);
    expect(score.measures?.long.value).toBeCloseTo(sum / 8, 10);
    const steps = events.filter((event) => event.type === 'step');
    expect(steps.every(({ metrics }) => !('rewards/accuracy/mean' in metrics))).toBe(true);
    expect(readFileSync(join(dir, 'metrics.jsonl'), 'utf8')).not.toMatch(/pass@|cons@/);
  });

  it('stands in a table beside a task that has one, each with its own data', async () => {
    const { result } = await ran(
      `{ kind: evaluate, samples: 2, maxTokens: 6, models: { A: ${join(root, 'model')} }, tasks: [${ruled}, { task: ${open}, data: ${ruled} }] }`,
    );
    const { ruled: judged, open: unjudged } = result.tables.s.A;
    expect(Object.keys(judged.byDomain.ruled.passAtK)).toEqual(['1', '2']);
    expect(unjudged.byDomain.open.passAtK).toEqual({});
  });

  it('is trained on, alone and mixed with one that has one; the answer that is shown has no verdict', async () => {
    const alone = await ran(rl(''));
    expect(alone.events.find((event) => event.type === 'answer')).toMatchObject({ correct: null });
    const mix = `tasks: { open: { weight: 1, task: ${open} }, ruled: { weight: 1, task: ${ruled} } }, guard: { measure: accuracy, task: ruled }`;
    const { dir } = await ran(rl(mix));
    const row = JSON.parse(readFileSync(join(dir, 'metrics.jsonl'), 'utf8').trim().split('\n').at(-1) as string) as Record<string, number>;
    expect(row).toMatchObject({ 'eval/open/unjudged': 0, 'eval/ruled/unjudged': 0 });
    expect(row['eval/ruled/pass@1']).toBeTypeOf('number');
    expect(row['eval/open/pass@1']).toBeUndefined();
  });

  it.each([
    [
      '{ kind: select, samples: 2, maxTokens: 6 }',
      /stage s: it chooses prompts by how often responses are right, which no rule tells of the task open/,
    ],
    [
      `{ kind: thinking_test, models: { a: ${join(root, 'model')} }, maxTokens: 6 }`,
      /stage s: it tells how often answers are right, which no rule/,
    ],
    [
      '{ kind: rejection, maxTokens: 6 }',
      /stage s: no rule judges responses to the task open: name a judge \(stages\.s\.judge\), or keep them unjudged/,
    ],
    [
      `{ kind: rejection, maxTokens: 6, tasks: { a: { weight: 1, task: ${ruled} }, b: { weight: 1, task: ${open} } } }`,
      /the task open: name a judge/,
    ],
    ['{ kind: judge, maxTokens: 6 }', /the task open has no judge of preference/],
    [rl('rewards: { length: 1 }'), /stages\.s\.rewards\.length: it shortens right responses, and the task open has no accuracy/],
    [rl('guard: { measure: accuracy }'), /stages\.s\.guard\.measure: the task open has no measure "accuracy": it has long/],
    [
      rl(`tasks: { a: { weight: 1, task: ${ruled} }, b: { weight: 1, task: ${open} } }, guard: { measure: accuracy, task: b }`),
      /guard\.measure: the task open/,
    ],
  ])('is refused where an accuracy is what the stage works by: %s', async (stage, message) => {
    await expect(ran(stage)).rejects.toThrow(message);
  });

  it('is sampled from where nobody is to judge', async () => {
    const { dir } = await ran('{ kind: rejection, maxTokens: 6, samples: 2, filters: { correct: false, unfinished: false } }');
    const { kept, samples } = JSON.parse(readFileSync(join(dir, 'data', 's', 'report.json'), 'utf8')) as Record<string, number>;
    expect([samples, kept]).toEqual([8, 8]);
  });
});
