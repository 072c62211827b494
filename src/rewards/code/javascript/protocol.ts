// What the runner and its worker thread say to each other.

import type { CodeTest, Limits, Outcome } from '../verdict.ts';
import type { WasmModule } from './webAssembly.ts';

export type CalledTest = Exclude<CodeTest, { kind: 'stdio' }>;

/** How one test, or a program, ended. */
export interface Ending {
  outcome: Outcome;
  detail: string;
}

export interface ProgramRun {
  solution: string;
  stdin: string;
  limits: Limits;
}

export interface TestsRun {
  solution: string;
  tests: CalledTest[];
  setup: string;
  entryPoint: string | undefined;
  limits: Limits;
}

export interface WorkerData {
  wasm: WasmModule;
}

/** Sent when the solution begins, from when its time counts, and for each test that has ended: that is known even if the worker has to be ended. */
export type RunEvent = 'began' | Ending;

export type WorkerApi = {
  ready(): void;
  /** Runs a whole program; with `passed`, its output is to be compared. */
  program(run: ProgramRun): Promise<Ending & { stdout: string }>;
  /** Runs tests that call the solution: an event for each that ended, in order. Rejects where the tests themselves cannot be run. */
  tests(run: TestsRun): Promise<void>;
};
