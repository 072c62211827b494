// What this process and this machine have: memory and processors.

import { arch, availableParallelism, freemem, cpus as listProcessors, totalmem } from 'node:os';

/** Resident memory of this process (its worker threads included) now, bytes. */
export function residentMemory(): number {
  return process.memoryUsage.rss();
}

/** The most that was ever resident, bytes. */
export function peakResidentMemory(): number {
  // Node gives kilobytes on every system.
  return process.resourceUsage().maxRSS * 1024;
}

/** Bytes of memory that this process may have, and how many are free: the machine's, or of a container where its bound is less. */
export function memoryBound(): { total: number; free: number } {
  const [total, free] = [totalmem(), freemem()];
  const bound = process.constrainedMemory();
  return bound > 0 && bound < total ? { total: bound, free: Math.min(free, bound) } : { total, free };
}

/** Processors that this process may use; at least 1. */
export function cpus(): number {
  return availableParallelism();
}

/** What the processors call themselves; some systems do not tell more than their kind. */
export function processor(): string {
  return listProcessors()[0]?.model.trim() || arch();
}
