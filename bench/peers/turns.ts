// A side of a comparison takes turns with the other: it does one unit of work each time that it is told to, and says how long that took.
// Messages to bench/peers.ts are lines of JSON on file descriptor 3; turns.py is the same for the peers.

import { readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** What the harness asked for. */
export const work: unknown = JSON.parse(process.argv[2]);

export const THREADS = 2;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export function say(message: Record<string, unknown>): void {
  writeSync(3, `${JSON.stringify(message)}\n`);
}

/** Waits; false where there is no more to do. */
export async function myTurn(): Promise<boolean> {
  const { value } = await lines.next();
  return value === 'go';
}

export function end(): void {
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'));
  if (peak === null) throw new Error('/proc/self/status does not say VmHWM');
  say({ peakBytes: Number(peak[1]) * 1024 });
}
