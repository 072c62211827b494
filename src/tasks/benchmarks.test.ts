import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, remove, temporaryDirectory, writeTextAtomic } from '../platform/files.ts';
import { describeNeeding, shared } from '../testing/need.ts';
import { loadTask } from './registry.ts';
import type { TaskRow } from './task.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('thinkling-benchmarks-');
});
afterEach(() => remove(dir));
const write = async (name: string, text: string): Promise<string> => {
  await writeTextAtomic(join(dir, name), text);
  return join(dir, name);
};
const lines = (...rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const heldOut = async (name: string, data: string, seed = 0): Promise<TaskRow[]> => {
  const { train, heldOut } = await (await loadTask(name)).load({ data, seed });
  expect(train).toEqual([]);
  return heldOut;
};
/** The verdicts on responses that give each row's answer as `said` writes it. */
const verdicts = async (name: string, rows: TaskRow[], said: (row: TaskRow, i: number) => string) => {
  const task = await loadTask(name);
  return task.rewards[task.accuracy as string]({ prompts: rows.map(({ prompt }) => prompt), completions: rows.map(said), rows });
};

describe('published sets', () => {
  it.each([
    ['the columns of MATH-500', 'math500', lines({ problem: 'p', solution: '\\boxed{4}', answer: '4', unique_id: 'u', level: 2 })],
    ['of AIME 2024', 'aime24', lines({ id: 60, problem: 'p', solution: 's', answer: '025', url: 'u', year: '2024' })],
    ['of AIME 2025', 'aime25', lines({ id: '0', problem: 'p', answer: '70' })],
    ['of AMC 2023', 'amc23', lines({ id: 0, question: 'p', answer: '27.0', url: 'u' })],
  ])('take %s: all held out, numbered', async (_, name, text) => {
    for (const file of ['set.jsonl', 'test.jsonl', 'train.jsonl']) {
      const [row, ...more] = await heldOut(name, await write(file, text));
      expect(more).toEqual([]);
      expect(row).toMatchObject({ id: `${name}/0`, domain: name });
      expect(row.prompt).toEqual([{ role: 'user', content: 'p\nPlease reason step by step, and put your final answer within \\boxed{}.' }]);
    }
  });

  it('judge 25 as 025, and 27 as 27.0', async () => {
    const aime = await heldOut('aime24', await write('a.jsonl', lines({ problem: 'p', answer: '025' })));
    expect(await verdicts('aime24', aime, () => '\\boxed{25}')).toEqual([1]);
    const amc = await heldOut('amc23', await write('b.jsonl', lines({ question: 'p', answer: 27 })));
    expect(await verdicts('amc23', amc, () => '\\boxed{27}')).toEqual([1]);
  });

  it("take GPQA's columns; the seed orders the choices", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => ({
      Question: `Which is ${i}?`,
      'Correct Answer': `${i}\n`,
      'Incorrect Answer 1': `${i + 1}`,
      'Incorrect Answer 2': `${i + 2}`,
      'Incorrect Answer 3': `${i + 3}`,
      Subdomain: 'x',
    }));
    const data = await write('gpqa_diamond.jsonl', lines(...rows));
    const [first, other] = [await heldOut('gpqa', data, 1), await heldOut('gpqa', data, 2)];
    expect(await heldOut('gpqa', data, 1)).toEqual(first);
    expect(other.map(({ answer }) => answer)).not.toEqual(first.map(({ answer }) => answer));
    for (const { question, choices, answer } of [...first, ...other])
      expect(`Which is ${(choices as string[])['ABCD'.indexOf(String(answer))]}?`).toBe(question);
    expect(await verdicts('gpqa', first, ({ answer }) => `<answer>${answer}</answer>`)).toEqual(Array(20).fill(1));
  });

  it('say what is missing', async () => {
    await expect(heldOut('aime24', await write('a.jsonl', lines({ prompt: 'p', answer: '1' })))).rejects.toThrow(
      /a\.jsonl:1: the column "problem" is missing; the row has "prompt", "answer"/,
    );
    await expect(heldOut('mgsm_es', await write('a.tsv', '¿Cuánto?\t18\n¿Y?\n'))).rejects.toThrow(
      /a\.tsv:2: a line must be a question, a tab/,
    );
    const error = await heldOut('mgsm_es', await write('a.jsonl', lines({ answer: 1 }))).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    await expect(heldOut('math500', join(dir, 'none.jsonl'))).rejects.toThrow(/there is nothing at .*none\.jsonl/);
  });
});

