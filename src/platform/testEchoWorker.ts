// The thread that worker.test.ts talks to.

import { InputError } from './errors.ts';
import { type Reply, type Request, serve, Transfer } from './rpc.ts';
import { workerPort } from './worker.ts';

export type EchoEvent = { at: number };
export type EchoApi = typeof api;

const port = workerPort<Reply<EchoEvent>, Request>();
const { factor } = port.data as { factor: number };

const api = {
  scaled: (x: number) => x * factor,
  doubled: (x: Float32Array<ArrayBuffer>) => {
    const result = x.map((v) => v * 2);
    return new Transfer(result, [result.buffer]);
  },
  fail: (kind: string) => {
    throw kind === 'InputError' ? new InputError('told to fail') : new RangeError('told to fail');
  },
  count: (n: number) => {
    for (let at = 0; at < n; at++) emit({ at });
  },
  die: () =>
    new Promise<void>(() => {
      setImmediate(() => {
        throw new Error('died');
      });
    }),
};

const { emit } = serve<EchoEvent>(port, api);
