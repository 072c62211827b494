// The accuracy reward of code: a completion's program against its row's tests, in a sandbox.
import type { RewardFunction, TaskRow } from '../reward.ts';
import { extractCode } from './extract.ts';
import { codePool } from './pool.ts';
import { atPlace, readProblem } from './problem.ts';
import type { Language, Limits } from './verdict.ts';

export interface CodeRewardOptions {
  /** The column with the tests (`readProblem` says what it may hold). Default: tests. */
  tests?: string;
  /** Of the solutions, where a problem does not say it. Default: python. */
  language?: Language;
  /** The share of tests that pass instead of 1 for all and 0 else. */
  partial?: boolean;
  /** A problem's own limits go first. */
  limits?: Partial<Limits>;
}

/**
 * 1 where the completion's program passes every test of its row, else 0; null where the row has no tests, or the sandbox itself failed three times.
 * Before the first step it is seen whether there is a sandbox: without one it refuses to run.
 * @throws InputError for a row whose tests have another form, naming it
 */
export function codeReward({
  tests = 'tests',
  language: usual = 'python',
  partial = false,
  limits,
}: CodeRewardOptions = {}): RewardFunction {
  const judge = async (completion: string, row: TaskRow): Promise<number | null> => {
    const problem = atPlace(`the row ${row.id}, column "${tests}"`, () => readProblem(row[tests]));
    if (problem === undefined) return null;
    const { language = usual, signature, setup, entryPoint = signature?.entryPoint } = problem;
    const solution = extractCode(completion, language, signature);
    if (solution === undefined) return 0;
    const submission = { language, solution, tests: problem.tests, setup, entryPoint };
    const { outcome, passed, total } = await codePool().judge(submission, { ...limits, ...problem.limits });
    if (outcome === 'sandboxFailure') return null;
    return partial ? passed / total : Number(outcome === 'passed');
  };
  const reward: RewardFunction = ({ completions, rows }) => Promise.all(completions.map((completion, i) => judge(completion, rows[i])));
  return Object.assign(reward, { prepare: () => codePool().ready(usual) });
}
