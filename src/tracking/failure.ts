// What a failed write means, in words: a full disk and a missing permission are told as such, with what to do about it.
import { InputError, messageOf } from '../platform/errors.ts';
import * as files from '../platform/files.ts';

const full = ['ENOSPC', 'EDQUOT'];
const forbidden = ['EACCES', 'EPERM', 'EROFS'];

/** An error of a worker has lost its code on the way; its message still begins with it. */
function is(error: unknown, codes: string[]): boolean {
  return codes.some((code) => files.isCode(error, code) || (error instanceof Error && error.message.includes(`${code}:`)));
}

/** The error to throw where writing `what` failed during a run. `kept`: what is still good, for the user who will go on from it. */
export function writeFailure(error: unknown, what: string, kept: string): Error {
  if (is(error, full))
    return new Error(`the disk is full: ${what} could not be written. ${kept} Make room and give the same command again`, { cause: error });
  if (is(error, forbidden))
    return new Error(`${what} may not be written (${messageOf(error)}). ${kept} Mend the permissions and give the same command again`, {
      cause: error,
    });
  return error instanceof Error ? error : new Error(String(error));
}

/** The error to throw where a run's directory cannot be made or opened. */
export function openFailure(error: unknown, dir: string): Error {
  if (error instanceof InputError) return error;
  const mend = 'give another directory with --out';
  if (is(error, forbidden)) return new InputError(`${dir} may not be written (${messageOf(error)}): ${mend}`);
  if (is(error, ['ENOTDIR', 'EEXIST'])) return new InputError(`${dir} cannot be a run's directory, for a file is in the way: ${mend}`);
  if (is(error, ['ENAMETOOLONG', 'ELOOP', 'ENOENT'])) return new InputError(`${dir} cannot be made (${messageOf(error)}): ${mend}`);
  if (is(error, full)) return new Error(`the disk is full: nothing can be written in ${dir}. Make room, or ${mend}`, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}
