// Judged pairs from end to end: the real engine on a tiny random model, the task's judge and one behind a server.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamRows } from '../datasets/rows.ts';
import type { Engine } from '../engine/engine.ts';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { runRecipe } from '../recipe/run.ts';
import { chatAnswer, startOpenai } from '../testing/openaiServer.ts';
import { writeTinyModel } from '../testing/tinyModel.ts';
import { Interrupted, type RunEvent } from './context.ts';
import type { JudgeReport } from './preference/judgedPairs.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-judge-'));
const engine = createLocalEngine({ threads: 1 });
let made = 0;
beforeAll(async () => void (await writeTinyModel(join(root, 'model'), { eos_token: 'w1' })));
afterAll(async () => {
  await engine.close();
  rmSync(root, { recursive: true, force: true });
});

/** Likes what has more of the words below w20, and a little what it is shown first. A response with w7 is not safe; the first prompt has no label. */
const taskText = `
const small = (text) => text.split(' ').filter((word) => Number(word.slice(1)) < 20).length;
export default { name: 'words', weights: { none: 1 }, accuracy: 'none', rewards: { none: ({ completions }) => completions.map(() => 0) },
  load: () => ({ heldOut: [], train: Array.from({ length: 40 }, (_, n) => ({ id: 'row ' + n, prompt: 'w' + (n % 39 + 1) + ' w3', domain: n % 2 ? 'odd' : 'even' })) }),
  JUDGE
  harm: (row, text) => (row.id === 'row 0' ? null : text.split(' ').includes('w7') ? 0 : 1) };`;

function recipe(settings = '', judge = 'judge: { compare: (row, a, b) => small(a) - small(b) + 0.25 },', more = '') {
  const task = join(root, `task-${made++}.mjs`);
  writeFileSync(task, taskText.replace('JUDGE', judge));
  return parseRecipe(
    `{ name: j, seed: 3, model: ${join(root, 'model')}, task: ${task}, stages: { pairs: { kind: judge, maxTokens: 8 ${settings} }${more} } }`,
    'r.yaml',
  );
}

interface Row {
  id: string;
  domain: string;
  prompt: string;
  chosen: string;
  rejected: string;
  margin: number;
  response: string;
  label: number;
}

async function rowsOf(data: string, split = 'train'): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const { row } of streamRows(data, split)) rows.push(row as unknown as Row);
  return rows;
}

const reportOf = (out: string): JudgeReport => JSON.parse(readFileSync(join(out, 'data', 'pairs', 'report.json'), 'utf8'));
/** Pairs in the rollouts of the first step. */
function judgedSoFar(out: string): number {
  const rows = readFileSync(join(out, 'rollouts', 'pairs-1.jsonl'), 'utf8')
    .trim()
    .split('\n');
  return rows.reduce((sum, row) => sum + JSON.parse(row).pairs.length, 0);
}
const small = (text: string): number => text.split(' ').filter((word) => Number(word.slice(1)) < 20).length;

/** What a run has left, every byte of it. */
function contents(out: string): Record<string, string> {
  const names = readdirSync(join(out, 'data'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.(parquet|json|md)$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(out, 'data', name)).toString('base64')]));
}

