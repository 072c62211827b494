// What running a graph takes of memory, found from the graph alone, before anything is compiled or loaded: each tensor lives from the node
// that makes it to the last one that reads it, in ONNX Runtime's order and its arena. Inputs are read where they lie and take nothing.

import { type Allocation, Arena } from './arena.ts';
import { executionOrder, outputsInUse, withoutRepeats } from './executionOrder.ts';
import type { DType, Node, Shape, Tensor } from './tensor.ts';

/** Sizes of the symbols in the graph's shapes: { B: 4, T: 128, ... }. */
export type Sizes = Readonly<Record<string, number>>;

/** Bytes. */
export interface RunMemory {
  /** What the arena comes to; a session keeps it for its next run. */
  arena: number;
  /** Zeros in the shape of a weight, which the optimiser of the graph makes when it is compiled, and keeps. */
  constants: number;
  /** The results, which are copied out of the arena. */
  outputs: number;
  nodes: number;
}

const width: Record<DType, number> = { float32: 4, int32: 4, int64: 8, bool: 1 };

/** The same memory under another shape. */
const views = new Set(['reshape', 'reshapeLike', 'stopGradient']);
/** Written over an input that nothing else reads, where the shapes are known to be equal: only those without symbols are. */
const inPlace = new Set(['add', 'sub', 'mul', 'div', 'neg', 'exp', 'log', 'sigmoid', 'softplus', 'addAtTargets']);

/**
 * The memory of a session's runs, one after another, each with symbols of these sizes.
 * @throws Error where a symbol has no size
 */
export function runMemory(results: Readonly<Record<string, Tensor>>, runs: readonly Sizes[]): RunMemory {
  const outputs = withoutRepeats(results);
  const order = executionOrder(outputs);
  const arena = new Arena();
  const sizes = runs.map((run) => replay(outputs, order, run, arena));
  const constants = order.filter(isConstantScatter).reduce((sum, { outputs: [made] }) => sum + bytesOf(made, {}), 0);
  return { arena: arena.resident, constants, outputs: Math.max(0, ...sizes), nodes: order.length };
}

/** Runs the graph in the arena, which is left as it was; returns the bytes of the outputs. */
function replay(outputs: Readonly<Record<string, Tensor>>, order: readonly Node[], sizes: Sizes, arena: Arena): number {
  const bytes = (x: Tensor): number => bytesOf(x, sizes);
  const take = (x: Tensor): Allocation => arena.allocate(bytes(x));
  const viewed = new Map<Tensor, Tensor>();
  const sourceOf = (x: Tensor): Tensor => viewed.get(x) ?? x;
  const lastUse = new Map<Tensor, number>();
  for (const [at, { op, inputs, outputs: made }] of order.entries()) {
    if (views.has(op.name)) viewed.set(made[0], sourceOf(inputs[0]));
    for (const x of [...inputs, ...made]) lastUse.set(sourceOf(x), at);
  }
  const inUse = outputsInUse(outputs);
  for (const output of Object.values(outputs)) if (!inUse.has(output)) lastUse.set(sourceOf(output), Number.POSITIVE_INFINITY);

  const held = new Map<Tensor, Allocation>();
  const copies: Allocation[] = [];
  for (const [at, node] of order.entries()) {
    const { op, inputs, outputs: made } = node;
    if (op.name === 'input' || op.name === 'constant') continue;
    const ending = (x: Tensor): boolean => lastUse.get(x) === at && held.has(x);
    const scratch: Allocation[] = [];
    if (op.name === 'scatterAddRows') {
      // Zeros to add to, and the ids once for each column; of rows that are distinct no ids.
      if (!isConstantScatter(node)) scratch.push(take(made[0]));
      if (!node.attributes.distinct) scratch.push(take(inputs[1]));
    } else if (op.name === 'attention') {
      // Scores, then scores under the mask, then the probabilities.
      const scores = take(made[1]);
      scratch.push(take(made[1]));
      arena.free(scores);
    }
    for (const output of views.has(op.name) ? [] : made) {
      const mayReplace = inPlace.has(op.name) && !hasSymbol(output.shape);
      const replaced = mayReplace ? inputs.map(sourceOf).find((x) => ending(x) && bytes(x) === bytes(output)) : undefined;
      held.set(output, replaced === undefined ? take(output) : (held.get(replaced) as Allocation));
      if (replaced) held.delete(replaced);
    }
    for (const piece of scratch) arena.free(piece);
    const release = (x: Tensor): void => {
      if (!ending(x)) return;
      arena.free(held.get(x) as Allocation);
      held.delete(x);
    };
    for (const x of inputs) release(sourceOf(x));
    for (const output of made) if (inUse.has(output)) copies.push(take(output));
    for (const x of made) release(sourceOf(x));
  }
  for (const piece of [...held.values(), ...copies]) arena.free(piece);
  return Object.values(outputs).reduce((sum, output) => sum + bytes(output), 0);
}

/** Adds rows to zeros in the shape of a weight: the zeros are a constant. */
function isConstantScatter({ op, outputs: [made] }: Node): boolean {
  return op.name === 'scatterAddRows' && !hasSymbol(made.shape);
}

function bytesOf({ shape, dtype }: Tensor, sizes: Sizes): number {
  return width[dtype] * product(shape, sizes);
}

function hasSymbol(shape: Shape): boolean {
  return shape.some((dim) => typeof dim === 'string');
}

/** 'B*T' and '8*T' are products. */
function product(shape: Shape, sizes: Sizes): number {
  let total = 1;
  for (const dim of shape)
    for (const part of String(dim).split('*')) {
      const size = /^\d+$/.test(part) ? Number(part) : sizes[part];
      if (size === undefined) throw new Error(`the symbol ${part} of [${shape.join(', ')}] has no size`);
      total *= size;
    }
  return total;
}
