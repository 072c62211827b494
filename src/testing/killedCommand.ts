// The command as a user types it, in a process of its own that a test may kill with -9.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../bin/thinkling.js', import.meta.url));
const dying = new URL('./dyingAtChange.mjs', import.meta.url);

/** What a process is told that is to die at a change of files, counted from 1, or to leave the number of its changes in a file. */
export function changesOf({ dieAt, countIn }: { dieAt?: number; countIn?: string }): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${dying.href}`,
    ...(dieAt !== undefined && { THINKLING_DIE_AT: String(dieAt) }),
    ...(countIn !== undefined && { THINKLING_CHANGES: countIn }),
  };
}

/**
 * Runs `thinkling WORDS`.
 * @param kill after so many milliseconds, or as soon as it says so; never where it is absent
 * @param env beside the environment of the test
 * @returns the exit status, null where it was killed, and all that it wrote
 */
export function thinkling(
  words: string[],
  kill?: number | (() => boolean),
  env: Readonly<Record<string, string>> = {},
): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => {
        output += data;
      });
    const started = performance.now();
    const due = typeof kill === 'number' ? () => performance.now() - started >= kill : kill;
    const watch = due && setInterval(() => due() && child.kill('SIGKILL'), 1);
    child.on('close', (status) => {
      clearInterval(watch);
      resolve({ status, output });
    });
  });
}
