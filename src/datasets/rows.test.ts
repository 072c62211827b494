import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, remove, temporaryDirectory, writeTextAtomic } from '../platform/files.ts';
import { readRows } from './rows.ts';

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-rows-');
});
afterAll(() => remove(dir));

async function file(text: string): Promise<string> {
  const path = join(dir, 'rows.jsonl');
  await writeTextAtomic(path, text);
  return path;
}

describe('readRows', () => {
  it('gives every row with its line, other columns too; 0 and false are values', async () => {
    const path = await file('{"question":"a","answer":0}\n\n{"question":"b","answer":false,"more":[1]}\n');
    expect(await readRows(path, ['question', 'answer'])).toEqual([
      { place: `${path}:1`, file: path, line: 1, row: { question: 'a', answer: 0 } },
      { place: `${path}:3`, file: path, line: 3, row: { question: 'b', answer: false, more: [1] } },
    ]);
  });

  it.each([
    [
      '{"question":"a","answer":"1"}\n{"questions":"b","answer":"1"}\n',
      ':2: the column "question" is missing; the row has "questions", "answer"; did you mean "questions"?',
    ],
    ['{"x":"a"}\n', ':1: the column "question" is missing; the row has "x"'],
    ['{}\n', ':1: the column "question" is missing; the row is empty'],
    ['{"question":null,"answer":"1"}\n', ':1: the column "question" is empty'],
    ['{"question":" ","answer":"1"}\n', ':1: the column "question" is empty'],
    ['', ': there are no rows in it'],
    ['{"question"\n', ':1: not valid JSON'],
  ])('names the place and the columns found: %j', async (text, words) => {
    const path = await file(text);
    const error = await readRows(path, ['question', 'answer']).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(`${path}${words}`);
  });

  it('takes columns by the names that the data has for them, and keeps the others', async () => {
    const path = await file('{"Problem":"a","gold":"1","answer":"long"}\n');
    const columns = { question: 'Problem', answer: 'gold' };
    const [{ row }] = await readRows(path, ['question', 'answer'], { columns });
    expect(row).toEqual({ Problem: 'a', question: 'a', gold: '1', answer: '1' });
    await expect(readRows(path, ['question', 'answer'], { columns: { question: 'problem' } })).rejects.toThrow(
      `${path}:1: the column "problem" is missing; the row has "Problem", "gold", "answer"; did you mean "Problem"?`,
    );
    await expect(readRows(path, ['question', 'answer'], { columns: { questoin: 'Problem' } })).rejects.toThrow(
      'columns: questoin is no column that is asked for; those are question, answer; did you mean "question"?',
    );
  });

  it('names a file that is not there', async () => {
    await expect(readRows(join(dir, 'none.jsonl'), ['a'])).rejects.toThrow(`data: there is nothing at ${join(dir, 'none.jsonl')}`);
  });
});
