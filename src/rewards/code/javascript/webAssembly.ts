// What is used here of WebAssembly, which TypeScript declares only beside a browser's whole document.

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** Compiled code, which threads can be handed. */
export type WasmModule = object & { readonly __wasm?: never };

interface Namespace {
  Memory: new (pages: { initial: number; maximum: number }) => WasmMemory;
  compile(bytes: Uint8Array): Promise<WasmModule>;
}

export const { Memory, compile } = (globalThis as unknown as { WebAssembly: Namespace }).WebAssembly;