describe('with the judge of the task', () => {
  const out = join(root, 'whole');
  beforeAll(() => runRecipe(recipe(), { out, engine }));

  it('the better response is chosen, by more than the margin, and prompts are held out whole', async () => {
    const data = join(out, 'data', 'pairs');
    const [train, test] = [await rowsOf(data), await rowsOf(data, 'test')];
    expect(train.length).toBeGreaterThan(3);
    for (const { chosen, rejected, margin } of [...train, ...test]) {
      const difference = small(chosen) - small(rejected);
      expect(margin).toBeGreaterThan(1);
      // Each judgement is off by a quarter, to the side that was shown first.
      expect(Math.abs(margin - difference)).toBeLessThanOrEqual(0.25);
    }
    const heldOut = new Set([...test, ...(await rowsOf(join(data, 'pointwise'), 'test'))].map(({ prompt }) => prompt));
    expect(heldOut.size).toBe(4);
    for (const { prompt } of [...train, ...(await rowsOf(join(data, 'pointwise')))]) expect(heldOut.has(prompt)).toBe(false);
  });

  it('responses have labels, where the task gives one', async () => {
    const pointwise = join(out, 'data', 'pairs', 'pointwise');
    const rows = [...(await rowsOf(pointwise)), ...(await rowsOf(pointwise, 'test'))];
    expect(rows).toHaveLength(39 * 4);
    for (const { id, response, label } of rows) {
      expect(id).not.toBe('row 0');
      expect(label).toBe(response.split(' ').includes('w7') ? 0 : 1);
    }
  });

  it('the report says what was tried, clear and kept, how the judge agrees with itself, and what the lengths are', () => {
    const { prompts, responses, pairs, judge, lengths, pointwise } = reportOf(out);
    expect([prompts, responses, pairs.noVerdict]).toEqual([40, 160, 0]);
    // Two of each prompt, but where its responses say the same.
    expect(pairs.tried).toBeGreaterThan(70);
    expect(pairs.tried).toBeLessThanOrEqual(80);
    expect(pairs.kept).toBeLessThanOrEqual(pairs.clear);
    expect(judge.agreement).toBeGreaterThan(0.8);
    // Draws are broken for the first side alone.
    expect(judge.firstSide?.share).toBeGreaterThan(0.5);
    expect(lengths?.of).toBe('summary');
    expect(lengths?.kept.chosenIsLonger).toBeCloseTo(0.5, 9);
    expect(pointwise?.rows).toBe(156);
  });

  it('a run that was stopped ends with the same bytes, and judges nothing twice', async () => {
    const stopped = join(root, 'stopped');
    const controller = new AbortController();
    const steps: number[] = [];
    const report = (event: RunEvent): void => {
      if (event.type !== 'step') return;
      steps.push(event.step);
      if (event.step === 1) controller.abort();
    };
    const given = recipe();
    await expect(runRecipe(given, { out: stopped, engine, report, signal: controller.signal })).rejects.toThrow(Interrupted);
    expect(existsSync(join(stopped, 'data'))).toBe(false);
    await runRecipe(given, { out: stopped, engine, report });
    expect(steps).toEqual([1, 2, 3]);
    expect(contents(stopped)).toEqual(contents(out));
  });
});

it('reward models and DPO learn from what it has made, by its name', async () => {
  const out = join(root, 'learnt');
  const from = `model: '${join(root, 'model')}', data: $pairs, batch: 64`;
  const kinds = `, helpful: { kind: reward_model, ${from} }, harmless: { kind: reward_model, objective: pointwise, ${from} }, direct: { kind: dpo, ${from} }`;
  const { rewardModels, checkpoints } = await runRecipe(recipe(', prompts: 20, balance: none', undefined, kinds), { out, engine });
  expect([...Object.keys(rewardModels), ...Object.keys(checkpoints)]).toEqual(['helpful', 'harmless', 'direct']);
  const { pairs, pointwise } = reportOf(out);
  const finished = JSON.parse(readFileSync(join(out, 'finished.json'), 'utf8'));
  for (const stage of ['helpful', 'direct'])
    expect([finished[stage].result.trained, finished[stage].result.heldOut]).toEqual([pairs.kept - pairs.heldOut, pairs.heldOut]);
  expect(finished.harmless.result.trained + finished.harmless.result.heldOut).toBe(pointwise?.rows);
});

