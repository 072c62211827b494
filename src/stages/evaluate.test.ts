// Evaluation as a stage, end to end: the real engine on a tiny random model.

import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newModel, saveModel } from '../engine/local/model.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { runRecipe } from '../recipe/run.ts';
import { tinyNewModel } from '../testing/tinyModel.ts';
import type { RunEvent } from './context.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-evaluate-'));
const task = join(root, 'task.mjs');

beforeAll(async () => {
  const model = newModel(tinyNewModel(), 1, 1);
  await saveModel(join(root, 'model'), model, model.store);
  // The answer is the number of letters; right where it is even.
  writeFileSync(
    task,
    `const rows = Array.from({ length: 12 }, (_, n) => ({ id: 'row ' + n, prompt: 'w' + n + ' w1', domain: n < 6 ? 'low' : 'high' }));
export default { name: 'parity', load: () => ({ train: [], heldOut: rows }), weights: { parity: 1 }, accuracy: 'parity',
  rewards: { parity: ({ completions }) => completions.map((text) => Number(text.length % 2 === 0)) },
  answers: { of: (text) => String(text.length) } };`,
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const recipe = (change = '') =>
  parseRecipe(
    `{ name: e, model: ${join(root, 'model')}, task: ${task}, seed: 5, stages: { score: { kind: evaluate, samples: 4, maxTokens: 6${change} } } }`,
    'r.yaml',
  );

describe('evaluate', () => {
  it('tells pass@k and cons@k, keeps every sample, and goes on after those that are there', async () => {
    const out = join(root, 'run');
    const events: RunEvent[] = [];
    const { evaluations } = await runRecipe(recipe(), { out, report: (event) => events.push(event) });
    const { low, high } = evaluations.score.byDomain;
    for (const score of [low, high]) {
      expect(score).toMatchObject({ problems: 6, unjudged: 0 });
      expect([Object.keys(score.passAtK), Object.keys(score.consAtK ?? {})]).toEqual([['1', '4'], ['4']]);
    }
    const details = join(out, 'evaluations', 'score', 'details.jsonl');
    const lines = readFileSync(details, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(48);
    const right = lines.map((line) => JSON.parse(line)).filter(({ correct }) => correct === 1).length;
    expect(evaluations.score.overall?.passAtK[1].value).toBeCloseTo(right / 48, 12);
    expect(readFileSync(join(out, 'metrics.jsonl'), 'utf8')).toContain('"eval/low/cons@4"');
    expect(events.filter(({ type }) => type === 'heldOut')).toHaveLength(1);
    const steps = events.filter((event) => event.type === 'step');
    expect(steps.at(-1)).toMatchObject({ step: 12, steps: 12, metrics: { 'rewards/accuracy/mean': right / 48 } });

    // As a kill leaves it in the middle of the eighth problem.
    const cut = lines.slice(0, 30).join('\n').length + 20;
    truncateSync(details, cut);
    writeFileSync(join(out, 'finished.json'), '{}');
    const again = await runRecipe(recipe(), { out });
    expect(again.evaluations).toEqual(evaluations);
    const after = readFileSync(details, 'utf8').trim().split('\n');
    expect(after.slice(0, 28)).toEqual(lines.slice(0, 28));
    expect(after.toSorted()).toEqual(lines.toSorted());
  });

  it('measures responses of several turns: judged by what the model wrote, kept with the replies', async () => {
    const out = join(root, 'turns');
    const text = `{ name: e, model: lab:base, task: ./examples/calculator-task.ts, stages: {
      score: { kind: evaluate, samples: 4, problems: 6, maxTokens: 60, temperature: 1, topP: 1 } } }`;
    const { evaluations } = await runRecipe(parseRecipe(text, 'r.yaml'), { out });
    const samples = readFileSync(join(out, 'evaluations', 'score', 'details.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const replies = samples.filter(({ turns }) => turns.some(({ by }: { by: string }) => by === 'environment'));
    expect(replies.length).toBeGreaterThan(2);
    for (const { turns, completion } of replies) {
      const own = turns.filter(({ by }: { by: string }) => by === 'model').map((turn: { text: string }) => turn.text.trim());
      expect(completion.replace(/\s+/g, ' ').trim()).toBe(own.join(' ').replace(/\s+/g, ' ').trim());
    }
    const right = samples.filter(({ correct }) => correct === 1).length;
    expect(evaluations.score.byDomain.calculator.passAtK[1].value).toBeCloseTo(right / 24, 12);
  });

  it('has nothing to train on where all is held out', async () => {
    const text = `{ name: e, model: ${join(root, 'model')}, task: ${task}, stages: { zero: { kind: rl, steps: 1, maxTokens: 4 } } }`;
    await expect(runRecipe(parseRecipe(text, 'r.yaml'), { out: join(root, 'train') })).rejects.toThrow(
      /parity has no prompts to train on: all of its rows are held out, to measure on/,
    );
  });
});
