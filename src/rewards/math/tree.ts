// The tree that an answer is parsed to: expressions, and the structures that answers have (lists, sets, intervals, matrices, relations).
import type { Fraction } from './fraction.ts';

export type Relation = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~' | 'in';

export type Node =
  /** `decimals`: how many digits were written after the point of a decimal; absent for integers. */
  | { kind: 'number'; value: Fraction; decimals?: number }
  /** 204_5: digits as written, in a base of its own. */
  | { kind: 'based'; digits: string; base: number }
  /** Letters and named constants: 'x', 'a_{3}', 'pi', 'e', 'i', 'infinity', 'AB'. */
  | { kind: 'symbol'; name: string }
  | { kind: 'add' | 'mul'; args: Node[] }
  | { kind: 'pow'; base: Node; exponent: Node }
  /** sqrt, sin, abs, a function of the problem's own such as f, ... */
  | { kind: 'call'; name: string; args: Node[] }
  /** One of two values; all of an expression's signs change together. */
  | { kind: 'plusminus'; sign: 1 | -1; arg: Node }
  /** A tuple or an interval. */
  | { kind: 'bracket'; open: '(' | '['; close: ')' | ']'; args: Node[] }
  | { kind: 'set' | 'list' | 'union' | 'intersection' | 'difference' | 'ratio'; args: Node[] }
  | { kind: 'matrix'; rows: Node[][] }
  | { kind: 'relation'; operators: Relation[]; sides: Node[] }
  /** A quantity; `unit` is normalised: '%', 'degree', '$', 'cm^2'. */
  | { kind: 'unit'; arg: Node; unit: string }
  | { kind: 'text'; text: string };

export function integer(value: bigint | number): Node {
  return { kind: 'number', value: { top: BigInt(value), bottom: 1n } };
}

export const minusOne = integer(-1);

export function negate(node: Node): Node {
  if (node.kind === 'number') return { ...node, value: { top: -node.value.top, bottom: node.value.bottom } };
  return { kind: 'mul', args: [minusOne, node] };
}

export function divide(top: Node, bottom: Node): Node {
  return { kind: 'mul', args: [top, { kind: 'pow', base: bottom, exponent: minusOne }] };
}

export function subtract(a: Node, b: Node): Node {
  return { kind: 'add', args: [a, negate(b)] };
}

/** The node's parts, for walks over the whole tree. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'number':
    case 'based':
    case 'symbol':
    case 'text':
      return [];
    case 'pow':
      return [node.base, node.exponent];
    case 'plusminus':
    case 'unit':
      return [node.arg];
    case 'matrix':
      return node.rows.flat();
    case 'relation':
      return node.sides;
    default:
      return node.args;
  }
}

/** The same node with each of its parts replaced. */
export function mapChildren(node: Node, change: (child: Node) => Node): Node {
  switch (node.kind) {
    case 'number':
    case 'based':
    case 'symbol':
    case 'text':
      return node;
    case 'pow':
      return { ...node, base: change(node.base), exponent: change(node.exponent) };
    case 'plusminus':
    case 'unit':
      return { ...node, arg: change(node.arg) };
    case 'matrix':
      return { ...node, rows: node.rows.map((row) => row.map(change)) };
    case 'relation':
      return { ...node, sides: node.sides.map(change) };
    default:
      return { ...node, args: node.args.map(change) };
  }
}

/** A text that is the same for the same structure; the order of sums, products and sets does not show in it. */
export function keyOf(node: Node): string {
  switch (node.kind) {
    case 'number':
      return node.value.bottom === 1n ? String(node.value.top) : `${node.value.top}/${node.value.bottom}`;
    case 'based':
      return `${node.digits}_${node.base}`;
    case 'symbol':
      return node.name;
    case 'text':
      return JSON.stringify(node.text);
    case 'relation':
      return `relation ${node.operators.join(' ')}(${node.sides.map(keyOf).join(';')})`;
    case 'matrix':
      return `matrix(${node.rows.map((row) => row.map(keyOf).join(',')).join(';')})`;
    case 'bracket':
      return `bracket${node.open}${node.args.map(keyOf).join(';')}${node.close}`;
    case 'unit':
      return `unit ${JSON.stringify(node.unit)}(${keyOf(node.arg)})`;
    case 'plusminus':
      return `plusminus ${node.sign}(${keyOf(node.arg)})`;
    case 'pow':
      return `pow(${keyOf(node.base)};${keyOf(node.exponent)})`;
    case 'add':
    case 'mul':
      // Products of matrices do not commute.
      return `${node.kind}(${node.args.some((arg) => arg.kind === 'matrix') ? node.args.map(keyOf) : node.args.map(keyOf).sort()})`;
    case 'set':
    case 'list':
    case 'union':
    case 'intersection':
      return `${node.kind}(${node.args.map(keyOf).sort().join(';')})`;
    case 'call':
      return `${node.name}(${node.args.map(keyOf).join(';')})`;
    default:
      return `${node.kind}(${node.args.map(keyOf).join(';')})`;
  }
}

/** Names of symbols with no value of their own. */
export function freeSymbols(node: Node, found = new Set<string>()): Set<string> {
  if (node.kind === 'symbol' && !constants.has(node.name)) found.add(node.name);
  for (const child of childrenOf(node)) freeSymbols(child, found);
  return found;
}

const constants = new Set(['pi', 'e', 'i', 'infinity']);
