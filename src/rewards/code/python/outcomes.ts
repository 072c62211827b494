// What a program's end says: from the exception it ended with, its exit status, or the limit it was stopped at.

import type { Outcome } from '../verdict.ts';
import type { Ending } from './sandboxed.ts';

// Errors of one who reaches out of the sandbox: not permitted, read-only, no network, no such file outside of /tmp.
const reachesOut =
  /^PermissionError\b|\[Errno (?:1|13|30|38|97|99|101|111|113)\]|^(?:FileNotFoundError|NotADirectoryError)\b.*'\/(?!tmp\b)/;
const fileTooLarge = /\[Errno (?:27|28|122)\]/;

/** The outcome that an exception stands for, by its line "Name: message"; `otherwise` for one of the program's own. */
export function outcomeOfException(line: string, otherwise: Outcome): Outcome {
  if (/^(?:MemoryError|RecursionError)\b/.test(line)) return line.startsWith('M') ? 'memoryLimit' : otherwise;
  if (reachesOut.test(line)) return 'forbidden';
  return fileTooLarge.test(line) ? 'outputLimit' : otherwise;
}

/** The outcome and a line of a program that did not end by itself with status 0. */
export function outcomeOfEnding(
  { status, stopped, stderr }: Ending,
  seconds: number,
  cpuSeconds: number,
): { outcome: Outcome; detail: string } {
  if (stopped === 'badFrame') return { outcome: 'forbidden', detail: 'it wrote on the channel what is no answer' };
  if (stopped !== undefined && stopped !== 'asked') return { outcome: stopped, detail: limitWords[stopped] };
  const signal = (status ?? 0) - 128;
  if (signal === signals.cpu || (signal === signals.kill && seconds >= cpuSeconds))
    return { outcome: 'timeLimit', detail: 'it used up its processor time' };
  if (signal === signals.kill) return { outcome: 'memoryLimit', detail: 'it was killed by the system' };
  if (signal === signals.fileSize) return { outcome: 'outputLimit', detail: 'it wrote too large a file' };
  if (signal > 0) return { outcome: 'crash', detail: `it was ended by signal ${signal}` };
  const line = stderr.trimEnd().split('\n').at(-1) ?? '';
  return { outcome: outcomeOfException(line, 'crash'), detail: line.slice(0, 300) || `it ended with status ${status}` };
}

const signals = { kill: 9, cpu: 24, fileSize: 25 };
const limitWords = {
  timeLimit: 'it took too long',
  outputLimit: 'it wrote too much',
  memoryLimit: 'it took too much memory',
};
