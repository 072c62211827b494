// A problem of code as a row's column holds it: tests, what they need, and what a solution continues.
import { InputError } from '../../platform/errors.ts';
import type { Signature } from './extract.ts';
import type { CodeTest, Language, Limits } from './verdict.ts';

export interface CodeProblem {
  tests: readonly CodeTest[];
  /** Of the solution; without, the reward's. */
  language?: Language;
  /** See Submission. */
  setup?: string;
  /** Where the prompt is code that a completion continues. */
  signature?: Signature;
  /** See Submission; the signature's where there is one. */
  entryPoint?: string;
  limits?: Partial<Limits>;
}

/**
 * A column's value as a problem: a CodeProblem, or a list of tests, each an assert statement, `{ stdin, stdout }` or `{ function, args, expected }`.
 * Undefined where there are no tests.
 * @throws TypeError for a value of another form, in words that go behind the row's place
 */
export function readProblem(value: unknown): CodeProblem | undefined {
  if (value === null || value === undefined) return undefined;
  const given = Array.isArray(value) ? { tests: value } : value;
  if (!isObject(given) || !Array.isArray(given.tests)) throw new TypeError(`its tests must be a list, not ${typeof value}`);
  if (given.tests.length === 0) return undefined;
  return { ...(given as Partial<CodeProblem>), tests: given.tests.map(readTest) };
}

/** What `read` gives. @throws InputError for its TypeError, the place in front */
export function atPlace<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof TypeError) throw new InputError(`${place}: ${error.message}`);
    throw error;
  }
}

function readTest(test: unknown, i: number): CodeTest {
  if (typeof test === 'string') return { kind: 'assert', code: test };
  if (isObject(test)) {
    const { kind, code, stdin, stdout, function: name, args, expected } = test;
    if (kind === 'assert' && typeof code === 'string') return { kind, code };
    if (typeof stdin === 'string' && typeof stdout === 'string') return { kind: 'stdio', stdin, stdout };
    if (typeof name === 'string' && Array.isArray(args) && 'expected' in test) return { kind: 'call', function: name, args, expected };
  }
  throw new TypeError(`its test ${i + 1} must be an assert statement (a text), { stdin, stdout } or { function, args, expected }`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
