// The thread that untrusted JavaScript is interpreted in. It serves one run at a time and keeps nothing between two; the runner
// (runner.ts) ends it where a run does not come back in time.

import type { Reply, Request } from '../../../platform/rpc.ts';
import { serve } from '../../../platform/rpc.ts';
import { workerPort } from '../../../platform/worker.ts';
import { runProgram } from './programRun.ts';
import type { RunEvent, WorkerApi, WorkerData } from './protocol.ts';
import { runTests } from './testsRun.ts';

const port = workerPort<Reply<RunEvent>, Request>();
const { wasm } = port.data as WorkerData;

const api: WorkerApi = {
  ready: () => undefined,
  program: (run) => runProgram(wasm, run, () => emit('began')),
  tests: (run) =>
    runTests(
      wasm,
      run,
      () => emit('began'),
      (ending) => emit(ending),
    ),
};

const { emit } = serve<RunEvent>(port, api);
