// What an error means to the one who typed the command: a line on the standard error and an exit status. 0 done, 1 the work failed,
// 2 the input was wrong, 130 stopped by the user.

import { CommanderError } from 'commander';
import { InputError, messageOf } from '../platform/errors.ts';

/** The user stopped what was running; what there was to say has been said. */
export class Stopped extends Error {
  override name = 'Stopped';
}

/** Says what went wrong and returns the exit status. The stack is shown with THINKLING_DEBUG=1 only. */
export function exitStatus(
  error: unknown,
  write: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
  env = process.env,
): number {
  // Commander has said it already, with a "did you mean".
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Stopped) return 130;
  write(`thinkling: ${messageOf(error)}`);
  if (env.THINKLING_DEBUG === '1' && error instanceof Error) {
    write(error.stack ?? '');
    if (error.cause !== undefined) write(`caused by ${error.cause instanceof Error ? error.cause.stack : String(error.cause)}`);
  }
  return error instanceof InputError ? 2 : 1;
}