describe('with a judge behind an endpoint', () => {
  it('it waits where the server is busy, and a pair without a verdict is left out and counted, never a draw', async () => {
    // Likes the response that is longer as text; has no verdict on what holds w5.
    const server = await startOpenai(async ({ body }, number) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (number === 2) return { status: 429, headers: { 'retry-after': '0' } };
      const content = body.messages[0].content as string;
      if (content.includes('w5 ')) return chatAnswer('I would not say.');
      const [a, b] = ['A', 'B'].map((side) => content.split(`<|Response ${side} begins|>`)[1].split('<|')[0].trim());
      return chatAnswer(`So: [[${a.length === b.length ? 'A=B' : a.length > b.length ? 'A>>B' : 'B>>A'}]]`);
    });
    try {
      const out = join(root, 'endpoint');
      const settings = `, prompts: 20, balance: none, harm: none, judge: { url: '${server.url}', model: m, keyEnv: NO_SUCH_KEY, concurrency: 4 }`;
      await runRecipe(recipe(settings, ''), { out, engine });
      const { pairs, judge, pointwise } = reportOf(out);
      expect(pairs.noVerdict).toBeGreaterThan(0);
      expect(pairs.noVerdict + pairs.clear).toBeLessThanOrEqual(pairs.tried);
      for (const { chosen, rejected, margin } of await rowsOf(join(out, 'data', 'pairs'))) {
        expect(chosen.trim().length).toBeGreaterThan(rejected.trim().length);
        expect(margin).toBe(2);
      }
      expect(judge.agreement).toBe(1);
      expect(pointwise).toBeUndefined();
      expect(server.most).toBeGreaterThan(1);
      expect(server.most).toBeLessThanOrEqual(4);
    } finally {
      await server.close();
    }
  });

  it('that goes on failing stops the stage, and the same command goes on after what was judged', async () => {
    let down = true;
    const server = await startOpenai((_, number) =>
      down && number >= 32 ? { status: 503, headers: { 'retry-after': '0' } } : chatAnswer('[[A>>B]]'),
    );
    try {
      const settings = `, prompts: 18, judgements: 1, balance: none, judge: { url: '${server.url}', model: m, concurrency: 1 }`;
      const out = join(root, 'failing');
      const given = recipe(settings, '');
      await expect(runRecipe(given, { out, engine })).rejects.toThrow(/answered 503, 7 times. What it has answered is kept/);
      const asked = server.requests.length;
      const kept = judgedSoFar(out);
      expect(kept).toBeGreaterThan(20);
      down = false;
      await runRecipe(given, { out, engine });
      const { pairs } = reportOf(out);
      expect(server.requests.length - asked).toBe(pairs.tried - kept);
      expect([pairs.noVerdict, pairs.clear]).toEqual([0, pairs.tried]);
    } finally {
      await server.close();
    }
  });

  it('that gives no verdict at all is told after the first pairs, and not after all of them', async () => {
    const server = await startOpenai(() => chatAnswer('Both are fine.'));
    try {
      const settings = `, judgements: 1, judge: { url: '${server.url}', model: m }`;
      await expect(runRecipe(recipe(settings, ''), { out: join(root, 'nonsense'), engine })).rejects.toThrow(
        /no verdict that can be read on any of \d\d pairs/,
      );
    } finally {
      await server.close();
    }
  });

  it('of harm alike: no label at all is told at once, and not when a reward model wants them', async () => {
    const server = await startOpenai(({ body }) => chatAnswer(String(body.messages[0].content).includes('w5') ? '[[SAFE]]' : 'I like it.'));
    const silent = await startOpenai(() => chatAnswer('I like it.'));
    try {
      const settings = (url: string): string => `, prompts: 20, balance: none, harm: { url: '${url}', model: m }`;
      await expect(runRecipe(recipe(settings(silent.url)), { out: join(root, 'harm-nonsense'), engine })).rejects.toThrow(
        /the judge of harm has given no verdict that can be read on any of 64 responses/,
      );
      const out = join(root, 'harm-some');
      const notes: string[] = [];
      await runRecipe(recipe(settings(server.url)), { out, engine, report: (event) => event.type === 'note' && notes.push(event.message) });
      const { rows = 0, unlabelled = 0 } = reportOf(out).pointwise ?? {};
      expect(rows + unlabelled).toBe(80);
      expect(notes.join('\n')).toContain(`${rows} responses have a label: ${rows} are safe; ${unlabelled} have none`);
    } finally {
      await server.close();
      await silent.close();
    }
  });
});

describe('it is told', () => {
  const failing = (given: ReturnType<typeof recipe>): Promise<unknown> =>
    runRecipe(given, { out: join(root, `out-${made++}`), engine: engine as Engine });

  it('that the task has no judge', async () => {
    await expect(failing(recipe('', ''))).rejects.toThrow(/the task words has no judge of preference: name an endpoint/);
  });

  it('that no pair is clear, or none is left when lengths are balanced', async () => {
    const never = 'judge: { compare: () => 0 },';
    await expect(failing(recipe(', prompts: 8', never))).rejects.toThrow(
      /of 1\d pairs .* none has a mean difference of more than margin 1/,
    );
    const longer = 'judge: { compare: (row, a, b) => 3 * Math.sign(a.split(" ").length - b.split(" ").length) },';
    await expect(failing(recipe(', prompts: 8', longer))).rejects.toThrow(/balanced by length \(balance: summary\) none is left/);
  });

  it('which row a judge fails on', async () => {
    const broken = "judge: { compare: () => { throw new Error('out of order'); } },";
    await expect(failing(recipe(', prompts: 8', broken))).rejects.toThrow(/the reward "judge" threw: out of order[\s\S]*row: row \d+/);
  });
});
