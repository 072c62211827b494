import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, remove, temporaryDirectory, writeTextAtomic } from '../platform/files.ts';
import { describeNeeding, shared } from '../testing/need.ts';
import { mathTask } from './math.ts';
import { r1ZeroPrompt } from './questions.ts';

const task = mathTask({ name: 'math', template: 'chat' });
const lines = (rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('thinkling-math-');
});
afterEach(() => remove(dir));

async function write(name: string, rows: object[]): Promise<string> {
  await writeTextAtomic(join(dir, name), lines(rows));
  return join(dir, name);
}

describe('math', () => {
  it.each([
    ['problem and answer, though there is a solution too', { problem: 'Half?', answer: '\\frac12', solution: 'It is \\boxed{7}.' }, {}],
    ['problem and solution', { problem: 'Half?', solution: 'It is $\\boxed{\\frac12}$.', level: 'Level 1' }, {}],
    ['question and answer', { question: 'Half?', answer: '\\frac12' }, {}],
    ['columns that the recipe names', { q: 'Half?', gold: '\\frac12' }, { problem: 'q', answer: 'gold' }],
  ])('takes %s', async (_, row, columns) => {
    const data = await write('mine_train.jsonl', [row]);
    await write('mine_test.jsonl', [{ ...row, problem: 'Third?', question: 'Third?', q: 'Third?' }]);
    const { train, heldOut } = await task.load({ data, columns, seed: 0 });
    expect([train.length, heldOut.length]).toEqual([1, 1]);
    expect(train[0].prompt).toEqual([
      { role: 'user', content: 'Half?\nPlease reason step by step, and put your final answer within \\boxed{}.' },
    ]);
    const judged = await task.rewards.accuracy({
      prompts: ['q', 'q'],
      completions: ['\\boxed{0.5}', '\\boxed{7}'],
      rows: [train[0], train[0]],
    });
    expect(judged).toEqual([1, 0]);
  });

  it('asks a base model in the words of R1-Zero, and rewards the tags that these ask for', async () => {
    const zero = mathTask({ name: 'math-r1-zero', template: 'r1-zero' });
    const data = await write(
      'mine.jsonl',
      [0, 1, 2].map((n) => ({ problem: `What is ${n}?`, answer: String(n) })),
    );
    const { train, heldOut } = await zero.load({ data, seed: 0 });
    expect([train.length, heldOut.length]).toEqual([2, 1]);
    expect(train[0].prompt).toBe(r1ZeroPrompt(String(train[0].problem)));
    expect(zero.weights).toEqual({ accuracy: 1, format: 0.2 });
  });

  it('judges rows whose answer cannot be read as null, and refuses data of nothing else', async () => {
    const bad = { problem: 'See?', answer: '(see the figure)' };
    const data = await write('some.jsonl', [bad, { problem: 'Two?', answer: '2' }, { problem: 'Three?', answer: '3' }]);
    await expect(task.load({ data, seed: 0 })).resolves.toBeTruthy();
    const row = { id: 'a', prompt: 'q', ...bad };
    expect(await task.rewards.accuracy({ prompts: ['q'], completions: ['\\boxed{5}'], rows: [row] })).toEqual([null]);
    const none = await write('none.jsonl', [bad, { ...bad, problem: 'And here?' }]);
    const error = await Promise.resolve(task.load({ data: none, seed: 0 })).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain('no row\'s "answer" holds an answer that can be read');
  });

  it('needs data, with its columns', async () => {
    await expect(task.load({ seed: 0 })).rejects.toThrow('needs data');
    const data = await write('odd.jsonl', [{ text: 'a', answer: '1' }]);
    await expect(task.load({ data, seed: 0 })).rejects.toThrow('the column "problem" is missing; the row has "text", "answer"');
  });
});

describeNeeding(shared('data/math/math_test_5000.jsonl'), 'the real MATH', (data) => {
  it('loads, and judges its own solutions right', async () => {
    const { train, heldOut } = await task.load({ data, seed: 0 });
    expect(heldOut).toHaveLength(500);
    const scores = await task.rewards.accuracy({
      prompts: heldOut.map((row) => row.prompt),
      completions: heldOut.map((row) => String(row.solution)),
      rows: heldOut,
    });
    expect(scores.filter((score) => score !== 1)).toEqual([]);
    expect(train.length).toBeGreaterThan(4490);
  });
});
