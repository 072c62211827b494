// Solutions held against their tests: the rows that are taken, and their verdicts in both languages.

import { afterAll, describe, expect, it } from 'vitest';
import type { DataRow } from '../datasets/rows.ts';
import { CodePool } from '../rewards/code/pool.ts';
import { codeSandbox } from '../testing/codeSandbox.ts';
import { describeNeeding } from '../testing/need.ts';
import { codeCase } from './verifyCode.ts';

const rowOf = (row: object): DataRow => ({ place: 'cases.jsonl:1', file: 'cases.jsonl', line: 1, row: row as DataRow['row'] });

describe('a case of code', () => {
  const pool = new CodePool(1);
  afterAll(() => pool.close());
  const read = codeCase(pool);

  it.each([
    [{ language: 'ruby', solution: '', tests: ['x'] }, 'cases.jsonl:1: "language" must be "python" or "javascript"; found "ruby"'],
    [{ language: 'python', tests: ['x'] }, 'cases.jsonl:1: "solution" must be a text'],
    [{ language: 'python', solution: 'x' }, 'cases.jsonl:1: "tests" must be a list'],
    [{ language: 'python', solution: 'x', tests: 'x' }, 'cases.jsonl:1: "tests" must be a list'],
    [{ language: 'python', solution: 'x', tests: [] }, 'cases.jsonl:1: "tests" must be a list'],
    [{ language: 'python', solution: 'x', tests: [{ stdin: 1 }] }, 'cases.jsonl:1: its test 1 must be an assert statement'],
  ])('is refused at its place where it has another form: %j', (row, message) => {
    expect(() => read(rowOf(row))).toThrow(message);
  });

  it('of JavaScript is judged', async () => {
    const solution = '```js\nconst f = (x) => x + 1;\n```';
    const judged = (tests: unknown[]) => read(rowOf({ language: 'javascript', solution, tests })).judge();
    expect(await judged(['assert(f(1) === 2)'])).toMatchObject({ verdict: true });
    expect(await judged(['assert.equal(f(1), 3)'])).toMatchObject({ verdict: false, detail: expect.stringContaining('wrongAnswer') });
    expect(
      await read(rowOf({ language: 'javascript', solution: 'console.log(7)', tests: [{ stdin: '', stdout: '7\n' }] })).judge(),
    ).toMatchObject({
      verdict: true,
    });
  });
});

describeNeeding(await codeSandbox(), 'a case of Python', (pool) => {
  afterAll(() => pool.close());
  const judged = (row: object) => codeCase(pool)(rowOf({ language: 'python', ...row })).judge();

  it('is judged, and says why it is wrong', async () => {
    expect(await judged({ solution: 'print(int(input()) + 1)', tests: [{ stdin: '1', stdout: '2' }] })).toMatchObject({ verdict: true });
    expect(await judged({ solution: 'def f(): return 2', tests: ['assert f() == 1'] })).toMatchObject({
      verdict: false,
      detail: expect.stringContaining('wrongAnswer: test 1 of 1'),
    });
    expect(await judged({ solution: '<think>', tests: ['assert f() == 1'] })).toEqual({
      verdict: false,
      detail: 'there is no program in it',
    });
  });
});
