// JavaScript solutions, judged in QuickJS inside worker threads (judgeWorker.ts): each run in WebAssembly instances that hold no object of the
// host's and whose memory is put back before the next. A run that does not come back in time loses its thread. Expected outputs of
// programs never leave this side.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { InputError, messageOf } from '../../../platform/errors.ts';
import { type Caller, callerOf, type Reply, type Request } from '../../../platform/rpc.ts';
import { spawnWorker } from '../../../platform/worker.ts';
import { outputDifference } from '../output.ts';
import type { CodeRunner, CodeVerdict, Limits, Submission } from '../verdict.ts';
import type { CalledTest, Ending, RunEvent, WorkerApi, WorkerData } from './protocol.ts';
import { compile, type WasmModule } from './webAssembly.ts';

/** A run stops itself at its limit; one that is inside a long native call does not, and is ended from here so much later. */
const graceMs = 300;

/** The thread's own heap (what crosses between guests passes through it) and stack; the guests' memory is WebAssembly's and has its own limit. */
const sealed = { heapMegabytes: 512, stackMegabytes: 64 };

/** A judge of JavaScript. Judgements at the same time have a thread each, which are kept for the next. */
export function javascriptRunner(): CodeRunner {
  const idle: Thread[] = [];
  const threads = new Set<Thread>();
  let wasm: Promise<WasmModule> | undefined;

  async function thread(): Promise<Thread> {
    const kept = idle.pop();
    if (kept) return kept;
    wasm ??= compiled();
    const started = startThread(await wasm);
    threads.add(started);
    try {
      await started.worker.call('ready', []);
    } catch (error) {
      threads.delete(started);
      await started.worker.terminate();
      throw error;
    }
    return started;
  }

  /** Makes a run in a thread of its own for as long as it takes, at most so many seconds from when the solution begins. Rejects with what became of it. */
  async function run<T>(seconds: number, use: (worker: Thread['worker']) => Promise<T>, onEnding?: (ending: Ending) => void): Promise<T> {
    const taken = await thread();
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        // In two steps: where this thread was held up itself, what has arrived meanwhile is heard before the second.
        const lost = () => reject(new Lost('timeLimit', `more than ${seconds} s`));
        const giveUp = () => {
          timer = setTimeout(lost, graceMs);
        };
        taken.listen((event) => {
          if (event !== 'began') onEnding?.(event);
          else timer = setTimeout(giveUp, seconds * 1000);
        });
      });
      const result = await Promise.race([use(taken.worker), late]);
      idle.push(taken);
      return result;
    } catch (error) {
      // Tests that cannot be run say nothing of the thread.
      if (error instanceof InputError) {
        idle.push(taken);
        throw error;
      }
      threads.delete(taken);
      await taken.worker.terminate();
      throw taken.death ? deathOf(taken.death) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  async function runCalled(tests: CalledTest[], submission: Submission, limits: Limits): Promise<Ending[]> {
    const { solution, setup = '', entryPoint } = submission;
    const endings: Ending[] = [];
    try {
      await run(
        limits.wallSeconds,
        (worker) => worker.call('tests', [{ solution, tests, setup, entryPoint, limits }]),
        (ending) => endings.push(ending),
      );
    } catch (error) {
      endings.push(endingOf(error));
    }
    return endings;
  }

  async function runProgram({ stdin, stdout }: { stdin: string; stdout: string }, solution: string, limits: Limits): Promise<Ending> {
    try {
      const ending = await run(limits.wallSeconds, (worker) => worker.call('program', [{ solution, stdin, limits }]));
      if (ending.outcome !== 'passed') return ending;
      const difference = outputDifference(ending.stdout, stdout);
      return difference === undefined ? ending : { outcome: 'wrongAnswer', detail: difference };
    } catch (error) {
      return endingOf(error);
    }
  }

  return {
    async judge(submission, limits) {
      const { tests } = submission;
      const called = tests.filter((test) => test.kind !== 'stdio');
      const endings = called.length > 0 ? await runCalled(called, submission, limits) : [];
      for (const test of tests) {
        if (test.kind !== 'stdio') continue;
        const ending = await runProgram(test, submission.solution, limits);
        endings.push(ending);
        // A program that exhausts its limits does so again; each further test would cost as much.
        if (!['passed', 'wrongAnswer', 'crash'].includes(ending.outcome)) break;
      }
      return verdictOf(endings, tests.length);
    },
    async close() {
      idle.length = 0;
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
      threads.clear();
    },
  };
}

function verdictOf(endings: Ending[], total: number): CodeVerdict {
  const passed = endings.filter(({ outcome }) => outcome === 'passed').length;
  // What could not be judged is not judged by the rest.
  const failure = endings.find(({ outcome }) => outcome === 'sandboxFailure') ?? endings.find(({ outcome }) => outcome !== 'passed');
  if (failure === undefined && passed === total && total > 0)
    return { outcome: 'passed', passed, total, detail: `${passed} of ${total} tests passed` };
  const { outcome, detail } = failure ?? {
    outcome: 'sandboxFailure',
    detail: total === 0 ? 'there are no tests' : 'a test has no verdict',
  };
  return { outcome, passed, total, detail: `${passed} of ${total} tests passed; ${detail}`.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, 400) };
}

/** A thread that did not come back, and what that says of the solution. */
class Lost extends Error {
  constructor(
    readonly outcome: 'timeLimit' | 'memoryLimit' | 'crash',
    detail: string,
  ) {
    super(detail);
  }
}

// Once a thread is ready it does nothing but run the solution: that it dies is the solution's doing.
function deathOf(error: Error): Lost {
  const outOfMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return outOfMemory ? new Lost('memoryLimit', 'out of memory') : new Lost('crash', `the interpreter gave up: ${error.message}`);
}

const endingOf = (error: unknown): Ending => ({
  outcome: error instanceof Lost ? error.outcome : 'sandboxFailure',
  detail: messageOf(error),
});

interface Thread {
  worker: Caller<WorkerApi>;
  /** Who hears of the run at hand. */
  listen(onEvent: (event: RunEvent) => void): void;
  death: Error | undefined;
}

function startThread(wasm: WasmModule): Thread {
  const data: WorkerData = { wasm };
  const spawned = spawnWorker<Request, Reply<RunEvent>>(new URL('./judgeWorker.ts', import.meta.url), {
    data,
    name: 'thinkling judge',
    sealed,
  });
  let hear: (event: RunEvent) => void = () => undefined;
  const noted: typeof spawned = {
    ...spawned,
    onFailure: (handler) =>
      spawned.onFailure((error) => {
        thread.death = error;
        handler(error);
      }),
  };
  const thread: Thread = {
    worker: callerOf<WorkerApi, RunEvent>(noted, (event) => hear(event)),
    listen: (onEvent) => {
      hear = onEvent;
    },
    death: undefined,
  };
  return thread;
}

async function compiled(): Promise<WasmModule> {
  const file = createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm');
  return compile(await readFile(file));
}
