// What a machine must have and may have to run this program; each lack with its mend. Used by `thinkling doctor`.

import { accessSync, constants, statfsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { messageOf } from '../platform/errors.ts';
import { isFile } from '../platform/files.ts';
import { cpus, memoryBound } from '../platform/memory.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import { bytes } from './live/figures.ts';

export interface Check {
  name: string;
  /** `lacking`: the program needs it; `absent`: it does without. */
  state: 'ok' | 'lacking' | 'absent';
  found: string;
  mend?: string;
}

/** Everything that is asked of the machine itself. */
export async function machineChecks(): Promise<Check[]> {
  return [
    nodeVersion(process.versions.node),
    cores(),
    memory(),
    disk(),
    await onnxRuntime(),
    await shippedModel(),
    await codeSandbox(),
    ...tools(),
  ];
}

const oldestNode = [20, 19] as const;

export function nodeVersion(version: string): Check {
  const [major, minor] = version.split('.').map(Number);
  const good = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return {
    name: 'Node',
    state: good ? 'ok' : 'lacking',
    found: version,
    ...(good ? {} : { mend: `install Node ${oldestNode.join('.')} or newer` }),
  };
}

function cores(): Check {
  const count = cpus();
  return { name: 'processors', state: 'ok', found: `${count} that this process may use` };
}

function memory(): Check {
  const { total, free } = memoryBound();
  const enough = total >= 1.5e9;
  return {
    name: 'memory',
    state: enough ? 'ok' : 'lacking',
    found: `${bytes(total)}, ${bytes(free)} of it free`,
    ...(enough ? {} : { mend: 'the smallest run takes about 1 GB: give the machine or container 2 GB' }),
  };
}

function disk(): Check {
  const { bavail, bsize } = statfsSync('.');
  const free = bavail * bsize;
  const enough = free > 200e6;
  return {
    name: 'disk',
    state: enough ? 'ok' : 'lacking',
    found: `${bytes(free)} free here`,
    ...(enough ? {} : { mend: 'a run of the smallest model keeps about 100 MB: make room, or run elsewhere with --out' }),
  };
}

/** Builds a graph, compiles and runs it: the whole way that a model takes. */
async function onnxRuntime(): Promise<Check> {
  const name = 'ONNX Runtime';
  try {
    const { CompiledGraph } = await import('../graph/session.ts');
    const { mul } = await import('../graph/ops/index.ts');
    const { constant, input } = await import('../graph/tensor.ts');
    const graph = await CompiledGraph.compile({ y: mul(input('x', ['N']), constant(2)) }, { threads: 1 });
    const { y } = await graph.run({ x: { data: Float32Array.of(1, 2, 3), dims: [3] } });
    await graph.dispose();
    if (y.join() !== '2,4,6') throw new Error(`twice 1, 2, 3 came out as ${y.join(', ')}`);
    return { name, state: 'ok', found: 'loads, compiles and runs a graph' };
  } catch (error) {
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error);
    const musl = /ld-musl|libc\.musl|GLIBC/i.test(message);
    return {
      name,
      state: 'lacking',
      found: message,
      mend: musl
        ? 'its binaries are made for glibc 2.27 or newer: take another system image (Debian, Ubuntu), not Alpine'
        : `install it again: npm ci (this is ${process.platform} on ${process.arch})`,
    };
  }
}

async function shippedModel(): Promise<Check> {
  const name = 'lab:base';
  try {
    const dir = await resolveModel(name);
    const whole = await isFile(join(dir, 'model.safetensors'));
    return whole
      ? { name, state: 'ok', found: 'the shipped base model is there' }
      : { name, state: 'lacking', found: `${dir} has no model.safetensors`, mend: 'install the package again' };
  } catch (error) {
    return {
      name,
      state: 'lacking',
      found: messageOf(error),
      mend: 'install the package again, or make it: thinkling run recipes/lab-base.yaml',
    };
  }
}

/** Makes one, as the tasks mbpp and humaneval do for each program of a model. */
async function codeSandbox(): Promise<Check> {
  const name = 'code sandbox';
  try {
    const { PythonSandbox } = await import('../rewards/code/python/sandbox.ts');
    const { python } = await PythonSandbox.open();
    return { name, state: 'ok', found: `bubblewrap runs ${python} apart from everything: rewards may run a model's programs` };
  } catch (error) {
    const [found, ...mend] = messageOf(error).split('; ');
    return { name, state: 'absent', found: `${found}. Only tasks of code need it`, mend: mend.join('; ') };
  }
}

const optional = [
  {
    name: 'Chromium',
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    use: 'for tests in a browser; running recipes does not need it',
  },
  {
    name: 'Python',
    programs: ['python3', 'python'],
    use: 'for comparisons with other programs (bench/); running recipes does not need it',
  },
];

function tools(): Check[] {
  return optional.map(({ name, programs, use }) => {
    const path = programs.map(onPath).find((found) => found !== undefined);
    return path === undefined ? { name, state: 'absent', found: `not found: ${use}` } : { name, state: 'ok', found: path };
  });
}

function onPath(program: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    for (const ending of process.platform === 'win32' ? ['.exe', '.cmd'] : ['']) {
      const file = join(folder, program + ending);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {}
    }
  return undefined;
}
