// The thread that untrusted JavaScript is interpreted in. It serves one run at a time and keeps nothing between two; the runner
// (runner.ts) ends it where a run does not come back in time.

import type { Reply, Request } from '../../../platform/rpc.ts';
import { serve } from '../../../platform/rpc.ts';
import { workerPort } from '../../../platform/worker.ts';
import { runProgram } from './programRun.ts';
import type { EndedEvent, WorkerApi, WorkerData } from './protocol.ts';
import { runTests } from './testsRun.ts';

const port = workerPort<Reply<EndedEvent>, Request>();
const { wasm } = port.data as WorkerData;

const api: WorkerApi = {
  ready: () => undefined,
  program: (run) => runProgram(wasm, run),
  tests: (run) => runTests(wasm, run, (ending) => emit(ending)),
};

const { emit } = serve<EndedEvent>(port, api);
