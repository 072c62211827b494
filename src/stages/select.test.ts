// Prompt selection from end to end: the real engine on a tiny random model, a recipe of a selection and a reinforcement learning on it.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../engine/engine.ts';
import { newModel, saveModel } from '../engine/local/model.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { type RunResult, runRecipe } from '../recipe/run.ts';
import { rolloutRow } from '../testing/rolloutRow.ts';
import { tinyNewModel } from '../testing/tinyModel.ts';
import { listRollouts, type RolloutRow, readRollouts } from '../tracking/rollouts.ts';
import { Interrupted, type RunEvent, StageError } from './context.ts';
import { selectionOf } from './select.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-select-'));
let runs = 0;

beforeAll(async () => {
  const model = newModel(tinyNewModel(), 1, 1);
  await saveModel(join(root, 'model'), model, model.store);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A task whose rows lie in a file that the recipe does not know of: 40 prompts that are right where the response's length has the row's parity; the first is never, the second always right. */
function recipeOf(rows: number[], parity = '(text, row) => row.n < 2 ? row.n : Number(text.length % 2 === row.n % 2)') {
  const file = join(root, `task-${runs++}.mjs`);
  writeFileSync(`${file}.json`, JSON.stringify(rows));
  writeFileSync(
    file,
    `import { readFileSync } from 'node:fs';
const judge = ${parity};
const rowOf = (n, verb = 'make') => ({ id: 'row ' + n, n, prompt: verb + ' ' + n });
const rowsOf = () => JSON.parse(readFileSync(${JSON.stringify(`${file}.json`)}, 'utf8')).map((entry) => rowOf(...[entry].flat()));
export default { name: 'parity', load: () => ({ train: rowsOf(), heldOut: [] }), weights: { parity: 1 }, accuracy: 'parity',
  rewards: { parity: ({ completions, rows }) => completions.map((text, i) => judge(text, rows[i])) } };`,
  );
  return parseRecipe(
    `{ name: s, model: ${join(root, 'model')}, task: ${file}, seed: 5, stages: {
      choose: { kind: select, samples: 3, maxTokens: 4 },
      zero: { kind: rl, prompts: $choose, steps: 2, promptsPerStep: 4, groupSize: 2, maxTokens: 4, evalEvery: 0, beforeAfterSamples: 0 } } }`,
    'r.yaml',
  );
}
const forty = Array.from({ length: 40 }, (_, n) => n);

async function samplesOf(dir: string, stage: string): Promise<RolloutRow[]> {
  const entries = (await listRollouts(join(dir, 'rollouts'))).filter((entry) => entry.stage === stage);
  return (await Promise.all(entries.map(({ file }) => readRollouts(file)))).flat();
}

describe('select', () => {
  it('tries every prompt, keeps the samples, and reinforcement learning meets the chosen prompts alone', async () => {
    const out = join(root, 'run');
    const result = await runRecipe(recipeOf(forty), { out });
    const { choose } = result.selections;
    const samples = await samplesOf(out, 'choose');
    expect(samples).toHaveLength(120);
    const rate = (id: string) => samples.filter((row) => row.prompt === id && row.reward === 1).length / 3;
    const between = forty.map((n) => `row ${n}`).filter((id) => rate(id) > 0 && rate(id) < 1);
    const rates = Object.entries(choose.chosen).map(([id, { passRate }]) => [id, passRate]);
    expect(Object.fromEntries(rates)).toEqual(Object.fromEntries(between.map((id) => [id, rate(id)])));
    expect(between.length).toBeGreaterThan(5);
    expect(choose.tried).toBe(40);
    expect(choose.allWrong + choose.allRight + between.length).toBe(40);
    expect(between).not.toContain('row 0');
    expect(between).not.toContain('row 1');
    const trained = new Set((await samplesOf(out, 'zero')).map(({ prompt }) => prompt));
    expect(trained.size).toBe(8);
    for (const id of trained) expect(between).toContain(id);
    expect(result.checkpoints.zero).toContain('zero-2');

    // Once: the second start samples nothing, and tells the same.
    const events: RunEvent[] = [];
    const before = readFileSync(join(out, 'finished.json'), 'utf8');
    const again: RunResult = await runRecipe(recipeFrom(out), { out, report: (event) => events.push(event) });
    expect(again.selections).toEqual(result.selections);
    expect(events.filter(({ type }) => type === 'step')).toEqual([]);
    expect(readFileSync(join(out, 'finished.json'), 'utf8')).toBe(before);
  });

  it('takes as many prompts as it is told, drawn by the seed', async () => {
    const recipe = recipeOf(forty);
    Object.assign(recipe.stages.choose, { prompts: 10 });
    const { selections } = await runRecipe(recipe, { out: join(root, 'ten') });
    expect(selections.choose.tried).toBe(10);
    const ids = (await samplesOf(join(root, 'ten'), 'choose')).map(({ prompt }) => prompt);
    expect([...new Set(ids)]).not.toEqual(forty.slice(0, 10).map((n) => `row ${n}`));
  });

  it('stopped and taken up again, samples only what is missing and chooses the same', async () => {
    const recipe = recipeOf(forty);
    const whole = await runRecipe(recipe, { out: join(root, 'whole') });
    const out = join(root, 'parts');
    const abort = new AbortController();
    await expect(runRecipe(recipe, { out, signal: abort.signal, report: ({ type }) => type === 'step' && abort.abort() })).rejects.toThrow(
      Interrupted,
    );
    expect(readdirSync(join(out, 'rollouts'))).toHaveLength(1);
    const steps: number[] = [];
    const rest = await runRecipe(recipe, { out, report: (event) => event.type === 'step' && steps.push(event.step) });
    expect(steps[0]).toBe(2);
    expect(rest.selections).toEqual(whole.selections);
    const choosing = (dir: string) =>
      readFileSync(join(dir, 'metrics.jsonl'), 'utf8')
        .split('\n')[0]
        .replace(/,"stage_time".*/, '');
    expect(choosing(out)).toBe(choosing(join(root, 'whole')));
  });

  it('is refused before anything is loaded where it would not fit in memory', async () => {
    const engine = {
      capabilities: async () => ({ losses: ['ppo'], arithmetic: 'none' }),
      memoryNeed: async () => ({ bytes: 1e15, parts: { weights: 1e15 } }),
    } as unknown as Engine;
    await expect(runRecipe(recipeOf(forty), { out: join(root, 'large'), engine })).rejects.toThrow(
      /^stage choose: 3 samples of each prompt, of up to maxTokens 4, would take about 1000000 GB of memory/,
    );
  });

  it('says so where no prompt has a pass rate between 0 and 1', async () => {
    const attempt = runRecipe(recipeOf(forty, '() => 0'), { out: join(root, 'none') });
    await expect(attempt).rejects.toThrow(StageError);
    await expect(attempt).rejects.toThrow(
      /of 40 prompts of parity none has a pass rate strictly between 0 and 1 \(40 all wrong, 0 all right/,
    );
  });

  /** A run that is stopped at its first event of the kind. */
  async function stoppedAt(type: 'step' | 'stageEnd') {
    const recipe = recipeOf(forty);
    const out = join(root, `stopped-${runs++}`);
    const abort = new AbortController();
    const report = (event: RunEvent) => event.type === type && abort.abort();
    await expect(runRecipe(recipe, { out, signal: abort.signal, report })).rejects.toThrow(Interrupted);
    return { recipe, out };
  }

  it('holds for the prompts that were tried: other ones under the same ids are refused, chosen or half way', async () => {
    for (const [type, message] of [
      ['stageEnd', /^stages\.zero\.prompts: \d+ of the \d+ chosen prompts have another text or answer among .* of parity \(row \d+\)/],
      ['step', /^stage choose: the prompts of parity are not those that it has tried so far: put its data/],
    ] as const) {
      const { recipe, out } = await stoppedAt(type);
      writeFileSync(`${recipe.task}.json`, JSON.stringify(forty.map((n) => [n, 'find'])));
      await expect(runRecipe(recipe, { out })).rejects.toThrow(message);
    }
    const { recipe, out } = await stoppedAt('step');
    writeFileSync(`${recipe.task}.json`, '[0, 1, 2]');
    await expect(runRecipe(recipe, { out })).rejects.toThrow('the prompts of parity are not those that it has tried so far');
  });

  it('is refused where the data has lost a chosen prompt since', async () => {
    const { recipe, out } = await stoppedAt('stageEnd');
    writeFileSync(`${recipe.task}.json`, '[0, 1, 2]');
    await expect(runRecipe(recipe, { out })).rejects.toThrow(
      /^stages\.zero\.prompts: \d+ of the \d+ chosen prompts are no longer among the training prompts of parity \(row \d+\)/,
    );
  });
});

function recipeFrom(out: string) {
  return parseRecipe(readFileSync(join(out, 'recipe.yaml'), 'utf8'), join(out, 'recipe.yaml'));
}

describe('selectionOf', () => {
  it('counts right answers alone, passes over what is not judged', () => {
    const row = (prompt: string, reward: number | null) => ({ ...rolloutRow, prompt, reward, fingerprint: `of ${prompt}` });
    const rows = [
      ...[0, 0, 0.5].map((reward) => row('partial credit', reward)),
      ...[1, 1, null].map((reward) => row('all right', reward)),
      ...[null, null, null].map((reward) => row('no gold', reward)),
      ...[1, 0, 0, 0].map((reward) => row('a quarter', reward)),
      ...[1, null, 0].map((reward) => row('half', reward)),
    ];
    const chosen = {
      'a quarter': { passRate: 0.25, fingerprint: 'of a quarter' },
      half: { passRate: 0.5, fingerprint: 'of half' },
    };
    expect(selectionOf(rows)).toEqual({ tried: 5, allWrong: 1, allRight: 1, unjudged: 1, chosen });
  });
});
