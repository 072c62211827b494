// The tasks of code: their rows, and their own solutions' scores.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test, vi } from 'vitest';
import { codePool } from '../rewards/code/pool.ts';
import { codeSandbox } from '../testing/codeSandbox.ts';
import { describeNeeding, shared } from '../testing/need.ts';
import { loadTask } from './registry.ts';
import type { TaskRow } from './task.ts';

describeNeeding(await codeSandbox(), 'the tasks of code', (pool) => {
  const folder = mkdtempSync(join(tmpdir(), 'thinkling-code-'));
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await Promise.all([pool.close(), codePool().close()]);
  });
  const file = (name: string, rows: object[]) => {
    writeFileSync(join(folder, name), rows.map((row) => JSON.stringify(row)).join('\n'));
    return join(folder, name);
  };
  const score = async (name: string, rows: TaskRow[], completions: string[]) =>
    (await loadTask(name)).rewards.accuracy({ prompts: rows.map(({ prompt }) => prompt), completions, rows });

  test('mbpp trains on its train split with one test shown, and is measured on its test split with three', async () => {
    const row = (task_id: number) => ({
      task_id,
      text: 'Double it.',
      code: 'def f(x): return 2 * x',
      test_list: [1, 2, 3].map((x) => `assert f(${x}) == ${2 * x}`),
      test_setup_code: '',
      challenge_test_list: [],
    });
    const data = file('mbpp.jsonl', [5, 11, 510, 550, 601, 974].map(row));
    const { train, heldOut } = await (await loadTask('mbpp')).load({ data, seed: 0 });
    expect([train, heldOut].map((rows) => rows.map(({ id }) => id))).toEqual([
      ['mbpp/601', 'mbpp/974'],
      ['mbpp/11', 'mbpp/510'],
    ]);
    expect(JSON.stringify(train[0].prompt)).toMatch(/Double it\. .*assert f\(1\) == 2(?!.*assert)/);
    expect(JSON.stringify(heldOut[0].prompt).match(/assert/g)).toHaveLength(3);
    expect(
      await score(
        'mbpp',
        [...train, ...heldOut],
        ['def f(x): return 2 * x', 'def f(x): return 2', '```python\nf = lambda x: x + x\n```', ''],
      ),
    ).toEqual([1, 0, 1, 0]);
    const other = file('other.jsonl', [row(9000)]);
    await expect((async () => (await loadTask('mbpp')).load({ data: other, seed: 0 }))()).rejects.toThrow(
      "no row has a task_id of MBPP's splits",
    );
  });

  test('humaneval is held out only; a body is joined to its signature', async () => {
    const prompt = 'import math\n\ndef area(r):\n    """Of a circle."""\n';
    const data = file('humaneval.jsonl', [
      {
        task_id: 'HumanEval/0',
        prompt,
        entry_point: 'area',
        canonical_solution: '',
        test: 'def check(candidate):\n    assert abs(candidate(1) - math.pi) < 1e-9\n',
      },
    ]);
    const { train, heldOut } = await (await loadTask('humaneval')).load({ data, seed: 0 });
    expect(train).toEqual([]);
    expect(heldOut[0].id).toBe('HumanEval/0');
    const completions = [
      '    return math.pi * r * r\n',
      '```python\ndef area(r):\n    return math.pi * r ** 2\n```',
      '    return 3.14 * r * r\n',
    ];
    expect(
      await score(
        'humaneval',
        completions.map(() => heldOut[0]),
        completions,
      ),
    ).toEqual([1, 1, 0]);
  });

  describeNeeding(shared('data/code'), 'with the published data', (data) => {
    test('some of their own solutions pass', async () => {
      const unpacked = join(folder, 'HumanEval.jsonl');
      writeFileSync(unpacked, gunzipSync(readFileSync(join(data, 'HumanEval.jsonl.gz'))));
      const { heldOut } = await (await loadTask('humaneval')).load({ data: unpacked, seed: 0 });
      expect(heldOut).toHaveLength(164);
      const helpers = heldOut.filter(({ id }) => ['HumanEval/32', 'HumanEval/38', 'HumanEval/50'].includes(id));
      expect(
        await score(
          'humaneval',
          helpers,
          helpers.map((row) => String(row.canonical_solution)),
        ),
      ).toEqual([1, 1, 1]);
      const mbpp = await (await loadTask('mbpp')).load({ data: join(data, 'mbpp.jsonl'), seed: 0 });
      expect([mbpp.train.length, mbpp.heldOut.length]).toEqual([374, 500]);
      const some = [...mbpp.train, ...mbpp.heldOut].filter((_, i) => i % 60 === 0);
      expect(
        await score(
          'mbpp',
          some,
          some.map((row) => String(row.code)),
        ),
      ).toEqual(some.map(() => 1));
    });
  });
});

test.skipIf(process.platform !== 'linux')('without a sandbox a task of code is refused before anything is judged', async () => {
  vi.resetModules();
  vi.stubEnv('PATH', '/nowhere');
  const { loadTask, prepareRewards } = await import('./registry.ts');
  const task = await loadTask('mbpp');
  await expect(prepareRewards(task)).rejects.toThrow('there is no bubblewrap (bwrap) here; install bubblewrap');
  vi.unstubAllEnvs();
});
