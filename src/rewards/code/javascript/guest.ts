// A machine with what programs written for Node find around them (guest/node.js): console, process, require, timers. The candidate's and
// the judge's runtime are both one of these.

import type { QuickJSHandle } from 'quickjs-emscripten-core';
import type { Budget } from './budget.ts';
import { Machine } from './machine.ts';
import type { WasmModule } from './webAssembly.ts';

export interface Guest {
  machine: Machine;
  /** What guest/inspect.js gave: { inspect, format }. */
  printer: QuickJSHandle;
  /** What guest/node.js gave. */
  node: QuickJSHandle;
  /** When the next timer is due by the guest's clock, -1 where there is none. */
  due(): number;
  /** Makes ready for a run, as if nothing had been run before. False where another guest is to be started. */
  begin(run: GuestRun): boolean;
  /** Moves the clock and runs one timer that is due. */
  fire(clock: number): void;
}

export interface GuestRun {
  budget: Budget;
  stdin?: string;
  /** Takes what is written to standard output. */
  print?(text: string): void;
}

/** What a module gives to `import`, by its name: the same in every guest. */
let exportsOfModules: Record<string, string[]> | undefined;

/** A fresh guest. Once it has what it is to have before anything untrusted runs, its machine is to be sealed. */
export async function startGuest(wasm: WasmModule, memoryBytes: number): Promise<Guest> {
  const machine = await Machine.start(wasm, memoryBytes);
  const printer = machine.install('inspect.js');
  const timers = machine.install('timers.js');
  let run: GuestRun | undefined;
  const write = machine.hostFunction('print', (text) => {
    const written: unknown = JSON.parse(text);
    if (typeof written !== 'string' || !run?.budget.write(written)) return 'full';
    run.print?.(written);
    return undefined;
  });
  const exit = machine.hostFunction('exit', (code) => {
    if (run) run.budget.stopped ??= { outcome: code === '0' ? 'passed' : 'crash', detail: `process.exit(${code})`, exit: Number(code) };
    return undefined;
  });
  const makeAssert = machine.evaluateFile('assert.js');
  const node = machine.install('node.js', printer, makeAssert, machine.evaluateFile('streams.js'), timers, write, exit);
  exportsOfModules ??= JSON.parse(machine.ask(machine.get(node, 'exportsOfModules'))) as Record<string, string[]>;
  const known = exportsOfModules;
  machine.modules((name) => moduleSource(name, known));
  const due = machine.get(timers, 'due');
  const fire = machine.get(timers, 'fire');
  const setInput = machine.get(node, 'setInput');
  return {
    machine,
    printer,
    node,
    begin(next) {
      run = next;
      if (!machine.restore(next.budget)) return false;
      if (next.stdin !== undefined) machine.ask(setInput, JSON.stringify(next.stdin));
      return true;
    },
    due: () => machine.number(due),
    fire: (clock) => machine.callWithNumber(fire, clock),
  };
}

// What is not there fails in the guest, by its own require.
function moduleSource(name: string, known: Record<string, string[]>): string {
  const module = `globalThis.require(${JSON.stringify(name)})`;
  const names = known[name.replace(/^node:/, '')] ?? [];
  return [`const module = ${module};`, 'export default module;', ...names.map((each) => `export const ${each} = module.${each};`)].join(
    '\n',
  );
}

/**
 * Lets guests work until `done`, which is asked when no job waits. Where only timers are left, their clocks jump to the next one.
 * False where nothing is left to do and it is not done.
 */
export function runUntil(guests: readonly Guest[], done: () => boolean): boolean {
  for (;;) {
    runJobs(guests);
    if (done()) return true;
    const dues = guests.map((guest) => guest.due()).filter((due) => due >= 0);
    if (dues.length === 0) return false;
    const next = Math.min(...dues);
    for (const guest of guests) guest.fire(next);
  }
}

/** Lets guests work until no job waits. */
export function runJobs(guests: readonly Guest[]): void {
  let ran = true;
  while (ran) ran = guests.map(({ machine }) => machine.runJobs()).some(Boolean);
}

/** Guests that are made once and put back to how they were for each further run; made anew where that cannot be. */
export function keptGuests<T>(make: (wasm: WasmModule, memoryBytes: number) => Promise<T>, guestsOf: (made: T) => Guest[]) {
  let kept: { made: T; memoryBytes: number } | undefined;
  const ready = async (wasm: WasmModule, memoryBytes: number, run: GuestRun): Promise<T> => {
    if (kept?.memoryBytes === memoryBytes && guestsOf(kept.made).every((guest) => guest.begin(run))) return kept.made;
    kept = undefined;
    const made = await make(wasm, memoryBytes);
    for (const { machine } of guestsOf(made)) machine.seal();
    if (!guestsOf(made).every((guest) => guest.begin(run))) throw new Error('a fresh guest cannot begin');
    kept = { made, memoryBytes };
    return made;
  };
  return async <R>(wasm: WasmModule, memoryBytes: number, run: GuestRun, use: (made: T) => R): Promise<R> => {
    try {
      return use(await ready(wasm, memoryBytes, run));
    } finally {
      // Memory that has grown is not kept for a run that may be long in coming.
      if (kept && !guestsOf(kept.made).every(({ machine }) => machine.canRestore)) kept = undefined;
    }
  };
}
