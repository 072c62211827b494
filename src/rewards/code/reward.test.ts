// The accuracy reward of code, and verdicts of rows.
import { afterAll, describe, expect, test } from 'vitest';
import type { DataRow } from '../../datasets/rows.ts';
import { codeSandbox } from '../../testing/codeSandbox.ts';
import { describeNeeding } from '../../testing/need.ts';
import { type JudgedCase, judgeCases } from './cases.ts';
import { defaultLimits, judgeCode } from './judge.ts';
import { codePool } from './pool.ts';
import { codeReward } from './reward.ts';
import type { CodeRunner, CodeVerdict } from './verdict.ts';

const row = (tests: unknown) => ({ id: 'a', prompt: 'p', tests });
const score = async (reward: ReturnType<typeof codeReward>, completion: string, tests: unknown) =>
  (await reward({ prompts: ['p'], completions: [completion], rows: [row(tests)] }))[0];

describeNeeding(await codeSandbox(), 'the reward of code', (pool) => {
  afterAll(() => Promise.all([pool.close(), codePool().close()]));
  const good = 'So:\n```python\ndef f(x):\n    return abs(x)\n```\n';

  test('1 where all tests pass, else 0, or the share of those that do', async () => {
    expect(await score(codeReward(), good, ['assert f(-1) == 1'])).toBe(1);
    expect(await score(codeReward(), good, ['assert f(-1) == 1', 'assert f(1) == 2'])).toBe(0);
    expect(await score(codeReward({ partial: true }), good, ['assert f(-1) == 1', 'assert f(1) == 2'])).toBe(0.5);
    expect(await score(codeReward(), '<think>not yet', ['assert f(-1) == 1'])).toBe(0);
  });

  test('null where there are no tests', async () => {
    for (const none of [[], null, undefined]) expect(await score(codeReward(), good, none)).toBeNull();
  });

  test('tests of another form are refused with the row', async () => {
    await expect(score(codeReward(), good, 'assert f')).rejects.toThrow('the row a, column "tests": its tests must be a list');
  });

  test('more completions than slots are judged each by its own tests', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => row([{ stdin: `${i}`, stdout: `${i % 3 === 0 ? -1 : i}` }]));
    const input = { prompts: rows.map(() => 'p'), completions: rows.map(() => 'print(input())'), rows };
    expect(await codeReward()(input)).toEqual(rows.map((_, i) => Number(i % 3 !== 0)));
  });

  describe('verdicts of rows', () => {
    const rows = async function* (...list: Record<string, unknown>[]): AsyncGenerator<DataRow> {
      for (const [i, each] of list.entries())
        yield { place: `cases.jsonl:${i + 1}`, file: 'cases.jsonl', line: i + 1, row: each as DataRow['row'] };
    };
    const verdicts = async (...list: Record<string, unknown>[]) => {
      const judged: JudgedCase[] = [];
      for await (const each of judgeCases(rows(...list), pool)) judged.push(each);
      return judged;
    };

    test('are in the order of the rows, with what the row expects', async () => {
      const [first, second, third] = await verdicts(
        { language: 'python', solution: 'import time\ntime.sleep(0.5)\nprint(1)', tests: [{ stdin: '', stdout: '1' }], expected: true },
        { language: 'python', solution: 'def f(): return 2', tests: ['assert f() == 1'] },
        { language: 'python', solution: '<think>', tests: ['assert f() == 1'], expected: false },
      );
      expect(first).toEqual({ place: 'cases.jsonl:1', verdict: true, detail: 'passed: 1 of 1 tests passed', expected: true });
      expect(second).toMatchObject({ verdict: false, detail: expect.stringContaining('wrongAnswer: test 1 of 1') });
      expect(third).toMatchObject({ verdict: false, expected: false });
    });

    test.each([
      [{ language: 'ruby', solution: '', tests: ['x'] }, 'cases.jsonl:1: "language" must be "python" or "javascript"; found "ruby"'],
      [{ language: 'python', tests: ['x'] }, 'cases.jsonl:1: "solution" must be a text'],
      [{ language: 'python', solution: 'x' }, 'cases.jsonl:1: "tests" must be a list'],
      [{ language: 'python', solution: 'x', tests: [{ stdin: 1 }] }, 'cases.jsonl:1: its test 1 must be an assert statement'],
      [{ language: 'python', solution: 'x', tests: ['x'], expected: 'yes' }, 'cases.jsonl:1: "expected" must be true or false'],
    ])('a row of another form is refused: %j', async (bad, message) => {
      await expect(verdicts(bad)).rejects.toThrow(message);
    });
  });
});

describe('a sandbox that fails', () => {
  const runner = (verdicts: CodeVerdict['outcome'][]): CodeRunner => ({
    judge: async () => ({ outcome: verdicts.shift() ?? 'crash', passed: 0, total: 1, detail: '' }),
    close: async () => {},
  });
  const submission = { language: 'python', solution: '', tests: [{ kind: 'assert', code: '' }] } as const;

  test('is tried three times', async () => {
    const outcome = async (...list: CodeVerdict['outcome'][]) =>
      (await judgeCode({ python: runner(list) }, submission, defaultLimits)).outcome;
    expect(await outcome('sandboxFailure', 'sandboxFailure', 'passed')).toBe('passed');
    expect(await outcome('sandboxFailure', 'sandboxFailure', 'sandboxFailure', 'passed')).toBe('sandboxFailure');
    expect(await outcome('timeLimit', 'passed')).toBe('timeLimit');
  });

  test('a language without a runner is refused', async () => {
    await expect(judgeCode({}, submission, defaultLimits)).rejects.toThrow('there is no runner for the language python');
  });
});
