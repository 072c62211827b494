// A process in a sandbox that runs: the channel to it, what it writes, its time and memory, its end.

import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { type Frame, FrameReader, frame } from './frames.ts';
import { MemoryWatch } from './memoryWatch.ts';

/** What a process may take from the host; within, candidate.py sets limits by the system. */
export interface HostLimits {
  /** Of stdout, stderr and all frames together. */
  outputBytes: number;
  /** Of all its processes together; without, it is not looked at. */
  memoryBytes?: number;
  /** Of what may be written to /tmp. */
  fileBytes: number;
  /** Frames that may wait to be read here; without, any number. */
  frames?: number;
}

export interface Ending {
  /** Exit status of the program; 128 and its number for a signal. Null where it was stopped from here. */
  status: number | null;
  stopped?: 'timeLimit' | 'outputLimit' | 'memoryLimit' | 'badFrame' | 'asked';
  stdout: string;
  stderr: string;
}

/** Time for a sandbox to be made and Python to start, on a machine that has other work too. */
const startSeconds = 30;
const largestFrame = 2 ** 28;

/** A running one, and the channel to it. */
export class Sandboxed {
  readonly ended: Promise<Ending>;
  private readonly child: ChildProcess;
  private readonly channel: Duplex;
  private readonly waiting: Frame[] = [];
  private wake: (() => void) | undefined;
  private over = false;
  private stopped: Ending['stopped'];
  /** Process id of the first process in the sandbox, where it is known yet. */
  private first: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private bytesLeft: number;
  private readonly mostWaiting: number;

  constructor(child: ChildProcess, limits: HostLimits) {
    this.child = child;
    this.bytesLeft = limits.outputBytes;
    this.mostWaiting = limits.frames ?? Number.POSITIVE_INFINITY;
    const output: Buffer[][] = [[], []];
    for (const [i, stream] of [child.stdout, child.stderr].entries())
      (stream as Readable).on('data', (chunk: Buffer) => {
        if (this.count(chunk)) output[i].push(chunk);
      });
    this.channel = child.stdio[3] as Duplex;
    const told = (child.stdio as readonly unknown[])[5] as Readable;
    told.on('data', (chunk: Buffer) => {
      const pid = Number(/"child-pid": (\d+)/.exec(chunk.toString())?.[1]);
      if (pid > 1) this.first = pid;
    });
    told.on('error', () => {});
    const reader = new FrameReader(largestFrame);
    this.channel.on('data', (chunk: Buffer) => {
      try {
        if (this.count(chunk)) for (const each of reader.push(chunk)) this.arrived(each);
      } catch {
        this.stop('badFrame');
      }
    });
    // Writing to what has ended is no failure of ours: `ended` tells of it.
    this.channel.on('error', () => {});
    this.deadline(startSeconds);
    const { memoryBytes } = limits;
    const watched = child.pid !== undefined && memoryBytes !== undefined;
    const watch = watched ? new MemoryWatch(child.pid, memoryBytes, () => this.stop('memoryLimit')) : undefined;
    this.ended = new Promise((resolve) => {
      const end = (status: number | null, problem = ''): void => {
        clearTimeout(this.timer);
        watch?.end();
        this.over = true;
        this.wake?.();
        const [stdout, stderr] = output.map((chunks) => Buffer.concat(chunks).toString());
        resolve({ status: this.stopped ? null : status, stopped: this.stopped, stdout, stderr: stderr + problem });
      };
      child.on('error', (error) => end(null, error.message));
      child.on('close', (status) => end(status));
    });
  }

  send(kind: string, payload: string | Uint8Array): void {
    this.channel.write(frame(kind, payload));
  }

  /** The next frame that it sends; undefined where it has ended. */
  async next(): Promise<Frame | undefined> {
    while (this.waiting.length === 0 && !this.over) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.waiting.shift();
  }

  stop(why: Ending['stopped'] = 'asked'): void {
    if (this.over || this.stopped) return;
    this.stopped = why;
    this.hold(true);
    // The end of the first process in there is the end of all. bwrap waits for it; bwrap's own end would leave that to the machine's first
    // process, which in a container often waits for nothing.
    if (this.first === undefined || !kill(this.first)) this.child.kill('SIGKILL');
  }

  /** Whether this process stays alive for its sake. */
  hold(wanted: boolean): void {
    const parts = [this.child, this.child.stdout, this.child.stderr, this.channel] as { ref?(): void; unref?(): void }[];
    for (const part of parts) wanted ? part.ref?.() : part.unref?.();
  }

  /** From now on it has these seconds; for ever without. */
  deadline(seconds?: number): void {
    clearTimeout(this.timer);
    if (seconds !== undefined && !this.over) this.timer = setTimeout(() => this.stop('timeLimit'), seconds * 1000);
  }

  /** Bytes of frames and output that may come from now on. */
  renew(outputBytes: number): void {
    this.bytesLeft = outputBytes;
  }

  private arrived(each: Frame): void {
    if (this.stopped) return;
    if (this.waiting.length < this.mostWaiting) this.waiting.push(each);
    else this.stop('badFrame');
    this.wake?.();
  }

  /** Whether the chunk is still within what may come. */
  private count(chunk: Buffer): boolean {
    if (this.stopped) return false;
    this.bytesLeft -= chunk.length;
    if (this.bytesLeft < 0) this.stop('outputLimit');
    return this.bytesLeft >= 0;
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
