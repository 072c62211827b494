// A real thread, started as the engine starts its own.

import { afterEach, expect, test } from 'vitest';
import { InputError } from './errors.ts';
import { type Caller, callerOf, type Reply, type Request } from './rpc.ts';
import type { EchoApi, EchoEvent } from './testEchoWorker.ts';
import { spawnWorker, workerPort } from './worker.ts';

let caller: Caller<EchoApi> | undefined;
const start = (onEvent?: (event: EchoEvent) => void) => {
  const worker = spawnWorker<Request, Reply<EchoEvent>>(new URL('./testEchoWorker.ts', import.meta.url), { data: { factor: 3 } });
  caller = callerOf<EchoApi, EchoEvent>(worker, onEvent);
  return caller;
};
afterEach(() => caller?.terminate());

test('a TypeScript module runs in a thread, gets its data, and answers typed calls', async () => {
  expect(await start().call('scaled', [14])).toBe(42);
});

test('buffers move both ways instead of being copied', async () => {
  const numbers = new Float32Array([1, 2, 3]);
  const doubled = await start().call('doubled', [numbers], [numbers.buffer]);
  expect(numbers.length).toBe(0);
  expect([...doubled]).toEqual([2, 4, 6]);
});

test("a user's mistake in the thread arrives as an InputError, any other error as itself", async () => {
  const { call } = start();
  await expect(call('fail', ['InputError'])).rejects.toBeInstanceOf(InputError);
  await expect(call('fail', ['RangeError'])).rejects.toMatchObject({ name: 'RangeError', message: 'told to fail' });
});

test('events arrive before the answer of the call that sent them', async () => {
  const seen: EchoEvent[] = [];
  const { call } = start((event) => seen.push(event));
  await call('count', [3]);
  expect(seen).toEqual([{ at: 0 }, { at: 1 }, { at: 2 }]);
});

test('calls in flight are rejected when the thread dies, and so are later ones', async () => {
  const { call } = start();
  await expect(call('die', [])).rejects.toThrow('died');
  await expect(call('scaled', [1])).rejects.toThrow('died');
});

test('arguments that cannot be cloned are refused at the call', async () => {
  const { call } = start();
  await expect(call('scaled', [(() => 1) as unknown as number])).rejects.toThrow('could not be cloned');
  expect(await call('scaled', [1])).toBe(3);
});

test('workerPort() on the main thread says what it is for', async () => {
  // vitest's forks have no parentPort either.
  expect(() => workerPort()).toThrow('spawnWorker()');
});
