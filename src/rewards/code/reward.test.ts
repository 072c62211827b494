// The accuracy reward of code.
import { afterAll, describe, expect, test } from 'vitest';
import { codeSandbox } from '../../testing/codeSandbox.ts';
import { describeNeeding } from '../../testing/need.ts';
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
