// Calls over a thread's channel: one side serves an object of functions, the other calls them by name and awaits the answer.
// Errors come back as errors of the same class name, so that a user's mistake stays a user's mistake.

import { InputError } from './errors.ts';
import type { Channel, WorkerHandle } from './worker.ts';

/** What a side may serve: functions by name. Arguments and results must survive structured cloning. */
export type Served = Record<string, (...args: never[]) => unknown>;

/** What a call resolves to: the awaited result, taken out of its `Transfer`. */
type Answer<F extends (...args: never[]) => unknown> = Awaited<ReturnType<F>> extends Transfer<infer T> ? T : Awaited<ReturnType<F>>;

/** Messages between the two sides; `event` is what the server sends unasked, e.g. tokens as they arrive. */
export type Request = { id: number; method: string; args: unknown[] };
export type Reply<Event> =
  | { id: number; result: unknown }
  | { id: number; error: { name: string; message: string; stack?: string } }
  | { event: Event };

export interface Caller<Api extends Served> {
  /** Runs `method` on the other side. Rejects with its error, or when the other side is gone. */
  call<M extends keyof Api & string>(method: M, args: Parameters<Api[M]>, transfer?: ArrayBufferLike[]): Promise<Answer<Api[M]>>;
  terminate(): Promise<void>;
}

/** The calling side. `onEvent` gets what the server emits. */
export function callerOf<Api extends Served, Event = never>(
  worker: WorkerHandle<Request, Reply<Event>>,
  onEvent?: (event: Event) => void,
): Caller<Api> {
  const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>();
  let nextId = 0;
  let gone: Error | undefined;
  const giveUp = (error: Error) => {
    gone ??= error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.onMessage((reply) => {
    if ('event' in reply) {
      onEvent?.(reply.event);
      return;
    }
    const caller = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) caller?.reject(revive(reply.error));
    else caller?.resolve(reply.result as never);
  });
  worker.onFailure(giveUp);
  return {
    call: (method, args, transfer) =>
      new Promise((resolve, reject) => {
        if (gone) {
          reject(gone);
          return;
        }
        const id = nextId++;
        // Posted first: what cannot be cloned throws here, and then nothing waits for an answer.
        worker.post({ id, method, args }, transfer);
        waiting.set(id, { resolve, reject });
      }),
    async terminate() {
      giveUp(new Error('the worker was ended'));
      await worker.terminate();
    },
  };
}

/** A result whose buffers move to the caller instead of being copied. */
export class Transfer<T> {
  constructor(
    readonly value: T,
    readonly buffers: ArrayBufferLike[],
  ) {}
}

/** The serving side. Calls run as they come, so that a long one does not hold up another; `emit` sends an event. */
export function serve<Event = never>(port: Channel<Reply<Event>, Request>, api: Served): { emit(event: Event): void } {
  port.onMessage(async ({ id, method, args }) => {
    try {
      const result = await api[method](...(args as never[]));
      if (result instanceof Transfer) port.post({ id, result: result.value }, result.buffers);
      else port.post({ id, result });
    } catch (error) {
      const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
      port.post({ id, error: { name, message, stack } });
    }
  });
  return { emit: (event) => port.post({ event }) };
}

function revive({ name, message, stack }: { name: string; message: string; stack?: string }): Error {
  const error = name === 'InputError' ? new InputError(message) : new Error(message);
  error.name = name;
  if (stack) error.stack = stack;
  return error;
}
