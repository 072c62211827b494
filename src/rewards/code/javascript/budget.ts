// What a run may spend, and why it was stopped: asked from the interpreter's interrupt handlers while a program runs.

import { readFileSync } from 'node:fs';
import type { Limits } from '../verdict.ts';
import type { Ending } from './protocol.ts';

/** Why a run is stopped; an exit is the program's own wish. */
type Stop = Ending & { exit?: number };

// A handler is called every few thousand steps; reading a clock of the kernel's is dearer than that.
const cpuEveryMs = 50;

export class Budget {
  stopped: Stop | undefined;
  readonly #limits: Limits;
  #started = Number.POSITIVE_INFINITY;
  #cpuStarted = 0;
  #cpuAsked = Number.POSITIVE_INFINITY;
  #written = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Time counts from here. */
  begin(): void {
    this.#started = performance.now();
    this.#cpuAsked = this.#started;
    this.#cpuStarted = threadCpuSeconds();
  }

  /** Whether to stop now. */
  spent(): boolean {
    if (this.stopped) return true;
    const now = performance.now();
    const { wallSeconds, cpuSeconds } = this.#limits;
    if (now - this.#started > wallSeconds * 1000) this.stopped = { outcome: 'timeLimit', detail: `more than ${wallSeconds} s` };
    else if (now - this.#cpuAsked > cpuEveryMs) {
      this.#cpuAsked = now;
      if (threadCpuSeconds() - this.#cpuStarted > cpuSeconds) {
        this.stopped = { outcome: 'timeLimit', detail: `more than ${cpuSeconds} s of the processor` };
      }
    }
    return this.stopped !== undefined;
  }

  /** Counts output; false where it is more than allowed. */
  write(text: string): boolean {
    this.#written += Buffer.byteLength(text);
    const { outputBytes } = this.#limits;
    if (this.#written > outputBytes) this.stopped ??= { outcome: 'outputLimit', detail: `more than ${outputBytes} bytes of output` };
    return this.stopped === undefined;
  }
}

/** Processor time of this thread. Where no clock tells it (other systems than Linux), time itself: a program here never waits. */
function threadCpuSeconds(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e9;
  } catch {
    return performance.now() / 1000;
  }
}
