// Processes: which one this is, and whether another still runs. A process id alone is not enough, for ids come round again
// (in a container the next program often gets the very same one), so the time of its start goes with it.

import { readFile } from 'node:fs/promises';
import { arch, hostname, platform } from 'node:os';

/** What runs this program: Node's version, the system and its architecture. */
export function runtime(): { node: string; system: string } {
  return { node: process.version, system: `${platform()} ${arch()}` };
}

export interface ProcessIdentity {
  pid: number;
  /** Boot and clock ticks since it, where the system tells (Linux); the same for no two processes of one id. */
  start?: string;
  host: string;
}

export async function thisProcess(): Promise<ProcessIdentity> {
  return { pid: process.pid, start: await startOf(process.pid), host: hostname() };
}

/** Whether that very process runs. True for one on another machine, of which nothing can be known. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  if (identity.host !== hostname()) return true;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const start = await startOf(identity.pid);
  return start === undefined || identity.start === undefined || start === identity.start;
}

async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold anything; field 22 is the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return 'ended';
    return `${(await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()}:${fields[19]}`;
  } catch {
    return undefined;
  }
}