describe('MGSM', () => {
  it.each([
    ['its own files', 'x.tsv', '¿Cuánto?\t114,200\n'],
    ["the hub's rows", 'x.jsonl', lines({ question: '¿Cuánto?', answer: null, answer_number: 114200, equation_solution: null })],
    ['rows of question and answer', 'y.jsonl', lines({ question: '¿Cuánto?', answer: '114200' })],
  ])('reads %s', async (_, name, text) => {
    const rows = await heldOut('mgsm_es', await write(name, text));
    expect(rows.map(({ id, prompt }) => [id, prompt])).toEqual([
      [
        'mgsm_es/0',
        [{ role: 'user', content: '¿Cuánto?\nRazona paso a paso y escribe tu respuesta final, un número, dentro de \\boxed{}.' }],
      ],
    ]);
    expect(await verdicts('mgsm_es', rows, () => '\\boxed{114.200}')).toEqual([1]);
    expect(await verdicts('mgsm_es', rows, () => '\\boxed{114,2}')).toEqual([0]);
  });
});

describeNeeding(shared('data/eval'), 'AIME and AMC', (data) => {
  it.each([
    ['aime24', 'aime24.jsonl', 30],
    ['aime25', 'aime25.jsonl', 30],
    ['amc23', 'amc23.test.jsonl', 40],
  ])('%s has its problems, its answers are right and those of the next problem wrong', async (name, file, count) => {
    const rows = await heldOut(name, join(data, file));
    expect(rows).toHaveLength(count);
    expect(await verdicts(name, rows, ({ answer }) => `\\boxed{${answer}}`)).toEqual(Array(count).fill(1));
    const next = (i: number): TaskRow => rows[(i + 1) % count];
    const wrong = await verdicts(name, rows, (_, i) => `\\boxed{${next(i).answer}}`);
    expect(wrong).toEqual(rows.map(({ answer }, i) => Number(String(answer) === String(next(i).answer))));
  });
});

describeNeeding(shared('data/math/math500_test.jsonl'), 'MATH-500', (data) => {
  it('has its problems, and every answer is right', async () => {
    const rows = await heldOut('math500', data);
    expect(rows).toHaveLength(500);
    expect(await verdicts('math500', rows, ({ answer }) => `\\boxed{${answer}}`)).toEqual(Array(500).fill(1));
  });
});

describeNeeding(shared('data/language'), 'MGSM in four languages', (data) => {
  it.each(['en', 'es', 'fr', 'zh'])('%s has its questions, and every answer is right', async (language) => {
    const name = `mgsm_${language}`;
    const rows = await heldOut(name, join(data, `${name}.tsv`));
    expect(rows).toHaveLength(250);
    expect(await verdicts(name, rows, ({ answer }) => `\\boxed{${answer}}`)).toEqual(Array(250).fill(1));
    expect(await verdicts(name, rows, ({ answer }) => `\\boxed{${answer}1}`)).toEqual(Array(250).fill(0));
  });
});

describeNeeding(shared('data/math/gsm8k_test.jsonl'), 'a test set alone', (data) => {
  it('is held out whole', async () => {
    const { train, heldOut } = await (await loadTask('gsm8k')).load({ data, seed: 0 });
    expect([train.length, heldOut.length]).toEqual([0, 1319]);
  });
});
