// The engine on this machine: a thin client of a worker thread (engineWorker.ts) that implements the seam. Samples asked for in one turn
// of the event loop travel together, so that what is batched with what, and so every bit of the result, does not depend on timing.

import { readModelConfig } from '../../formats/modelConfig.ts';
import { openModel } from '../../formats/modelSource.ts';
import { cpus, processor } from '../../platform/memory.ts';
import { type Caller, callerOf } from '../../platform/rpc.ts';
import { spawnWorker } from '../../platform/worker.ts';
import type { Datum, Engine, MemoryNeed, PlannedWork, Sample, SamplingClient, TrainingClient } from '../engine.ts';
import { lossNames } from './lossGraph.ts';
import { estimateMemory, type Plan, withOthers } from './memoryEstimate.ts';
import type { SampleRequest, SamplingEvent, WorkerApi } from './protocol.ts';

export interface LocalEngineOptions {
  /** Default: the processors of this machine, at most 8. The same seed gives the same bits at the same count only. */
  threads?: number;
}

type Worker = Caller<WorkerApi>;
/** By request. */
type Listeners = Map<number, (event: SamplingEvent) => void>;

/** Starts the engine's thread. Close it when done. */
export function createLocalEngine({ threads = Math.min(8, cpus()) }: LocalEngineOptions = {}): Engine {
  const listeners: Listeners = new Map();
  const worker: Worker = callerOf<WorkerApi, SamplingEvent>(
    spawnWorker(new URL('./engineWorker.ts', import.meta.url), { data: { threads }, name: 'thinkling engine' }),
    (event) => listeners.get(event.request)?.(event),
  );
  let nextRequest = 1;
  const sampler = (id: number, version: number): SamplingClient => samplingClient(worker, id, version, listeners, () => nextRequest++);
  return {
    capabilities: async () => ({ losses: lossNames, arithmetic: `${threads} ${threads === 1 ? 'thread' : 'threads'} of ${processor()}` }),
    async createTrainer({ seed, ...from }) {
      const { trainer } = await worker.call('createTrainer', [from, seed]);
      return trainingClient(worker, trainer, sampler);
    },
    async createSampler({ model }) {
      const opened = await worker.call('createSampler', [model]);
      return sampler(opened.sampler, opened.version);
    },
    async createScorer({ model }) {
      const { scorer } = await worker.call('createScorer', [model]);
      return { score: (data) => worker.call('score', [scorer, data]), close: () => worker.call('closeScorer', [scorer]) };
    },
    memoryNeed,
    peakMemory: () => worker.call('peakMemory', []),
    async close() {
      await worker.call('shutDown', []).catch(() => undefined);
      await worker.terminate();
    },
  };
}

async function memoryNeed({ from, beside = {}, ...work }: PlannedWork): Promise<MemoryNeed> {
  const others: [name: string, MemoryNeed][] = [];
  for (const [name, other] of Object.entries(beside)) others.push([name, await memoryNeed(other)]);
  return withOthers(estimateMemory({ ...(await planOf(from)), ...work }), others);
}

async function planOf(from: PlannedWork['from']): Promise<Pick<Plan, 'config' | 'lora' | 'head'>> {
  if ('init' in from) return { config: readModelConfig(from.init.config, 'the new model') };
  const source = await openModel(from.model);
  await source.close();
  return { config: source.config, lora: from.lora, head: from.head };
}

function trainingClient(worker: Worker, id: number, sampler: (id: number, version: number) => SamplingClient): TrainingClient {
  return {
    forward: (data, loss, want = {}) => worker.call('forward', [id, data, loss, want]),
    forwardBackward: (data, loss, want = {}) => worker.call('forwardBackward', [id, data, loss, want]),
    optimStep: (adam) => worker.call('optimStep', [id, adam]),
    saveState: (dir) => worker.call('saveState', [id, dir]),
    loadState: (state) => worker.call('loadState', [id, state]),
    async samplingClient() {
      const opened = await worker.call('samplingClient', [id]);
      return sampler(opened.sampler, opened.version);
    },
    close: () => worker.call('closeTrainer', [id]),
  };
}

interface Pending {
  request: SampleRequest;
  signal?: AbortSignal;
  reject(error: unknown): void;
}

function samplingClient(worker: Worker, id: number, version: number, listeners: Listeners, newRequest: () => number): SamplingClient {
  let pending: Pending[] = [];
  // Where the thread is gone the request fails by itself.
  const cancel = (request: number): void => void worker.call('cancel', [request]).catch(() => undefined);
  const flush = (): void => {
    const batch = pending;
    pending = [];
    // One listener a signal, however many requests share it. What was cancelled while it waited here is cancelled where it now is.
    const unwatch = [...new Set(batch.flatMap(({ signal }) => signal ?? []))].map((signal) => {
      const onAbort = (): void => {
        for (const entry of batch) if (entry.signal === signal) cancel(entry.request.id);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      return () => signal.removeEventListener('abort', onAbort);
    });
    void worker
      .call('sample', [id, batch.map(({ request }) => request)])
      // Those that are done stay so.
      .catch((error) => {
        for (const { reject } of batch) reject(error);
      })
      .finally(() => {
        for (const stop of unwatch) stop();
      });
    for (const { request, signal } of batch) if (signal?.aborted) cancel(request.id);
  };
  return {
    version,
    async sample(prompt, { signal, onTokens, ...options }) {
      signal?.throwIfAborted();
      const request: SampleRequest = { id: newRequest(), prompt, options, stream: onTokens !== undefined };
      try {
        return await new Promise<Sample[]>((resolve, reject) => {
          listeners.set(request.id, (event) => {
            if ('samples' in event) resolve(event.samples);
            else onTokens?.(event.sample, event.tokens);
          });
          pending.push({ request, signal, reject });
          if (pending.length === 1) queueMicrotask(flush);
        });
      } finally {
        listeners.delete(request.id);
      }
    },
    logprobs: (data: Datum[], temperature: number) => worker.call('logprobs', [id, data, temperature]),
    topLogprobs: (data, k, temperature) => worker.call('topLogprobs', [id, data, k, temperature]),
    save: (dir) => worker.call('saveSampler', [id, dir]),
    close: () => worker.call('closeSampler', [id]),
  };
}
