// Decontamination from end to end: a task's rows and an sft stage's, the report in the run's directory, and a run that goes on.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newModel, saveModel } from '../engine/local/model.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { runRecipe } from '../recipe/run.ts';
import { tinyNewModel } from '../testing/tinyModel.ts';
import type { RunEvent } from './context.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-decontamination-'));
const evaluation = join(root, 'held.jsonl');
const task = join(root, 'task.mjs');
const long = (n: number): string => `question ${n} : one two three four five six seven eight nine ${n}`;

beforeAll(async () => {
  const model = newModel(tinyNewModel(), 1, 1);
  await saveModel(join(root, 'model'), model, model.store);
  writeFileSync(
    task,
    `const rows = Array.from({ length: 12 }, (_, n) => ({ id: 'row ' + n, n, question: \`question \${n} : one two three four five six seven eight nine \${n}\`, prompt: 'make ' + n }));
export default { name: 'odd', load: () => ({ train: rows, heldOut: rows.slice(0, 4).map((row) => ({ ...row, id: 'held ' + row.n })) }), weights: { odd: 1 }, accuracy: 'odd', hasGold: ({ n }) => n !== 11 && n !== 3,
  rewards: { odd: ({ completions, rows }) => completions.map((text, i) => Number(text.length % 2 === rows[i].n % 2)) } };`,
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function writeEvaluation(...questions: string[]): void {
  writeFileSync(evaluation, questions.map((question) => `${JSON.stringify({ question })}\n`).join(''));
}

async function run(stages: string, out: string, more = '') {
  const recipe = parseRecipe(
    `{ name: s, model: ${join(root, 'model')}, task: ${task}, seed: 5, decontaminate: [${evaluation}], ${more} stages: { ${stages} } }`,
    join(root, 'r.yaml'),
  );
  const events: RunEvent[] = [];
  const result = await runRecipe(recipe, { out: join(root, out), report: (event) => events.push(event) });
  return { ...result, messages: events.flatMap((event) => ('message' in event ? [event.message] : [])) };
}

const zero = 'zero: { kind: rl, steps: 1, promptsPerStep: 10, groupSize: 2, maxTokens: 4, evalEvery: 0, beforeAfterSamples: 0 }';
const jsonLines = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('decontaminate', () => {
  it('keeps rows of a task that share ten words with an evaluation out of rl, and reports each', async () => {
    writeEvaluation(`Question 4: one, two, three, four, five, six, seven, eight, nine!`, 'make 7');
    const { dir, messages } = await run(zero, 'rl');
    const words = 'one two three four five six seven eight nine';
    expect(jsonLines(join(dir, 'decontamination.jsonl'))).toEqual([
      { stage: 'zero', id: 'row 4', evaluation, evaluationRow: 'held.jsonl:1', words: `question 4 ${words}` },
      { stage: 'zero', id: 'row 7', evaluation, evaluationRow: 'held.jsonl:2', words: 'make 7' },
    ]);
    expect(messages.join('\n')).toMatch(
      /2 of 10 rows share ten words in a row with a question of .*held\.jsonl \(2 in all\) and are dropped: .*decontamination\.jsonl/,
    );
    expect(messages).toContain('2 of 12 golds to train on cannot be read (the first is that of row 3): their rows take no part');
    expect(messages).toContain(
      '1 of 4 golds held out cannot be read (the first is that of held 3): their problems are unjudged, and count in no pass@k',
    );
    const prompts = new Set(jsonLines(join(dir, 'rollouts/zero-1.jsonl')).map(({ prompt }) => prompt));
    expect([...prompts].sort()).toEqual([0, 1, 10, 2, 5, 6, 8, 9].map((n) => `row ${n}`));
  });

  it('says so where nothing is shared, and writes no report', async () => {
    writeEvaluation('something else altogether');
    const { dir, messages } = await run(zero, 'none');
    expect(messages.join('\n')).toMatch(/none of 10 rows shares ten words in a row with a question of .*held\.jsonl \(1 in all\)/);
    expect(existsSync(join(dir, 'decontamination.jsonl'))).toBe(false);
  });

  it('refuses where every row is dropped, with an example, and leaves no directory', async () => {
    writeEvaluation('one two three four five six seven eight nine', ...Array.from({ length: 12 }, (_, n) => long(n)));
    await expect(run(zero, 'all')).rejects.toThrow(
      /decontaminate: 10 of 10 rows share .* nothing is left to train on\. row 0 shares with held\.jsonl:2 of .*: "question 0 one two/,
    );
    expect(existsSync(join(root, 'all'))).toBe(false);
  });

  it('a run that goes on with another evaluation set is refused, for its prompts are others', async () => {
    const stages = zero.replace('steps: 1', 'steps: 2, saveEvery: 1');
    writeEvaluation(long(4));
    const signal = new AbortController();
    const recipe = parseRecipe(
      `{ name: s, model: ${join(root, 'model')}, task: ${task}, seed: 5, decontaminate: [held.jsonl], stages: { ${stages} } }`,
      join(root, 'r.yaml'),
    );
    expect(recipe.decontaminate).toEqual([evaluation]);
    const out = join(root, 'again');
    const stopped = runRecipe(recipe, {
      out,
      signal: signal.signal,
      report: (event) => event.type === 'step' && signal.abort(),
    });
    await expect(stopped).rejects.toThrow(/stopped after step 1/);
    writeEvaluation(long(5));
    await expect(runRecipe(recipe, { out })).rejects.toThrow(/zero: decontaminate.0: .*held.jsonl has changed/);
    writeEvaluation(long(4));
    await runRecipe(recipe, { out });
    expect(jsonLines(join(out, 'decontamination.jsonl')).map(({ id }) => id)).toEqual(['row 4']);
  });

  it('drops rows of an sft stage, whose report stands beside that of another stage', async () => {
    const data = join(root, 'chats.jsonl');
    const rows = Array.from({ length: 6 }, (_, n) => ({ prompt: `make ${n}`, completion: n === 2 ? long(2) : `w${n}` }));
    writeFileSync(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    writeEvaluation(long(2), 'make 5');
    const { dir } = await run(`tune: { kind: sft, data: ${data}, epochs: 1 }, ${zero}`, 'sft');
    expect(jsonLines(join(dir, 'decontamination.jsonl')).map(({ stage, id }) => `${stage} ${id}`)).toEqual([
      `tune ${data}:3`,
      `tune ${data}:6`,
      'zero row 2',
      'zero row 5',
    ]);
  });

  it('drops rows that a rejection stage adds, and reports them beside those of its prompts', async () => {
    const data = join(root, 'further.jsonl');
    const rows = Array.from({ length: 6 }, (_, n) => ({ prompt: `make ${n}`, completion: n === 2 ? long(2) : `w${n}` }));
    writeFileSync(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    writeEvaluation(long(2), 'make 5');
    const take = `take: { kind: rejection, prompts: 4, samples: 2, maxTokens: 4, filters: { correct: false, unfinished: false }, plus: [${data}] }`;
    const { dir, messages } = await run(take, 'plus');
    expect(jsonLines(join(dir, 'decontamination.jsonl')).map(({ stage, id }) => `${stage} ${id}`)).toEqual([
      'take row 2',
      'take row 5',
      'take.plus row 3 of further.jsonl',
      'take.plus row 6 of further.jsonl',
    ]);
    expect(messages.join('\n')).toMatch(/2 of 6 rows share ten words/);
  });
});
