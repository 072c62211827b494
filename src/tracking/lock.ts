// One process at a time may write a run's directory. The lock of one that was killed is taken over, so that a killed run can simply be
// started again.

import { InputError } from '../platform/errors.ts';
import * as files from '../platform/files.ts';
import { tryLock } from '../platform/lock.ts';

/** Takes the lock of `dir`; the returned function gives it back. @throws InputError where a living process holds it. */
export async function takeLock(dir: string): Promise<() => Promise<void>> {
  const file = files.join(dir, 'lock');
  const attempt = await tryLock(file);
  if (attempt.release) return attempt.release;
  throw new InputError(
    attempt.holder === undefined
      ? `${dir} is being taken by another process at this moment: try again, or give another directory with --out`
      : `${dir} is in use by ${attempt.holder}: wait for it or stop it, or give another directory with --out. If it no longer runs, remove ${file}`,
  );
}
