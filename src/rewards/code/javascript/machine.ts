// One QuickJS of its own WebAssembly instance and memory: nothing is shared with another. All of its state is in that memory, which can be
// put back, byte for byte, to what it was before anything untrusted ran. The guest gets functions of the host that take and return text,
// no object of the host's; the host reads no object of the guest's.

import { readFileSync } from 'node:fs';
import release from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';
import type { Budget } from './budget.ts';
import { Memory, type WasmMemory, type WasmModule } from './webAssembly.ts';

const pageBytes = 65536;
/** What the interpreter was built to start with, and the most that it can address. */
const initialPages = 256;
const maximumPages = 32768;
/** Some 10,000 frames, as in Node. Their twins on the thread's own stack take about three times as much, for which runner.ts makes room. */
const stackBytes = 2 * 1024 * 1024;

/** What a program threw, in words: the message is `name: message`. */
export class GuestError extends Error {
  override name = 'GuestError';
  constructor(
    readonly errorName: string,
    message: string,
  ) {
    super(errorName === '' ? message : `${errorName}: ${message}`);
  }
}

export class Machine {
  readonly #context: QuickJSContext;
  readonly #runtime: QuickJSRuntime;
  readonly #memory: WasmMemory;
  readonly #maximumBytes: number;
  #describe: QuickJSHandle | undefined;
  #budget: Budget | undefined;
  #sealed: Uint8Array | undefined;
  #isBroken = false;

  private constructor(context: QuickJSContext, memory: WasmMemory, maximumBytes: number) {
    this.#context = context;
    this.#runtime = context.runtime;
    this.#memory = memory;
    this.#maximumBytes = maximumBytes;
  }

