// A thread that is ended in the midst of native code (ONNX Runtime's) takes the whole process with it (SIGABRT). So such work passes a
// gate: who ends the thread shuts the gate, waits for the work at hand, and nothing enters any more.

import { workerData } from 'node:worker_threads';

/** Of the gate's two integers: how many are inside, and whether it is shut. */
const INSIDE = 0;
const SHUT = 1;
// A process that is told to exit does so after this long, whatever a thread is at.
const PATIENCE_MS = 30_000;

const gate = gateOf(workerData);

function gateOf(data: unknown): Int32Array | undefined {
  const shared = typeof data === 'object' && data !== null && 'gate' in data ? data.gate : undefined;
  return shared instanceof SharedArrayBuffer ? new Int32Array(shared) : undefined;
}

/** Runs native work in a thread of ours; on any other it is just run. Never returns once the gate is shut: the thread is ending. */
export async function nativeWork<T>(work: () => Promise<T>): Promise<T> {
  if (gate === undefined) return work();
  // First in, then look: either the other side sees us inside, or we see that it is shut.
  Atomics.add(gate, INSIDE, 1);
  if (Atomics.load(gate, SHUT) === 1) {
    leave(gate);
    Atomics.wait(gate, SHUT, 1);
  }
  try {
    return await work();
  } finally {
    leave(gate);
  }
}

function leave(of: Int32Array): void {
  Atomics.sub(of, INSIDE, 1);
  Atomics.notify(of, INSIDE);
}

const open = new Set<Int32Array>();
let watching = false;

/** The gate of a thread about to be started: `shared` goes into its workerData as `gate`. */
export function newGate(): { shared: SharedArrayBuffer; shut(): Promise<void>; forget(): void } {
  const shared = new SharedArrayBuffer(8);
  const ours = new Int32Array(shared);
  open.add(ours);
  if (!watching) process.on('exit', shutAll);
  watching = true;
  return {
    shared,
    /** Resolves when nothing is inside any more; until then the event loop goes on. */
    async shut() {
      Atomics.store(ours, SHUT, 1);
      while (Atomics.load(ours, INSIDE) > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    },
    /** The thread is gone, whatever it was at. */
    forget() {
      Atomics.store(ours, INSIDE, 0);
      open.delete(ours);
    },
  };
}

/** The process is exiting and ends its threads: nothing may be waited for but here. */
function shutAll(): void {
  for (const each of open) Atomics.store(each, SHUT, 1);
  const until = performance.now() + PATIENCE_MS;
  for (const each of open)
    for (let inside = Atomics.load(each, INSIDE); inside > 0; inside = Atomics.load(each, INSIDE))
      if (Atomics.wait(each, INSIDE, inside, Math.max(0, until - performance.now())) === 'timed-out') break;
}
