// A lowering says how each operator becomes ONNX nodes for one device. Models and gradient rules never see it.

import type { Node, Tensor } from '../tensor.ts';

export type OnnxAttribute = number | string | readonly number[] | { float: number };

/** What a lowering writes with. */
export interface Emitter {
  /** Adds an ONNX node; returns the names of its outputs. `outputs` is how many it has. */
  emit(
    opType: string,
    inputs: readonly string[],
    attributes?: Record<string, OnnxAttribute>,
    options?: { domain?: string; outputs?: number },
  ): string[];
  /** A constant's name; equal ones are shared. */
  ints(values: readonly number[]): string;
  floats(values: readonly number[], dims: readonly number[]): string;
  int32s(values: readonly number[], dims: readonly number[]): string;
  nameOf(tensor: Tensor): string;
}

/** Emits the nodes of one operator and returns the names of its outputs. */
export type Lower = (node: Node, inputs: readonly string[], emitter: Emitter) => string[];
export type Lowering = Readonly<Record<string, Lower>>;