  /** A fresh instance with at most so many bytes of memory. */
  static async start(wasm: WasmModule, memoryBytes: number): Promise<Machine> {
    const maximum = Math.min(maximumPages, Math.max(initialPages, Math.floor(memoryBytes / pageBytes)));
    const memory = new Memory({ initial: initialPages, maximum });
    const silent: object = { print: () => undefined, printErr: () => undefined };
    // The package describes its default export as its CommonJS twin has it.
    const variant = newVariant(release as unknown as QuickJSSyncVariant, {
      wasmModule: wasm,
      wasmMemory: memory,
      emscriptenModule: silent,
    });
    const quickjs = await newQuickJSWASMModuleFromVariant(variant);
    const runtime = quickjs.newRuntime();
    runtime.setMaxStackSize(stackBytes);
    const machine = new Machine(runtime.newContext(), memory, maximum * pageBytes);
    runtime.setInterruptHandler(() => machine.#budget?.spent() ?? false);
    machine.#describe = machine.evaluate(describeSource, 'describe.js');
    return machine;
  }

  /** Remembers the memory as it is, for `restore`. */
  seal(): void {
    const bytes = new Uint8Array(this.#memory.buffer);
    this.#sealed = bytes.slice(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
  }

  /** Not where the memory has grown, or the interpreter was left in the midst of something. */
  get canRestore(): boolean {
    return this.#sealed !== undefined && !this.#isBroken && this.#memory.buffer.byteLength === initialPages * pageBytes;
  }

  /** Puts the memory back to what it was at `seal`, for a run with this budget. False where that cannot be. */
  restore(budget: Budget): boolean {
    if (this.#sealed === undefined || !this.canRestore) return false;
    const bytes = new Uint8Array(this.#memory.buffer);
    bytes.set(this.#sealed);
    bytes.fill(0, this.#sealed.length);
    this.#budget = budget;
    return true;
  }

  /** Of the run at hand; undefined before the first. */
  get budget(): Budget | undefined {
    return this.#budget;
  }

  /** The memory is (nearly) at its maximum. */
  get isFull(): boolean {
    return this.#memory.buffer.byteLength > this.#maximumBytes * 0.9;
  }

  /** A function for the guest: texts in, a text (or nothing) out. What it throws is thrown in the guest, by its message alone. */
  hostFunction(name: string, run: (...texts: string[]) => string | undefined): QuickJSHandle {
    const context = this.#context;
    return context.newFunction(name, (...handles) => {
      const result = run(...handles.map((handle) => (context.typeof(handle) === 'string' ? context.getString(handle) : '')));
      return result === undefined ? undefined : context.newString(result);
    });
  }

  string(text: string): QuickJSHandle {
    return this.#context.newString(text);
  }

  /** Whether a text can be parsed as a script. Throws a GuestError where it cannot. */
  parse(source: string, file: string): void {
    this.#take(() => this.#context.evalCode(source, file, { type: 'global', compileOnly: true })).dispose();
  }

  /** Runs a script and gives its value. Throws a GuestError. */
  evaluate(source: string, file: string): QuickJSHandle {
    return this.#take(() => this.#context.evalCode(source, file, { type: 'global' }));
  }

  /** The function that a file of guest/ is, in strict mode: no caller of it is handed a way in. */
  evaluateFile(file: string): QuickJSHandle {
    return this.evaluate(`'use strict';${guestSource(file)}`, file);
  }

  /** Calls the function that a file of guest/ is. */
  install(file: string, ...args: QuickJSHandle[]): QuickJSHandle {
    return this.call(this.evaluateFile(file), ...args);
  }

  call(run: QuickJSHandle, ...args: QuickJSHandle[]): QuickJSHandle {
    return this.#take(() => this.#context.callFunction(run, this.#context.undefined, ...args));
  }

  get(object: QuickJSHandle, name: string): QuickJSHandle {
    return this.#context.getProp(object, name);
  }

  /** Calls with texts, for a text. */
  ask(run: QuickJSHandle, ...texts: string[]): string {
    const handles = texts.map((text) => this.#context.newString(text));
    const result = this.call(run, ...handles);
    const text = this.#context.typeof(result) === 'undefined' ? '' : this.#context.getString(result);
    for (const handle of [...handles, result]) handle.dispose();
    return text;
  }

  /** Calls for a number or a boolean. */
  number(run: QuickJSHandle): number {
    return this.call(run).consume((handle) => Number(this.#context.dump(handle)));
  }

  callWithNumber(run: QuickJSHandle, value: number): void {
    this.call(run, this.#context.newNumber(value)).dispose();
  }

  /** The error that a promise was rejected with, if it was. */
  rejection(promise: QuickJSHandle): GuestError | undefined {
    const state = this.#context.getPromiseState(promise);
    return state.type === 'rejected' ? this.#errorOf(state.error) : undefined;
  }

  /** Imports go through the host, which gives source text or refuses by what it throws. */
  modules(source: (name: string) => string): void {
    this.#runtime.setModuleLoader(source, (_, name) => name);
  }

  /** Runs the jobs that wait (what follows promises); true where there were any. Throws a GuestError where one was stopped. */
  runJobs(): boolean {
    let ran = false;
    while (this.#runtime.hasPendingJob()) {
      if (this.#budget?.spent()) throw stopped();
      ran = true;
      this.#take(() => this.#runtime.executePendingJobs(1000));
    }
    return ran;
  }

  /** The value of what is asked of the interpreter. Anything that it does not catch itself passed through its frames, and they are lost. */
  #take<T>(ask: () => { value: T; error?: undefined } | { error: QuickJSHandle }): T {
    let result: ReturnType<typeof ask>;
    try {
      result = ask();
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
    if (result.error) throw this.#errorOf(result.error);
    return result.value;
  }

  #errorOf(error: QuickJSHandle): GuestError {
    if (this.#budget?.stopped) return stopped();
    try {
      const described = this.#describe && this.#context.callFunction(this.#describe, this.#context.undefined, error);
      if (described && !described.error) {
        const [name, message] = JSON.parse(this.#context.getString(described.value)) as [string, string];
        return new GuestError(name, message);
      }
    } catch {
      // What cannot be shown is said so.
    }
    return this.#budget?.stopped ? stopped() : new GuestError('Error', 'an error that cannot be shown');
  }
}

const stopped = (): GuestError => new GuestError('Stopped', 'the run was stopped');

// Taken before any other code of the guest's: name and message of an error, read once.
const describeSource = `(() => {
  const { stringify } = JSON;
  const { getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
  const TextOf = String;
  const read = (error, key) => {
    for (let at = error; at !== null; at = getPrototypeOf(at)) {
      const own = getOwnPropertyDescriptor(at, key);
      if (own !== undefined) return typeof own.value === 'string' ? own.value : '';
    }
    return '';
  };
  return (error) => {
    try {
      if (typeof error !== 'object' || error === null) return stringify(['', typeof error === 'symbol' ? 'a symbol' : TextOf(error)]);
      return stringify([read(error, 'name'), read(error, 'message')]);
    } catch {
      return '["","something that cannot be shown"]';
    }
  };
})()`;

const sources = new Map<string, string>();

function guestSource(file: string): string {
  let source = sources.get(file);
  if (source === undefined) {
    source = readFileSync(new URL(`./guest/${file}`, import.meta.url), 'utf8');
    sources.set(file, source);
  }
  return source;
}
