// Rows in the layouts of the public sets.
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { codeProblem } from './layouts.ts';

const tests = (row: Record<string, unknown>) => codeProblem(row)?.tests;

describe('MBPP', () => {
  test('has lists of assert statements, and code that they need', () => {
    const row = {
      text: 'Add.',
      code: 'x',
      task_id: 7,
      test_list: ['assert f(1) == 1'],
      test_setup_code: 'import math',
      challenge_test_list: ['assert f(2) == 2'],
    };
    expect(codeProblem(row)).toEqual({
      tests: [
        { kind: 'assert', code: 'assert f(1) == 1' },
        { kind: 'assert', code: 'assert f(2) == 2' },
      ],
      setup: 'import math',
    });
    expect(codeProblem({ ...row, test_list: [], challenge_test_list: [] })).toBeUndefined();
  });
});

describe('HumanEval', () => {
  test('has a signature and a check', () => {
    const row = {
      task_id: 'HumanEval/0',
      prompt: 'def f(x):\n    """x"""\n',
      entry_point: 'f',
      test: 'def check(candidate):\n    assert candidate(1) == 1\n',
      canonical_solution: '',
    };
    const problem = codeProblem(row);
    expect(problem).toMatchObject({ setup: row.prompt, entryPoint: 'f', signature: { text: row.prompt, entryPoint: 'f' } });
    expect(problem?.tests).toEqual([{ kind: 'assert', code: `${row.test}\ncheck(f)\n` }]);
  });
});

describe('LiveCodeBench', () => {
  const stdin = [{ input: '1 2\n', output: '3', testtype: 'stdin' }];
  const functional = [{ input: '[1, 90071992547409931]\n"a"', output: '90071992547409932', testtype: 'functional' }];
  const pickled = (text: string) => {
    const bytes = Buffer.from(text);
    const head = Buffer.from([128, 4, 149, 0, 0, 0, 0, 0, 0, 0, 0, 88, 0, 0, 0, 0]);
    head.writeBigUInt64LE(BigInt(bytes.length + 7), 3);
    head.writeUInt32LE(bytes.length, 12);
    return deflateSync(Buffer.concat([head, bytes, Buffer.from([148, 46])])).toString('base64');
  };

  test('has programs with an input', () => {
    expect(tests({ public_test_cases: JSON.stringify(stdin), private_test_cases: JSON.stringify(stdin) })).toEqual(
      Array(2).fill({ kind: 'stdio', stdin: '1 2\n', stdout: '3' }),
    );
  });

  test('has functions whose arguments are JSON, one a line, with integers of any size', () => {
    expect(
      tests({
        public_test_cases: '[]',
        private_test_cases: pickled(JSON.stringify(functional)),
        metadata: '{"func_name": "f"}',
        starter_code: '',
      }),
    ).toEqual([{ kind: 'call', function: 'f', args: [[1, 90071992547409931n], 'a'], expected: 90071992547409932n }]);
  });

  test('a pickle of anything but one text is refused, and nothing of it is run', () => {
    const evil = Buffer.from("cos\nsystem\n(S'touch /tmp/thinkling-pickle'\ntR.");
    expect(() => tests({ public_test_cases: '[]', private_test_cases: deflateSync(evil).toString('base64') })).toThrow(
      'private_test_cases',
    );
    expect(() => tests({ public_test_cases: '[]', private_test_cases: 'no base64!' })).toThrow('private_test_cases');
  });
});

describe('APPS', () => {
  test('has programs, their lines in one text or a list', () => {
    const cases = { inputs: ['1\n', ['2', '3']], outputs: ['1\n', ['5']] };
    expect(tests({ input_output: JSON.stringify(cases) })).toEqual([
      { kind: 'stdio', stdin: '1\n', stdout: '1\n' },
      { kind: 'stdio', stdin: '2\n3', stdout: '5' },
    ]);
    expect(tests({ input_output: '' })).toBeUndefined();
  });

  test('has functions, their outputs in lists of one', () => {
    expect(
      tests({
        input_output: JSON.stringify({
          fn_name: 'f',
          inputs: [
            [1, 2],
            [3, 4],
          ],
          outputs: [[3], [[7]]],
        }),
      }),
    ).toEqual([
      { kind: 'call', function: 'f', args: [1, 2], expected: 3 },
      { kind: 'call', function: 'f', args: [3, 4], expected: [7] },
    ]);
  });
});

describe('Codeforces', () => {
  const row = {
    official_tests: [{ input: '1\n', output: '2\n' }],
    time_limit: 2.0,
    memory_limit: 256.0,
    input_mode: 'stdio',
    generated_checker: null,
  };

  test('has programs, with limits', () => {
    expect(codeProblem(row)).toEqual({
      tests: [{ kind: 'stdio', stdin: '1\n', stdout: '2\n' }],
      limits: { cpuSeconds: 2, wallSeconds: 8, memoryBytes: 2 ** 28 },
    });
  });

  test('problems with several right outputs have no test that judges them', () => {
    for (const more of [{ generated_checker: 'def check(): ...' }, { input_mode: 'file' }, { official_tests: [] }])
      expect(codeProblem({ ...row, ...more })).toBeUndefined();
  });
});

test('rows of no known layout are named by their columns', () => {
  expect(() => codeProblem({ question: 'x' })).toThrow('its columns (question) are none of the known ones');
  expect(() => codeProblem({ tests: [1] })).toThrow('its test 1 must be an assert statement');
  expect(() => codeProblem({ input_output: '{"inputs": []' })).toThrow('"input_output" holds no valid JSON');
});
