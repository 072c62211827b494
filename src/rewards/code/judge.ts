// One judgement: the runner of the language, and another try where the sandbox itself fails.
import { InputError } from '../../platform/errors.ts';
import type { CodeRunner, CodeVerdict, Language, Limits, Submission } from './verdict.ts';

const tries = 3;

export const defaultLimits: Limits = {
  wallSeconds: 30,
  cpuSeconds: 10,
  memoryBytes: 2 ** 30,
  processes: 64,
  outputBytes: 2 ** 24,
  fileBytes: 2 ** 24,
};

/**
 * Never rejects for what the solution does. An outcome of `sandboxFailure` has been tried three times.
 * @throws InputError where there is no runner for the language, and where there is no test
 */
export async function judgeCode(
  runners: Partial<Record<Language, CodeRunner>>,
  submission: Submission,
  limits: Limits,
): Promise<CodeVerdict> {
  const runner = runners[submission.language];
  if (runner === undefined) throw new InputError(`there is no runner for the language ${submission.language}`);
  if (submission.tests.length === 0) throw new InputError('a solution cannot be judged without tests');
  let verdict = await runner.judge(submission, limits);
  for (let i = 1; i < tries && verdict.outcome === 'sandboxFailure'; i++) verdict = await runner.judge(submission, limits);
  return verdict;
}
