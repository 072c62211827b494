// The cases of `thinkling verify code`: a solution beside the tests that it must pass.
import type { DataRow } from '../datasets/rows.ts';
import { InputError } from '../platform/errors.ts';
import { extractCode } from '../rewards/code/extract.ts';
import type { CodePool } from '../rewards/code/pool.ts';
import { atPlace, type CodeProblem, readProblem } from '../rewards/code/problem.ts';
import type { Language } from '../rewards/code/verdict.ts';
import type { VerifyCase } from './verifyKinds.ts';

/**
 * `solution` is read as a completion is; a case has no verdict where the sandbox itself fails.
 * @throws InputError where the row is no such case
 */
export function codeCase(pool: CodePool): (row: DataRow) => VerifyCase {
  return (row) => {
    const language = languageOf(row);
    const { solution } = row.row;
    if (typeof solution !== 'string') throw new InputError(`${row.place}: "solution" must be a text, the program`);
    const problem = problemOf(row);
    const code = extractCode(solution, language);
    return {
      shown: { solution },
      async judge() {
        if (code === undefined) return { verdict: false, detail: 'there is no program in it' };
        const { outcome, detail } = await pool.judge({ language, solution: code, ...problem });
        return { verdict: outcome === 'sandboxFailure' ? null : outcome === 'passed', detail: `${outcome}: ${detail}` };
      },
    };
  };
}

function languageOf({ row: { language }, place }: DataRow): Language {
  if (language === 'python' || language === 'javascript') return language;
  throw new InputError(`${place}: "language" must be "python" or "javascript"; found ${JSON.stringify(language) ?? 'none'}`);
}

function problemOf({ row: { tests }, place }: DataRow): CodeProblem {
  const problem = atPlace(place, () => (Array.isArray(tests) ? readProblem(tests) : undefined));
  if (problem !== undefined) return problem;
  throw new InputError(`${place}: "tests" must be a list of assert statements or of { stdin, stdout }, at least one`);
}
