import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, remove, temporaryDirectory, writeTextAtomic } from '../platform/files.ts';
import { describeNeeding, shared } from '../testing/need.ts';
import { gsm8kTask } from './gsm8k.ts';
import { r1ZeroPrompt } from './questions.ts';

const task = gsm8kTask({ name: 'gsm8k', template: 'chat' });
const row = (question: string, answer: string) => `${JSON.stringify({ question, answer })}\n`;
const rows = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => row(`How many is ${from + i}?`, `#### ${from + i}`)).join('');

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('thinkling-gsm8k-');
});
afterEach(() => remove(dir));

async function write(name: string, text: string): Promise<string> {
  await writeTextAtomic(join(dir, name), text);
  return join(dir, name);
}

describe('gsm8k', () => {
  it('holds out the test file beside the training file, and what both have is not trained on', async () => {
    await write('gsm8k_test.jsonl', rows(8, 12));
    const { train, heldOut } = await task.load({ data: await write('gsm8k_train.jsonl', rows(0, 10)), seed: 0 });
    expect(heldOut.map((r) => r.id)).toEqual([1, 2, 3, 4].map((n) => `gsm8k_test.jsonl:${n}`));
    expect(train.map((r) => r.id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `gsm8k_train.jsonl:${n}`));
  });

  it('holds out a tenth, drawn by the seed, where there is no test file', async () => {
    const data = await write('mine.jsonl', rows(0, 100));
    const first = await task.load({ data, seed: 0 });
    expect([first.train.length, first.heldOut.length]).toEqual([90, 10]);
    expect(new Set([...first.train, ...first.heldOut].map((r) => r.id)).size).toBe(100);
    expect(await task.load({ data, seed: 0 })).toEqual(first);
    expect((await task.load({ data, seed: 1 })).heldOut).not.toEqual(first.heldOut);
  });

  it('of a directory holds out its split test; rows of several files have ids of their own', async () => {
    await write('train-00000-of-00002.jsonl', rows(0, 3));
    await write('train-00001-of-00002.jsonl', rows(3, 6));
    await write('test.jsonl', rows(5, 7));
    const { train, heldOut } = await task.load({ data: dir, seed: 0 });
    expect(heldOut.map((r) => r.id)).toEqual(['test.jsonl:1', 'test.jsonl:2']);
    expect(train.map((r) => r.id)).toEqual([
      ...[1, 2, 3].map((n) => `train-00000-of-00002.jsonl:${n}`),
      ...[1, 2].map((n) => `train-00001-of-00002.jsonl:${n}`),
    ]);
  });

  it('takes question and answer by the names that the data has for them, the held-out file too', async () => {
    const renamed = (text: string) => text.replaceAll('"question"', '"problem"').replaceAll('"answer"', '"solution"');
    await write('q_test.jsonl', renamed(rows(3, 4)));
    const data = await write('q_train.jsonl', renamed(rows(0, 3)));
    const { train, heldOut } = await task.load({ data, columns: { question: 'problem', answer: 'solution' }, seed: 0 });
    expect([...train, ...heldOut].map(({ question, answer }) => [question, answer])).toEqual(
      rows(0, 4)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .map(({ question, answer }) => [question, answer]),
    );
  });

  it('asks in chat messages, or in the words of R1-Zero for a base model', async () => {
    const data = await write('mine.jsonl', rows(0, 10));
    const [chat] = (await task.load({ data, seed: 0 })).train;
    expect(chat.prompt).toEqual([{ role: 'user', content: expect.stringContaining('How many is ') }]);
    const [raw] = (await gsm8kTask({ name: 'x', template: 'r1-zero' }).load({ data, seed: 0 })).train;
    expect(raw.prompt).toBe(r1ZeroPrompt(String(raw.question)));
    expect(raw.prompt).toMatch(/^A conversation between User and Assistant\. .* User: How many is \d\? Assistant:$/);
  });

  it('judges the final answer, and not rows whose own cannot be read', async () => {
    const given = [
      { id: 'a', prompt: 'q', answer: 'so 9 * 2 = 18\n#### 18' },
      { id: 'b', prompt: 'q', answer: '(see the figure)' },
    ];
    const completions = ['<think> 9 * 2 </think> <answer> $18 </answer>', '18'];
    expect(await task.rewards.accuracy({ prompts: ['q', 'q'], completions, rows: given })).toEqual([1, null]);
  });

  it.each([
    [
      'a missing column',
      '{"question":"a","answer":"1"}\n{"question":"a","solution":"1"}\n',
      'mine.jsonl:2: the column "answer" is missing; the row has "question", "solution"',
    ],
    ['no gold at all', row('a', 'see the figure') + row('b', ''.padEnd(3, '?')), 'no row\'s "answer" holds an answer that can be read'],
    ['one row', row('a', '1'), 'no row is left to train on'],
  ])('refuses %s', async (_, text, words) => {
    const data = await write('mine.jsonl', text);
    const error = await Promise.resolve(task.load({ data, seed: 0 })).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(words);
  });
});

describeNeeding(shared('data/math/gsm8k_train.jsonl'), 'the real GSM8K', (data) => {
  it('loads: every gold answer can be read, and the gold solutions are judged right', async () => {
    const { train, heldOut } = await task.load({ data, seed: 0 });
    expect(train.length).toBeGreaterThan(7400);
    expect(heldOut).toHaveLength(1319);
    const all = [...train, ...heldOut];
    const scores = await task.rewards.accuracy({
      prompts: all.map((r) => r.prompt),
      completions: all.map((r) => String(r.answer)),
      rows: all,
    });
    expect(scores.filter((score) => score !== 1)).toEqual([]);
  });
});
