// One Python process in a sandbox of its own: no network, no files but the interpreter's, a private /tmp, /proc and process ids, a user
// of no rights. It dies with all that it started when it is told to, when its time is over, or when this process ends.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Duplex, Readable } from 'node:stream';
import { InputError } from '../../../platform/errors.ts';
import { type Frame, FrameReader, frame } from './frames.ts';
import { findTools, sandboxMend, type Tools } from './interpreter.ts';
import { MemoryWatch } from './memoryWatch.ts';
import { seccompFilter } from './seccomp.ts';

export type Program = 'candidate' | 'judge';

/** What a process may take from the host; within, candidate.py sets limits by the system. */
export interface HostLimits {
  /** Of stdout, stderr and all frames together. */
  outputBytes: number;
  /** Of all its processes together; without, it is not looked at. */
  memoryBytes?: number;
  /** Of what may be written to /tmp. */
  fileBytes: number;
}

/** Time for a sandbox to be made and Python to start, on a machine that has other work too. */
const startSeconds = 30;
const largestFrame = 2 ** 28;

export interface Ending {
  /** Exit status of the program; 128 and its number for a signal. Null where it was stopped from here. */
  status: number | null;
  stopped?: 'timeLimit' | 'outputLimit' | 'memoryLimit' | 'badFrame' | 'asked';
  stdout: string;
  stderr: string;
}

export class PythonSandbox {
  private readonly tools: Tools;
  private readonly programs: Record<Program, Buffer>;

  private constructor(tools: Tools, programs: Record<Program, Buffer>) {
    this.tools = tools;
    this.programs = programs;
  }

  /**
   * Finds what it takes, and tries it.
   * @throws InputError where there is no sandbox on this machine, with what to install
   */
  static async open(): Promise<PythonSandbox> {
    const tools = await findTools();
    const source = (name: string): Promise<string> => readFile(new URL(`./${name}.py`, import.meta.url), 'utf8');
    const [values, handles, candidate, judge] = await Promise.all(['values', 'handles', 'candidate', 'judge'].map(source));
    const compiled = (text: string): Promise<Buffer> => compile(tools.python, text);
    const sandbox = new PythonSandbox(tools, {
      candidate: await compiled(values + candidate),
      judge: await compiled(values + handles + judge),
    });
    const tried = sandbox.start('judge', { outputBytes: 1e5, fileBytes: 1e6 });
    const first = await tried.next();
    tried.stop();
    const { stderr } = await tried.ended;
    if (first?.kind === 'S') return sandbox;
    const said = stderr.trim().split('\n').at(-1) || 'it ended without a word';
    throw new InputError(
      `programs of a model run only in a sandbox, and bubblewrap cannot make one here (${said}): the system must allow user namespaces to ordinary users; ${sandboxMend()}`,
    );
  }

  /** The interpreter's path. */
  get python(): string {
    return this.tools.python;
  }

  start(program: Program, limits: HostLimits): Sandboxed {
    const { tools } = this;
    const filter = seccompFilter();
    const [command, ...args] = [...tools.asNobody, tools.bwrap, ...this.options(limits, filter !== undefined)];
    const child = spawn(command, [...args, '--', tools.python, '-I', '-S', '-X', 'utf8', '-c', loader], {
      cwd: '/',
      env: {},
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    const filterPipe = child.stdio[4] as Duplex;
    filterPipe.on('error', () => {});
    filterPipe.end(filter);
    const sandboxed = new Sandboxed(child, limits);
    sandboxed.send('L', this.programs[program]);
    return sandboxed;
  }

  private options({ fileBytes }: HostLimits, filtered: boolean): string[] {
    const { tools } = this;
    return [
      ...['--unshare-user', '--unshare-all', '--die-with-parent', '--as-pid-1', '--info-fd', '5', '--new-session', '--cap-drop', 'ALL'],
      ...(tools.options.has('--disable-userns') ? ['--disable-userns'] : []),
      ...['--uid', '65534', '--gid', '65534', '--hostname', 'sandbox'],
      ...tools.paths.flatMap((path) => ['--ro-bind', path, path]),
      ...tools.links.flatMap(([target, link]) => ['--symlink', target, link]),
      ...['--proc', '/proc', '--dev', '/dev'],
      ...['--size', String(fileBytes), '--tmpfs', '/tmp', '--remount-ro', '/dev', '--remount-ro', '/', '--chdir', '/tmp'],
      ...(filtered ? ['--seccomp', '4'] : []),
    ];
  }
}

// Compiling takes longer than starting Python, so it is done once; every process then loads what came out. The first process in the sandbox
// only waits for the second, which does the work: what ends it ends all, and it leaves no other to be waited for. The worker's built-in
// functions are a copy: a solution may do with the others what it likes.
const loader = `
import os, marshal
worker = os.fork()
if worker:
    os.closerange(0, 8)
    while True:
        ended, status = os.wait()
        if ended == worker: os._exit(128 + (status & 127) if status & 127 else status >> 8)
def take(size):
    data = b""
    while len(data) < size:
        part = os.read(3, size - len(data))
        if not part: raise SystemExit
        data += part
    return data
exec(marshal.loads(take(int.from_bytes(take(5)[:4], "big"))), {"__name__": "sandbox", "__builtins__": dict(vars(__builtins__))})
`;
const compiler = 'import marshal, sys; sys.stdout.buffer.write(marshal.dumps(compile(sys.stdin.read(), "sandbox", "exec")))';

function compile(python: string, source: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { env: {}, cwd: '/', encoding: 'buffer', maxBuffer: 2 ** 24 } as const;
    const child = execFile(python, ['-I', '-S', '-X', 'utf8', '-c', compiler], options, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
    child.stdin?.end(source);
  });
}

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

  constructor(child: ChildProcess, limits: HostLimits) {
    this.child = child;
    this.bytesLeft = limits.outputBytes;
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
    this.waiting.push(each);
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
