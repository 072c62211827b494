// A file as a lock between processes. It names its holder; a lock whose holder is dead (killed, out of memory, power lost) is taken over.

import { pause } from './clock.ts';
import * as files from './files.ts';
import { isRunning, type ProcessIdentity, thisProcess } from './process.ts';

const ATTEMPTS = 20;

/** The lock, with the way to give it back; or the living process that holds it, unknown where several are taking it at this moment. */
export type LockAttempt = { release: () => Promise<void> } | { release?: undefined; holder?: string };

/** Takes the lock `file` where nobody living holds it. */
export async function tryLock(file: string): Promise<LockAttempt> {
  const me = await thisProcess();
  const text = `${JSON.stringify(me)}\n`;
  // A dead holder's lock is removed and the next attempt made; others who see the same do so one after another.
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await files.createExclusive(file, text)) return { release: () => release(file, text) };
    const held = await readOrNothing(file);
    if (held === undefined) continue;
    const holder = parse(held);
    if (holder && (await isRunning(holder)))
      return { holder: holder.host === me.host ? `process ${holder.pid}` : `process ${holder.pid} on ${holder.host}` };
    if (!(await removeStale(file, held, text))) await pause(20);
  }
  return {};
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
