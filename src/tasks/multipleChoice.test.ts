import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { join, remove, temporaryDirectory, writeTextAtomic } from '../platform/files.ts';
import { multipleChoiceTask } from './multipleChoice.ts';

const task = multipleChoiceTask('multiple-choice');
let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('thinkling-choice-');
});
afterEach(() => remove(dir));

const file = async (...rows: object[]): Promise<string> => {
  await writeTextAtomic(join(dir, 'q.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return join(dir, 'q.jsonl');
};
const filler = { question: 'Which is even?', choices: ['1', '2'], answer: 1 };

describe('multiple-choice', () => {
  it.each([
    [2, 'C'],
    ['c', 'C'],
    ['C', 'C'],
    ['Rome', 'C'],
  ])('takes the answer %j as %s, and judges by it', async (answer, letter) => {
    const data = await file({ question: 'Capital of Italy?', choices: ['Oslo', 'Paris', 'Rome'], answer }, filler);
    const { train, heldOut } = await task.load({ data, seed: 0 });
    const row = [...train, ...heldOut].find(({ question }) => question === 'Capital of Italy?');
    expect(row).toMatchObject({
      answer: letter,
      prompt: [{ content: expect.stringContaining('Capital of Italy?\n(A) Oslo\n(B) Paris\n(C) Rome\n') }],
    });
    if (!row) throw new Error('the question is gone');
    const rows = [row, row, row, row];
    const completions = [
      '<think>a</think><answer>C</answer>',
      '<think>a</think><answer>A, B, C</answer>',
      '<think>C</think><answer>A</answer>',
      'Rome',
    ];
    expect(await task.rewards.accuracy({ prompts: rows.map(({ prompt }) => prompt), completions, rows })).toEqual([1, 0, 0, 1]);
  });

  it('counts places from 0 unless the number is a text of the choices', async () => {
    const data = await file({ question: 'One plus one?', choices: ['1', '2', '3'], answer: '2' }, { ...filler, answer: 0 });
    const { train, heldOut } = await task.load({ data, seed: 0 });
    expect(new Map([...train, ...heldOut].map((row) => [row.question, row.answer]))).toEqual(
      new Map([
        ['One plus one?', 'B'],
        ['Which is even?', 'A'],
      ]),
    );
  });

  it.each([
    [{ choices: ['a'] }, /q\.jsonl:2: "choices" must be a list of two to ten; found \["a"\]/],
    [{ choices: 'a, b' }, /q\.jsonl:2: "choices" must be/],
    [{ answer: 'C' }, /q\.jsonl:2: "answer" must be a letter of the 2 choices, .*; found "C"/],
    [{ answer: 2 }, /q\.jsonl:2: "answer" must be/],
    [{ answer: 0.5 }, /q\.jsonl:2: "answer" must be/],
  ])('refuses a row with %j', async (wrong, words) => {
    await expect(task.load({ data: await file(filler, { ...filler, ...wrong }), seed: 0 })).rejects.toThrow(words);
  });

  it("takes GPQA's columns, the right choice at any place, in an order by the seed", async () => {
    const questions = Array.from({ length: 40 }, (_, i) => ({
      Question: `Which is ${i}?`,
      'Correct Answer': `${i}\n`,
      'Incorrect Answer 1': `${i + 1}`,
      'Incorrect Answer 2': `${i + 2}`,
      'Incorrect Answer 3': `${i + 3}`,
    }));
    const data = await file(...questions);
    const rows = async (seed: number) => {
      const { train, heldOut } = await task.load({ data, seed });
      return [...train, ...heldOut].sort((a, b) => a.id.localeCompare(b.id));
    };
    const loaded = await rows(1);
    expect(await rows(1)).toEqual(loaded);
    expect((await rows(2)).map(({ answer }) => answer)).not.toEqual(loaded.map(({ answer }) => answer));
    for (const { question, choices, answer } of loaded)
      expect(`Which is ${(choices as string[])['ABCD'.indexOf(String(answer))]}?`).toBe(question);
    expect(new Set(loaded.map(({ answer }) => answer))).toEqual(new Set('ABCD'));
    const { Question: _, ...without } = questions[0];
    await expect(task.load({ data: await file(questions[1], without), seed: 0 })).rejects.toThrow(
      /q\.jsonl:2: .*column "Question" is missing/,
    );
  });

  it('holds a question out once, and says what is missing', async () => {
    const questions = Array.from({ length: 20 }, (_, i) => ({ ...filler, question: `Question ${i}?` }));
    const { train, heldOut } = await task.load({ data: await file(...questions, ...questions), seed: 3 });
    const held = new Set(heldOut.map(({ question }) => question));
    expect(heldOut).toHaveLength(4);
    expect(train.filter(({ question }) => held.has(question))).toEqual([]);
    await expect(task.load({ data: await file(filler), seed: 0 })).rejects.toThrow(/all of their questions are held out/);
    await expect(task.load({ seed: 0 })).rejects.toThrow(/needs data: rows with the columns question, choices and answer/);
  });
});
