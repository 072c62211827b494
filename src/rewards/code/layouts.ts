// Rows of the public sets of code problems, as problems: which column holds what, by the sets' own documentation.
import { type JsonValue, parseJson } from '../../formats/jsonl.ts';
import { privateTests } from './privateTests.ts';
import { type CodeProblem, readProblem } from './problem.ts';
import type { CodeTest } from './verdict.ts';

type Row = Readonly<Record<string, unknown>>;

interface Layout {
  /** Columns that only this layout has. */
  columns: string[];
  read(row: Row): CodeProblem | undefined;
}

const layouts: Layout[] = [
  { columns: ['test_list'], read: mbppProblem },
  { columns: ['entry_point', 'test', 'prompt'], read: humanEvalProblem },
  { columns: ['public_test_cases'], read: liveCodeBenchProblem },
  { columns: ['official_tests'], read: codeforcesProblem },
  { columns: ['input_output'], read: appsProblem },
  { columns: ['tests'], read: (row) => readProblem(row.tests) },
];

/**
 * The problem of a row in the layout of MBPP, HumanEval, LiveCodeBench, APPS, open-r1/codeforces, or with a column `tests`; for the column
 * that `codeReward` reads. Undefined where the row has no test that can judge a program (no tests, several right outputs, an interactive problem).
 * @throws TypeError where the columns are of no known layout, or hold something else than that
 */
export function codeProblem(row: Row): CodeProblem | undefined {
  const layout = layouts.find(({ columns }) => columns.every((column) => Object.hasOwn(row, column)));
  if (layout === undefined)
    throw new TypeError(
      `its columns (${Object.keys(row).join(', ')}) are none of the known ones: ${layouts.map(({ columns }) => columns.join(' + ')).join('; ')}`,
    );
  return layout.read(row);
}

/** google-research-datasets/mbpp: `test_list` and `challenge_test_list` of assert statements; `test_setup_code` (`test_imports` in the sanitised one). */
function mbppProblem(row: Row): CodeProblem | undefined {
  const list = (column: string): string[] => (Array.isArray(row[column]) ? row[column].map(String) : []);
  const tests = [...list('test_list'), ...list('challenge_test_list')].map((code): CodeTest => ({ kind: 'assert', code }));
  if (tests.length === 0) return undefined;
  return { tests, setup: [...list('test_imports'), row.test_setup_code ?? ''].join('\n') };
}

/** openai_humaneval: `prompt`, a signature that the solution continues; `test`, which defines check(candidate); `entry_point`. */
function humanEvalProblem(row: Row): CodeProblem {
  const [prompt, test, entryPoint] = ['prompt', 'test', 'entry_point'].map((column) => text(row, column));
  return {
    tests: [{ kind: 'assert', code: `${test}\ncheck(${entryPoint})\n` }],
    setup: prompt,
    entryPoint,
    signature: { text: prompt, entryPoint },
  };
}

/** livecodebench/code_generation: tests of `input`, `output`, `testtype`; arguments are JSON, one a line, and `metadata` names the function. */
function liveCodeBenchProblem(row: Row): CodeProblem | undefined {
  const cases = [
    ...listOf(json(row, 'public_test_cases')),
    ...(row.private_test_cases ? listOf(privateTests(text(row, 'private_test_cases'))) : []),
  ];
  const metadata = row.metadata ? json(row, 'metadata') : {};
  const name = isObject(metadata) ? metadata.func_name : undefined;
  const tests = cases.map((each): CodeTest => {
    const [input, output, type] = isObject(each) ? [each.input, each.output, each.testtype] : [];
    if (typeof input !== 'string' || typeof output !== 'string') throw new TypeError('a test case is no { input, output, testtype }');
    if (type !== 'functional') return { kind: 'stdio', stdin: input, stdout: output };
    if (typeof name !== 'string') throw new TypeError('a functional test needs the func_name of the column "metadata"');
    const args = input.split('\n').filter((line) => line.trim() !== '');
    return { kind: 'call', function: name, args: args.map(parseJson), expected: parseJson(output) };
  });
  return tests.length > 0 ? { tests } : undefined;
}

/** codeparrot/apps: `input_output`, JSON of `inputs`, `outputs` and, for functions, `fn_name`. A function's output stands in a list of one. */
function appsProblem(row: Row): CodeProblem | undefined {
  if (row.input_output === '' || row.input_output === null) return undefined;
  const cases = json(row, 'input_output');
  const { inputs, outputs, fn_name: name } = isObject(cases) ? cases : {};
  if (!Array.isArray(inputs) || !Array.isArray(outputs) || inputs.length !== outputs.length)
    throw new TypeError('its input_output has no inputs with as many outputs');
  if (inputs.length === 0) return undefined;
  if (typeof name !== 'string')
    return { tests: inputs.map((input, i) => ({ kind: 'stdio', stdin: linesOf(input), stdout: linesOf(outputs[i]) })) };
  const wrapped = outputs.every((output) => Array.isArray(output) && output.length === 1);
  const tests = inputs.map((args, i): CodeTest => {
    if (!Array.isArray(args)) throw new TypeError(`the arguments of its test ${i + 1} are no list`);
    const output = outputs[i];
    return { kind: 'call', function: name, args, expected: wrapped && Array.isArray(output) ? output[0] : output };
  });
  return { tests };
}

/** open-r1/codeforces: `official_tests` of `input` and `output`; `time_limit` in seconds, `memory_limit` in megabytes. */
function codeforcesProblem(row: Row): CodeProblem | undefined {
  // A checker stands for several right outputs, which cannot be compared.
  if (row.generated_checker || row.interaction_format || row.input_mode === 'file') return undefined;
  const tests = listOf((row.official_tests ?? []) as JsonValue).map((each): CodeTest => {
    const [input, output] = isObject(each) ? [each.input, each.output] : [];
    if (typeof input !== 'string' || typeof output !== 'string') throw new TypeError('one of its official_tests is no { input, output }');
    return { kind: 'stdio', stdin: input, stdout: output };
  });
  if (tests.length === 0) return undefined;
  const [seconds, megabytes] = [Number(row.time_limit ?? 0), Number(row.memory_limit ?? 0)];
  return {
    tests,
    limits: {
      ...(seconds > 0 && { cpuSeconds: seconds, wallSeconds: 3 * seconds + 2 }),
      ...(megabytes > 0 && { memoryBytes: megabytes * 2 ** 20 }),
    },
  };
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`its column "${column}" must be a text`);
  return value;
}

/** A column that holds JSON as a text, or what that says. */
function json(row: Row, column: string): JsonValue {
  const value = row[column];
  if (typeof value !== 'string') return value as JsonValue;
  try {
    return parseJson(value);
  } catch {
    throw new TypeError(`its column "${column}" holds no valid JSON`);
  }
}

function listOf(value: JsonValue): JsonValue[] {
  if (!Array.isArray(value)) throw new TypeError('its tests are no list');
  return value;
}

/** A text, or its lines in a list. */
function linesOf(value: JsonValue): string {
  return Array.isArray(value) ? value.map(linesOf).join('\n') : String(value);
}

function isObject(value: unknown): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
