// One side of a comparison: a process of its own that works when it is told to (turns.ts, turns.py).

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** What a side says: of its start, of a turn, of its end. */
export type Told = Record<string, number | string | boolean>;

export class Side {
  private readonly lines: AsyncIterator<string>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly name: string,
  ) {
    this.lines = createInterface({ input: child.stdio[3] as Readable })[Symbol.asyncIterator]();
  }

  /** Starts the process and waits until it is ready to work. */
  static async start(name: string, command: string, args: string[]): Promise<Side> {
    const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'inherit', 'pipe'], env: { ...process.env, OMP_NUM_THREADS: '2' } });
    const side = new Side(child, name);
    await side.hear();
    return side;
  }

  /** One unit of work. */
  turn(): Promise<Told> {
    this.child.stdin?.write('go\n');
    return this.hear();
  }

  /** Ends the process. Its peak resident memory, bytes. */
  async end(): Promise<number> {
    this.child.stdin?.write('end\n');
    const { peakBytes } = await this.hear();
    if (this.child.exitCode === null) await new Promise((resolve) => this.child.once('exit', resolve));
    return Number(peakBytes);
  }

  /** Ends the process where the other side failed. */
  kill(): void {
    this.child.kill();
  }

  private async hear(): Promise<Told> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`${this.name} ended by itself; what it wrote is above`);
    return JSON.parse(value) as Told;
  }
}
