// What a sandbox for Python is made of on this machine: bubblewrap, an interpreter with its library, and as root a way to become nobody.
// Looked for once; where something lacks, the message says how to have it.

import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readlink, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { InputError } from '../../../platform/errors.ts';

const run = promisify(execFile);

export interface Interpreter {
  /** The interpreter's path, within the sandbox too. */
  python: string;
  /** Files and folders of the host that it needs: its library and the shared objects that that loads. All are read-only. */
  paths: string[];
  /** Links at the root that those paths go through, with their targets (/lib -> usr/lib). */
  links: [string, string][];
}

export interface Tools extends Interpreter {
  /** Words that come before the rest of a command. */
  asNobody: string[];
  bwrap: string;
  /** Its options that this version has. */
  options: ReadonlySet<string>;
}

const container =
  'or work in a Linux container that may make namespaces, e.g. docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined';

/** How to have a sandbox on this system. */
export function sandboxMend(platform: NodeJS.Platform = process.platform): string {
  if (platform === 'linux')
    return `install bubblewrap and Python 3 (Debian, Ubuntu: apt install bubblewrap python3; Fedora: dnf install bubblewrap python3), ${container}`;
  const name = platform === 'darwin' ? 'macOS' : platform === 'win32' ? 'Windows' : platform;
  return `there is none for ${name}: ${container.replace('or work', 'work')}, with bubblewrap and Python 3 in it`;
}

/**
 * What is there to make sandboxes of.
 * @throws InputError naming what lacks, and the mend
 */
export async function findTools(): Promise<Tools> {
  const lacking = (what: string): InputError =>
    new InputError(`programs of a model run only in a sandbox, and there is no ${what} here; ${sandboxMend()}`);
  if (process.platform !== 'linux') throw lacking('sandbox for this system');
  const bwrap = await onPath('bwrap');
  if (bwrap === undefined) throw lacking('bubblewrap (bwrap)');
  const root = process.getuid?.() === 0;
  const setpriv = root ? await onPath('setpriv') : undefined;
  if (root && setpriv === undefined) throw lacking('setpriv (of util-linux)');
  const { stdout } = await run(bwrap, ['--help']);
  const options = new Set(stdout.match(/--[a-z-]+/g));
  if (!options.has('--size')) throw lacking('bubblewrap of version 0.7 or newer (this one cannot bound what is written)');
  const asNobody = setpriv === undefined ? [] : [setpriv, '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs', '--'];
  let problem = 'Python 3.8 or newer';
  // The system's own first: one on PATH may be a slow shim, or lie where nobody may read.
  for (const python of new Set(['/usr/bin/python3', '/usr/local/bin/python3', await onPath('python3')])) {
    if (python === undefined) continue;
    try {
      return { asNobody, bwrap, options, ...(await lookInto(python)) };
    } catch (error) {
      problem = `Python that can be used (${python}: ${error instanceof Error ? error.message.split('\n')[0] : error})`;
    }
  }
  throw lacking(problem);
}

// Loads what loads shared objects, and tells what is mapped then; also the loader that the kernel looks for, from the file's header.
const probe = `
import sys, os, struct
if sys.version_info < (3, 8): sys.exit("older than Python 3.8")
for name in "_ssl _hashlib _ctypes _sqlite3 _bz2 _lzma _decimal _uuid _curses readline zlib pyexpat".split():
    try: __import__(name)
    except ImportError: pass
exe = os.path.realpath(sys.executable)
data = open(exe, "rb").read(4096)
if data[4] != 2: sys.exit("not a 64-bit program")
start, size, count = struct.unpack_from("<Q", data, 32) + struct.unpack_from("<HH", data, 54)
for at in range(start, start + size * count, size):
    if struct.unpack_from("<I", data, at)[0] == 3:
        offset, length = struct.unpack_from("<Q", data, at + 8)[0], struct.unpack_from("<Q", data, at + 32)[0]
        print("loader", open(exe, "rb").read()[offset : offset + length - 1].decode())
print("python", exe)
print("library", os.path.dirname(os.__file__))
for path in sys.path:
    if os.path.isdir(path): print("library", os.path.realpath(path))
for line in open("/proc/self/maps"):
    path = line.rstrip().partition("/")[2]
    if path.partition(" ")[0].endswith(".so") or ".so." in path: print("object", "/" + path)
`;

async function lookInto(python: string): Promise<Interpreter> {
  const { stdout } = await run(python, ['-I', '-S', '-c', probe], { env: {}, cwd: '/' });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(/ (.*)/s));
  const of = (kind: string): string[] => [...new Set(lines.filter(([first]) => first === kind).map(([, path]) => path))];
  const [exe] = of('python');
  const libraries = of('library');
  // The loader and the objects by their folders: they name each other by links in there.
  const folders = [...of('object'), ...of('loader')].map((path) => path.slice(0, path.lastIndexOf('/')));
  const paths = await Promise.all([exe, ...libraries, ...folders].map((path) => realpath(path)));
  const outermost = [...new Set(paths)].filter((path, _, all) => !all.some((other) => path.startsWith(`${other}/`)));
  return { python: exe, paths: outermost.sort(), links: await rootLinks(['lib', 'lib64', 'lib32', 'usr/lib64']) };
}

async function rootLinks(names: string[]): Promise<[string, string][]> {
  const links: [string, string][] = [];
  for (const name of names) {
    const target = await readlink(`/${name}`).catch(() => undefined);
    if (target !== undefined) links.push([target, `/${name}`]);
  }
  return links;
}

async function onPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter((each) => each.startsWith('/'))) {
    const file = join(folder, program);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}
