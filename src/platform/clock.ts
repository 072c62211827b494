// Time: a monotonic one to measure with, and the calendar's for what is written down.

/** Milliseconds since an arbitrary start; never goes back. Only differences mean something. */
export function now(): number {
  return performance.now();
}

/** The time of day as ISO 8601 in UTC, e.g. 2025-01-20T12:00:00.000Z. */
export function isoDate(): string {
  return new Date().toISOString();
}

/** Lets waiting messages and timers run before going on. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves after `ms` milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** How long any of several works that overlap was under way. */
export class BusyTime {
  seconds = 0;
  #underWay = 0;
  #since = 0;

  /** Counts from now until `work` is settled. */
  async of<T>(work: Promise<T>): Promise<T> {
    if (this.#underWay++ === 0) this.#since = now();
    try {
      return await work;
    } finally {
      if (--this.#underWay === 0) this.seconds += (now() - this.#since) / 1000;
    }
  }
}
