// One process at a time may write a run's directory. The lock is a file that names its holder; one whose holder is dead
// (killed, out of memory, power lost) is taken over, so that a killed run can simply be started again.

import { pause } from '../platform/clock.ts';
import { InputError } from '../platform/errors.ts';
import * as files from '../platform/files.ts';
import { isRunning, type ProcessIdentity, thisProcess } from '../platform/process.ts';

const name = 'lock';
const ATTEMPTS = 20;

/** Takes the lock of `dir`; the returned function gives it back. @throws InputError where a living process holds it. */
export async function takeLock(dir: string): Promise<() => Promise<void>> {
  const file = files.join(dir, name);
  const text = `${JSON.stringify(await thisProcess())}\n`;
  // A dead holder's lock is removed and the next attempt made; others who see the same do so one after another.
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await files.createExclusive(file, text)) return () => release(file, text);
    const held = await readOrNothing(file);
    if (held === undefined) continue;
    const holder = parse(held);
    if (holder && (await isRunning(holder))) {
      const where = holder.host === (await thisProcess()).host ? `process ${holder.pid}` : `process ${holder.pid} on ${holder.host}`;
      throw new InputError(
        `${dir} is in use by ${where}: wait for it or stop it, or give another directory with --out. If it no longer runs, remove ${file}`,
      );
    }
    if (!(await removeStale(file, held, text))) await pause(20);
  }
  throw new InputError(`${dir} is being taken by another process at this moment: try again, or give another directory with --out`);
}

async function release(file: string, text: string): Promise<void> {
  if ((await readOrNothing(file)) === text) await files.remove(file);
}

/**
 * Removes a dead holder's lock; false where another process is at it. Only the one who holds the guard may remove a lock, and it looks
 * again first: of two who saw the dead holder's lock, the slower would otherwise remove the one that the faster has just made.
 */
async function removeStale(file: string, stale: string, me: string): Promise<boolean> {
  const guard = `${file}.takeover.tmp`;
  if (!(await files.createExclusive(guard, me))) {
    const other = parse((await readOrNothing(guard)) ?? me);
    if (other === undefined || !(await isRunning(other))) await files.remove(guard);
    return false;
  }
  try {
    if ((await readOrNothing(file)) === stale) await files.remove(file);
  } finally {
    await files.remove(guard);
  }
  return true;
}

async function readOrNothing(file: string): Promise<string | undefined> {
  try {
    return await files.readText(file);
  } catch (error) {
    if (files.isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Undefined where the lock was cut short: its maker died before it wrote its name. */
function parse(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number' && 'host' in value)
      return value as ProcessIdentity;
  } catch {}
  return undefined;
}
