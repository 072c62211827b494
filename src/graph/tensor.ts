// Symbolic tensors: a graph is built by calling operators on them, nothing is computed here. Every tensor knows its shape,
// whose dimensions are numbers or symbols ('N', 'B*T') that are bound when the graph is run.

import { InputError } from '../platform/errors.ts';

/** A size, or a symbol bound at run time. Products of symbols are written 'B*T'. */
export type Dim = number | string;
export type Shape = readonly Dim[];
export type DType = 'float32' | 'int32' | 'int64' | 'bool';
export type Attributes = Readonly<Record<string, number | string | boolean | readonly number[] | Shape | undefined>>;

/** An operator's name and gradient rule. How it becomes ONNX nodes is the lowering's business (graph/lowering). */
export interface Operator {
  readonly name: string;
  /**
   * Gradients with respect to each input, given those of the outputs (undefined where none flows in).
   * An operator without a rule stops differentiation with an error, unless no gradient reaches it.
   */
  readonly gradient?: (node: Node, outputGradients: readonly (Tensor | undefined)[]) => readonly (Tensor | undefined)[];
}

export interface Node {
  readonly id: number;
  readonly op: Operator;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly outputs: readonly Tensor[];
  /** Where in the model it was built: 'model.layers.3.self_attn'. */
  readonly scope: string;
}

export class Tensor {
  constructor(
    readonly node: Node,
    readonly index: number,
    readonly shape: Shape,
    readonly dtype: DType,
  ) {}

  get rank(): number {
    return this.shape.length;
  }

  toString(): string {
    return `${this.dtype}${formatShape(this.shape)}`;
  }
}

/** A shape or type that does not fit, or a rule that is missing: names the operator, the shapes and the place in the model. */
export class GraphError extends InputError {
  override name = 'GraphError';
}

const scopes: string[] = [];
let nextId = 0;

/** Build `body`'s operators under a name that error messages show. */
export function scope<T>(name: string, body: () => T): T {
  scopes.push(name);
  try {
    return body();
  } finally {
    scopes.pop();
  }
}

/** The error for operator `op`: which operator, what is wrong, the inputs' shapes, and where. */
export function graphError(op: string, problem: string, inputs: readonly Tensor[], where = scopes.join('.')): GraphError {
  const shapes = inputs.length > 0 ? ` (inputs ${inputs.map(String).join(', ')})` : '';
  return new GraphError(`operator ${op}${where ? ` in ${where}` : ''}: ${problem}${shapes}`);
}

/** Make a node and return its outputs. */
export function applyAll(
  op: Operator,
  inputs: readonly Tensor[],
  attributes: Attributes,
  outputs: readonly { shape: Shape; dtype: DType }[],
): Tensor[] {
  const tensors: Tensor[] = [];
  const node: Node = { id: nextId++, op, inputs, attributes, outputs: tensors, scope: scopes.join('.') };
  for (const [index, { shape, dtype }] of outputs.entries()) tensors.push(new Tensor(node, index, shape, dtype));
  return tensors;
}

/** Make a node with one output. */
export function apply(op: Operator, inputs: readonly Tensor[], attributes: Attributes, shape: Shape, dtype: DType = 'float32'): Tensor {
  return applyAll(op, inputs, attributes, [{ shape, dtype }])[0];
}

export const inputOp: Operator = { name: 'input' };
export const constantOp: Operator = { name: 'constant' };

/** A value fed at run time under `name`. */
export function input(name: string, shape: Shape, dtype: DType = 'float32'): Tensor {
  return apply(inputOp, [], { name }, shape, dtype);
}

/** A scalar or small array known when the graph is built. */
export function constant(
  values: number | readonly number[],
  shape: Shape = typeof values === 'number' ? [] : [values.length],
  dtype: DType = 'float32',
): Tensor {
  return apply(constantOp, [], { values: typeof values === 'number' ? [values] : values }, shape, dtype);
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** The product of dimensions, symbols sorted so that equal products are equal strings. */
export function dimProduct(dims: Shape): Dim {
  let size = 1;
  const symbols: string[] = [];
  for (const dim of dims) {
    if (typeof dim === 'number') size *= dim;
    else
      for (const part of dim.split('*')) {
        if (/^\d+$/.test(part)) size *= Number(part);
        else symbols.push(part);
      }
  }
  if (symbols.length === 0 || size === 0) return size;
  symbols.sort();
  return size === 1 ? symbols.join('*') : `${size}*${symbols.join('*')}`;
}

/** NumPy's broadcasting of two shapes; undefined where they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const out: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - (rank - a.length)] ?? 1;
    const y = b[axis - (rank - b.length)] ?? 1;
    if (x === y || y === 1) out.push(x);
    else if (x === 1) out.push(y);
    else return undefined;
  }
  return out;
}

/** Negative axes count from the end. */
export function normalizeAxis(op: string, axis: number, of: Tensor): number {
  const at = axis < 0 ? axis + of.rank : axis;
  if (at < 0 || at >= of.rank) throw graphError(op, `axis ${axis} is outside rank ${of.rank}`, [of]);
  return at;
}
