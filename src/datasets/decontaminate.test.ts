import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeNeeding, shared } from '../testing/need.ts';
import { EvaluationSets } from './decontaminate.ts';
import { streamRows } from './rows.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-decontaminate-'));
afterAll(() => rmSync(root, { recursive: true }));

function write(name: string, rows: readonly object[]): string {
  const file = join(root, name);
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

const question = 'Every morning Aya goes for a $9$-kilometer-long walk and stops at a coffee shop afterwards.';

describe('EvaluationSets', () => {
  it.each([
    ['problem', { problem: question, answer: '204' }],
    ['Question', { Question: question, 'Correct Answer': 'A' }],
    ['prompt', { task_id: 1, prompt: question }],
    ['messages', { messages: [{ role: 'user', content: question }] }],
  ])('finds the question in the column %s', async (column, row) => {
    const file = write(`${column}.jsonl`, [row]);
    const sets = await EvaluationSets.read([file]);
    expect(sets.find({ text: 'Here: every morning aya goes for a 9 kilometer long walk!' })).toEqual({
      evaluation: file,
      evaluationRow: `${column}.jsonl:1`,
      words: 'every morning aya goes for a 9 kilometer long walk',
    });
  });

  it('looks at every text of a training row, messages too; numbers and roles are none', async () => {
    const sets = await EvaluationSets.read([
      write('short.jsonl', [{ problem: 'Compute $2+2$.' }, { problem: question }, { problem: 'user' }]),
    ]);
    expect(sets.size).toBe(3);
    expect(sets.find({ prompt: 'x', answer: 4 })).toBeUndefined();
    expect(sets.find({ messages: [{ role: 'user', content: 'Compute 2 + 2' }] })?.evaluationRow).toBe('short.jsonl:1');
    expect(sets.find({ messages: [{ role: 'user', content: 'hello' }] })).toBeUndefined();
    expect(sets.find({ prompt: 'a', completion: `You ask: ${question}` })?.evaluationRow).toBe('short.jsonl:2');
  });

  it('reads the split test of a directory that has one', async () => {
    mkdirSync(join(root, 'set'));
    write('set/train.jsonl', [{ question: 'one two three four five six seven eight nine ten eleven' }]);
    write('set/test.jsonl', [{ question }]);
    const sets = await EvaluationSets.read([join(root, 'set')]);
    expect(sets.size).toBe(1);
    expect(sets.find({ question })?.evaluationRow).toBe('test.jsonl:1');
  });

  it("takes a .tsv without names of columns, as MGSM's own are", async () => {
    const file = join(root, 'mgsm_en.tsv');
    writeFileSync(file, `${question}\t204\nHow many legs do seven dogs and two spiders have in all together?\t1,044\n`);
    const sets = await EvaluationSets.read([file]);
    expect(sets.size).toBe(2);
    expect(sets.find({ question })?.evaluationRow).toBe('mgsm_en.tsv:1');
    expect(sets.find({ text: 'how many legs do seven dogs and two spiders have in all together' })?.evaluationRow).toBe('mgsm_en.tsv:2');
  });

  it('refuses a set in which no column can be the question, with what it has', async () => {
    await expect(EvaluationSets.read([write('odd.jsonl', [{ q: question, a: 5 }])])).rejects.toThrow(
      /odd\.jsonl:1: no column with the question of an evaluation: that is called problem, .*; the row has "q", "a"/,
    );
  });
});

async function found(train: string, evaluation: string) {
  const sets = await EvaluationSets.read([evaluation]);
  const dropped = [];
  let rows = 0;
  for await (const { row, place } of streamRows(train, 'train')) {
    rows++;
    const match = sets.find(row);
    if (match) dropped.push({ place, ...match });
  }
  return { rows, dropped };
}

describeNeeding(shared('data/math/math_test_5000.jsonl'), "MATH's test problems against MATH-500", (path) => {
  it('finds all 500 of them among the 5,000', async () => {
    const { rows, dropped } = await found(path, join(path, '../math500_test.jsonl'));
    expect(rows).toBe(5000);
    expect(new Set(dropped.map(({ evaluationRow }) => evaluationRow)).size).toBe(500);
  });
});

describeNeeding(shared('data/math/gsm8k_train.jsonl'), "GSM8K's training questions against its test questions", (path) => {
  it('drops few, each with ten words or more', async () => {
    const { rows, dropped } = await found(path, join(path, '../gsm8k_test.jsonl'));
    expect(rows).toBe(7473);
    expect(dropped.length).toBeGreaterThan(0);
    expect(dropped.length).toBeLessThan(rows / 50);
    for (const { words } of dropped) expect(words.split(' ').length).toBeGreaterThanOrEqual(10);
  });
});
