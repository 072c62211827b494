// Evaluation as a stage, end to end: the real engine on a tiny random model.

import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newModel, saveModel } from '../engine/local/model.ts';
import { loadRecipe, parseRecipe, type Recipe } from '../recipe/recipe.ts';
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

  it('makes a table of several models on several tasks, each kept by itself, and goes on in the midst of it', async () => {
    const other = newModel(tinyNewModel(), 2, 1);
    await saveModel(join(root, 'other'), other, other.store);
    const short = join(root, 'short.mjs');
    writeFileSync(
      short,
      `const rows = Array.from({ length: 4 }, (_, n) => ({ id: 'row ' + n, prompt: 'w' + n + ' w2' }));
export default { name: 'short words', load: () => ({ train: [], heldOut: rows }), weights: { even: 1 }, accuracy: 'even',
  rewards: { even: ({ completions }) => completions.map((text) => Number(text.length % 2 === 0)) },
  measures: { brief: ({ completions }) => completions.map((text) => Number(text.length < 20)) } };`,
    );
    const text = `{ name: e, seed: 5, task: ${task}, stages: { table: { kind: evaluate, samples: 4, maxTokens: 6,
      models: { First: ./model, Other: ./other }, tasks: [./task.mjs, ./short.mjs] } } }`;
    const parsed = parseRecipe(text, join(root, 'r.yaml'));
    const out = join(root, 'table');
    const events: RunEvent[] = [];
    const { tables, report } = await runRecipe(parsed, { out, report: (event) => events.push(event) });
    const { First, Other } = tables.table;
    expect([Object.keys(tables.table), Object.keys(First), Object.keys(Other)]).toEqual([
      ['First', 'Other'],
      ['parity', 'short words'],
      ['parity', 'short words'],
    ]);
    expect(First.parity.overall?.passAtK[1].value).not.toBe(Other.parity.overall?.passAtK[1].value);
    const drawn = readFileSync(join(out, 'evaluations', 'table', 'Other-short_words', 'details.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const brief = drawn.filter((line) => JSON.parse(line).measures.brief === 1).length;
    expect(Other['short words'].byDomain['short words'].measures?.brief.value).toBeCloseTo(brief / 16, 12);
    const notes = events.flatMap((event) => (event.type === 'note' ? [event.message] : []));
    expect(notes).toEqual([
      'First on parity (1 of 4)',
      'First on short words (2 of 4)',
      'Other on parity (3 of 4)',
      'Other on short words (4 of 4)',
    ]);
    const steps = events.flatMap((event) => (event.type === 'step' ? [event.step] : []));
    expect([steps.at(-1), steps]).toEqual([32, steps.toSorted((a, b) => a - b)]);
    expect(readFileSync(report as string, 'utf8')).toMatch(/<th scope="row">Other<\/th>/);
    const rows = readFileSync(join(out, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ model, task: of }) => `${model} ${of}`)).toEqual([
      'First parity',
      'First short words',
      'Other parity',
      'Other short words',
    ]);
    expect(rows.every((row) => row.num_tokens > 0 && row.stage_time > 0)).toBe(true);

    // As a kill leaves it within the third of the four.
    const kept = (place: string, file: string): string => join(out, 'evaluations', 'table', place, file);
    const [whole, cut] = [kept('First-short_words', 'details.jsonl'), kept('Other-parity', 'details.jsonl')];
    const before = [readFileSync(whole, 'utf8'), readFileSync(cut, 'utf8')];
    expect(readFileSync(kept('Other-parity', 'problems.jsonl'), 'utf8')).toContain('"prompt":"w3 w1"');
    truncateSync(cut, 900);
    rmSync(join(out, 'evaluations', 'table', 'Other-short_words'), { recursive: true });
    writeFileSync(join(out, 'finished.json'), '{}');
    expect((await runRecipe(parsed, { out })).tables).toEqual(tables);
    expect([readFileSync(whole, 'utf8'), readFileSync(cut, 'utf8').split('\n').toSorted()]).toEqual([
      before[0],
      before[1].split('\n').toSorted(),
    ]);
    // And done, it is told again.
    events.length = 0;
    expect((await runRecipe(parsed, { out, report: (event) => events.push(event) })).tables).toEqual(tables);
    expect(events).toContainEqual({ type: 'table', stage: 'table', table: tables.table });
  });

  it.each([
    ['models: { A: $x, B: ./model }', /models\.A: there is no stage "x"/],
    ['models: { A: $later }', /stages\.e\.models\.A: stage "later" does not come before this one/],
    ['models: { A: ./model }, model: ./model', /stages\.e\.model has no effect where there are models/],
    ['tasks: [lab]', /stages\.e\.tasks needs models/],
    ['models: {}', /stages\.e\.models is empty/],
    ['models: { 1: ./model }', /stages\.e\.models\.1 must be called by a letter/],
    ['models: { A: ./model }, tasks: []', /stages\.e\.tasks must have at least 1 entry/],
  ])('refuses %s', (change, message) => {
    const text = `{ name: e, task: lab, model: lab:base, stages: { e: { kind: evaluate, maxTokens: 4, ${change} }, later: { kind: rl, steps: 1, maxTokens: 4 } } }`;
    expect(() => parseRecipe(text, 'r.yaml')).toThrow(message);
  });

  it('refuses a table whose parts would lie in one folder, and tasks that are not there', async () => {
    const table = (models: string, tasks: string) =>
      parseRecipe(`{ name: e, stages: { e: { kind: evaluate, maxTokens: 4, models: ${models}, tasks: ${tasks} } } }`, join(root, 'r.yaml'));
    const run = (recipe: Recipe) => runRecipe(recipe, { out: join(root, 'refused') });
    await expect(run(table('{ A: ./model, a: ./model }', '[./task.mjs]'))).rejects.toThrow(/would be kept in one folder, a-parity/);
    await expect(run(table('{ A: ./model }', '[lib]'))).rejects.toThrow(/there is no task "lib"/);
    writeFileSync(
      join(root, 't.yaml'),
      '{ name: e, stages: { e: { kind: evaluate, maxTokens: 4, models: { A: ./model }, tasks: [./no.mjs] } } }',
    );
    await expect(loadRecipe(join(root, 't.yaml'))).rejects.toThrow(/stages\.e\.tasks\.0\.task: there is no file .*no\.mjs/);
  });

  it('has nothing to train on where all is held out', async () => {
    const text = `{ name: e, model: ${join(root, 'model')}, task: ${task}, stages: { zero: { kind: rl, steps: 1, maxTokens: 4 } } }`;
    await expect(runRecipe(parseRecipe(text, 'r.yaml'), { out: join(root, 'train') })).rejects.toThrow(
      /parity has no prompts to train on: all of its rows are held out, to measure on/,
    );
  });
});
