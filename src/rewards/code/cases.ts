// Rows of solutions and tests, judged one after another, several at a time: what `thinkling verify code` runs.
import type { DataRow } from '../../datasets/rows.ts';
import { InputError } from '../../platform/errors.ts';
import { extractCode } from './extract.ts';
import type { CodePool } from './pool.ts';
import { type CodeProblem, readProblem } from './problem.ts';
import type { Language, Submission } from './verdict.ts';

export interface JudgedCase {
  /** `file:line`. */
  place: string;
  /** Null: the sandbox itself failed. */
  verdict: boolean | null;
  detail: string;
  /** What the row says that the verdict should be. */
  expected?: boolean;
}

/**
 * The verdicts of rows `{ language, solution, tests, expected? }`, in their order. `solution` is read as a completion is (`extractCode`); tests
 * are assert statements (texts) or `{ stdin, stdout }`.
 * @throws InputError naming the place of a row of another form, and where no sandbox is
 */
export async function* judgeCases(rows: AsyncIterable<DataRow>, pool: CodePool, ahead = 64): AsyncGenerator<JudgedCase> {
  const queue: Promise<JudgedCase>[] = [];
  for await (const row of rows) {
    const read = readCase(row);
    const judged = judgeCase(read, pool);
    // It may fail before its turn comes; then it is told at its turn.
    judged.catch(() => {});
    queue.push(judged);
    if (queue.length >= ahead) yield (await queue.shift()) as JudgedCase;
  }
  for (const judged of queue) yield await judged;
}

interface Case {
  place: string;
  /** Undefined where the solution holds no program. */
  submission: Submission | undefined;
  expected?: boolean;
}

async function judgeCase({ place, submission, expected }: Case, pool: CodePool): Promise<JudgedCase> {
  if (submission === undefined) return { place, verdict: false, detail: 'there is no program in it', expected };
  const { outcome, detail } = await pool.judge(submission);
  const verdict = outcome === 'sandboxFailure' ? null : outcome === 'passed';
  return { place, verdict, detail: `${outcome}: ${detail}`, expected };
}

function readCase({ place, row }: DataRow): Case {
  const { language, solution, tests, expected } = row;
  if (language !== 'python' && language !== 'javascript')
    throw new InputError(`${place}: "language" must be "python" or "javascript"; found ${JSON.stringify(language) ?? 'none'}`);
  if (typeof solution !== 'string') throw new InputError(`${place}: "solution" must be a text, the program`);
  if (expected !== undefined && expected !== null && typeof expected !== 'boolean')
    throw new InputError(`${place}: "expected" must be true or false, or be left out`);
  const problem = problemOf(place, Array.isArray(tests) ? row : { ...row, tests: undefined });
  const code = extractCode(solution, language as Language);
  const submission = code === undefined ? undefined : { language: language as Language, solution: code, ...problem };
  return { place, submission, ...(typeof expected === 'boolean' && { expected }) };
}

function problemOf(place: string, row: DataRow['row'] | { tests: undefined }): CodeProblem {
  try {
    const problem = readProblem(row.tests);
    if (problem !== undefined) return problem;
  } catch (error) {
    if (error instanceof TypeError) throw new InputError(`${place}: ${error.message}`);
    throw error;
  }
  throw new InputError(`${place}: "tests" must be a list of assert statements or of { stdin, stdout }, at least one`);
}
