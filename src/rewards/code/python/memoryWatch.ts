// The memory of a process with all its descendants, looked at from outside: the system's own limit is one process's, and a program may
// start several.

import { readdir, readFile } from 'node:fs/promises';

const everyMilliseconds = 100;
const pageBytes = 4096;

export class MemoryWatch {
  private readonly timer: NodeJS.Timeout;

  /** Calls `over` once they have more than `bytes` together. */
  constructor(pid: number, bytes: number, over: () => void) {
    let looking = false;
    this.timer = setInterval(() => {
      if (looking) return;
      looking = true;
      void residentOf(pid).then((resident) => {
        looking = false;
        if (resident > bytes) over();
      });
    }, everyMilliseconds);
    this.timer.unref();
  }

  end(): void {
    clearInterval(this.timer);
  }
}

/** Bytes resident, its descendants' too; 0 for what has ended. */
async function residentOf(pid: number): Promise<number> {
  const read = (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const [statm, ...children] = await Promise.all([read('statm'), ...threads.map((thread) => read(`task/${thread}/children`))]);
  const own = Number(statm.split(' ')[1] ?? 0) * pageBytes;
  const below = await Promise.all(children.join(' ').split(' ').filter(Boolean).map(Number).map(residentOf));
  return below.reduce((sum, each) => sum + each, own);
}
