// One Python process in a sandbox of its own: no network, no files but the interpreter's, a private /tmp, /proc and process ids, a user
// of no rights. It dies with all that it started when it is told to, when its time is over, or when this process ends.

import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { InputError } from '../../../platform/errors.ts';
import { findTools, sandboxMend, type Tools } from './interpreter.ts';
import { type HostLimits, Sandboxed } from './sandboxed.ts';
import { seccompFilter } from './seccomp.ts';

/** The files of each program, one behind another in one module. */
const programs = {
  candidate: ['values', 'channel', 'candidate'],
  judge: ['values', 'channel', 'handles', 'remote', 'classNames', 'judge'],
};
type Program = keyof typeof programs;

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
    const program = async (name: Program): Promise<Buffer> => {
      const parts = programs[name].map((part) => readFile(new URL(`./${part}.py`, import.meta.url), 'utf8'));
      return compile(tools.python, (await Promise.all(parts)).join('\n'));
    };
    const sandbox = new PythonSandbox(tools, { candidate: await program('candidate'), judge: await program('judge') });
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
// functions are a copy: a solution may do with the others what it likes. Descriptors that this process was started with and keeps open for its
// children (a shell's, a make's) are closed first.
const loader = `
import os, marshal
for each in os.listdir("/proc/self/fd"):
    try:
        if int(each) > 3: os.close(int(each))
    except OSError: pass
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
