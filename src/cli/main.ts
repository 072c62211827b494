// The program that bin/thinkling.js starts: parse, run, turn whatever came of it into one line and an exit status.

import { listenToHub } from '../platform/hubListener.ts';
import { downloadLine } from './downloadLine.ts';
import { exitStatus } from './failure.ts';
import { createProgram } from './program.ts';

/** Waits until what was written has left: a pipe may still hold it when the process exits. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => (stream.writable ? stream.write('', () => resolve()) : resolve()));
}

// `thinkling data ... | head` closes the pipe early, and that is all that happened.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
process.on('uncaughtException', (error) => process.exit(exitStatus(error)));

listenToHub(downloadLine(process.stderr));

let status = 0;
try {
  await createProgram().parseAsync();
} catch (error) {
  status = exitStatus(error);
}
await Promise.all([drained(process.stdout), drained(process.stderr)]);
// Native threads of the engine may still wind down; nothing is waited for.
process.exit(status);
