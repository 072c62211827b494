// Threads: spawning one from a module of ours, and typed messages both ways. The same call works in a clone (TypeScript through
// tsx), in the packed package (built JavaScript) and under vitest.

import { parentPort, Worker, type WorkerOptions, workerData } from 'node:worker_threads';
import { newGate } from './nativeWork.ts';
import './noTelemetry.ts';

/** One end of a thread's channel: `Out` is what this side posts, `In` what it receives. */
export interface Channel<Out, In> {
  /** Buffers in `transfer` move to the other side instead of being copied; they are empty here afterwards. */
  post(message: Out, transfer?: ArrayBufferLike[]): void;
  /** Messages are handled in the order they were posted. One handler; a second call replaces it. */
  onMessage(handler: (message: In) => void): void;
}

export interface WorkerHandle<Out, In> extends Channel<Out, In> {
  /** The thread threw what nobody caught, or ended without being told to. Called at most once. */
  onFailure(handler: (error: Error) => void): void;
  /** Ends the thread, after the native work it is at; resolves when it is gone. */
  terminate(): Promise<void>;
  /** A referenced worker (the default) keeps the process alive. */
  unref(): void;
}

/** For a thread that works on what is not trusted: no environment, streams of its own that lead nowhere, and a heap and stack of so many megabytes. */
export interface Sealed {
  heapMegabytes: number;
  stackMegabytes: number;
}

/**
 * Starts a thread on a module of ours: `spawnWorker(new URL('./trainerWorker.ts', import.meta.url))`.
 * `data` is cloned to the other side, where `workerPort().data` is it.
 */
export function spawnWorker<Out, In>(module: URL, options: { data?: unknown; name?: string; sealed?: Sealed } = {}): WorkerHandle<Out, In> {
  const built = import.meta.url.endsWith('.js');
  const target = built ? module.href.replace(/\.ts$/, '.js') : module.href;
  const entry = built ? new URL(target) : new URL('./workerBootstrap.mjs', import.meta.url);
  // execArgv is emptied: the parent's loaders and debugger flags are not the thread's.
  const gate = newGate();
  const worker = new Worker(entry, {
    workerData: { module: target, data: options.data, gate: gate.shared },
    name: options.name,
    execArgv: [],
    ...(options.sealed && sealedOptions(options.sealed)),
  });
  worker.on('exit', gate.forget);
  let terminated = false;
  let failed: Error | undefined;
  let failureHandler: ((error: Error) => void) | undefined;
  const fail = (error: Error) => {
    if (failed || terminated) return;
    failed = error;
    failureHandler?.(error);
  };
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('messageerror', fail);
  worker.on('exit', (code) => fail(new Error(`the worker ${options.name ?? target} ended by itself with status ${code}`)));
  let handle: ((message: In) => void) | undefined;
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer as ArrayBuffer[]),
    onMessage(handler) {
      if (handle) worker.off('message', handle);
      handle = handler;
      worker.on('message', handler);
    },
    onFailure(handler) {
      failureHandler = handler;
      if (failed) handler(failed);
    },
    async terminate() {
      terminated = true;
      await gate.shut();
      await worker.terminate();
    },
    unref: () => worker.unref(),
  };
}

function sealedOptions({ heapMegabytes, stackMegabytes }: Sealed): WorkerOptions {
  const resourceLimits = { maxOldGenerationSizeMb: heapMegabytes, stackSizeMb: stackMegabytes };
  return { env: {}, argv: [], stdin: true, stdout: true, stderr: true, resourceLimits };
}

/** The thread's own end of the channel, and the data it was spawned with. Throws on the main thread. */
export function workerPort<Out, In>(): Channel<Out, In> & { data: unknown; close(): void } {
  const port = parentPort;
  if (!port) throw new Error('workerPort() is only for a module that spawnWorker() started');
  let handle: ((message: In) => void) | undefined;
  return {
    data: (workerData as { data?: unknown }).data,
    post: (message, transfer = []) => port.postMessage(message, transfer as ArrayBuffer[]),
    onMessage(handler) {
      if (handle) port.off('message', handle);
      handle = handler;
      port.on('message', handler);
    },
    close: () => port.close(),
  };
}
