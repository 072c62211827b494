// Brings a tree into the form that answers are compared in: matrices computed, units outermost, plus-minus written out.
import { exactValue } from './exact.ts';
import { childrenOf, mapChildren, type Node, negate } from './tree.ts';
import type { Work } from './work.ts';

const mostEntries = 400;
/** Parts of an entry of a product; products of products of symbols would grow without end. */
const largestEntry = 200;

/** @throws NoValue when the budget is spent. */
export function simplify(node: Node, work: Work): Node {
  work.spend();
  const simple = mapChildren(node, (child) => simplify(child, work));
  if (simple.kind !== 'add' && simple.kind !== 'mul') return simple;
  if (simple.args.some((arg) => arg.kind === 'matrix')) return matrixOf(simple, work);
  return withUnitOutside(simple);
}

/** The two answers that an expression with plus-minus signs stands for; itself where it has none. */
export function withoutPlusMinus(node: Node): Node[] {
  return hasPlusMinus(node) ? [signed(node, 1), signed(node, -1)] : [node];
}

function hasPlusMinus(node: Node): boolean {
  return node.kind === 'plusminus' || childrenOf(node).some(hasPlusMinus);
}

function signed(node: Node, sign: 1 | -1): Node {
  if (node.kind !== 'plusminus') return mapChildren(node, (child) => signed(child, sign));
  const arg = signed(node.arg, sign);
  return node.sign * sign === 1 ? arg : negate(arg);
}

/** -5\% is -(5\%): a product with one quantity is a quantity; a sum of quantities of one unit too. */
function withUnitOutside(node: Node & { kind: 'add' | 'mul' }): Node {
  const units = node.args.flatMap((arg) => (arg.kind === 'unit' ? [arg.unit] : []));
  const all = node.kind === 'mul' ? units.length === 1 : units.length === node.args.length && new Set(units).size === 1;
  if (!all) return node;
  return { kind: 'unit', unit: units[0], arg: { ...node, args: node.args.map((arg) => (arg.kind === 'unit' ? arg.arg : arg)) } };
}

/** Sums and products of matrices of fitting shapes, and a matrix times numbers; others stay as they are. */
function matrixOf(node: Node & { kind: 'add' | 'mul' }, work: Work): Node {
  let result: Node | undefined;
  for (const arg of node.args) {
    result = result === undefined ? arg : node.kind === 'add' ? sumOf(result, arg, work) : productOf(result, arg, work);
    if (result === undefined) return node;
  }
  return result ?? node;
}

function sumOf(a: Node, b: Node, work: Work): Node | undefined {
  if (a.kind !== 'matrix' || b.kind !== 'matrix' || a.rows.length !== b.rows.length || a.rows[0].length !== b.rows[0].length)
    return undefined;
  work.spend(a.rows.length * a.rows[0].length);
  return { kind: 'matrix', rows: a.rows.map((row, i) => row.map((entry, j) => ({ kind: 'add', args: [entry, b.rows[i][j]] }))) };
}

function productOf(a: Node, b: Node, work: Work): Node | undefined {
  if (a.kind !== 'matrix' && b.kind !== 'matrix') return { kind: 'mul', args: [a, b] };
  if (a.kind !== 'matrix') return scaled(b, a);
  if (b.kind !== 'matrix') return scaled(a, b);
  const inner = b.rows.length;
  const columns = b.rows[0].length;
  if (a.rows[0].length !== inner || a.rows.length * inner * columns > mostEntries) return undefined;
  work.spend(a.rows.length * inner * columns);
  const rows = a.rows.map((row) =>
    Array.from({ length: columns }, (_, j) => {
      const sum: Node = { kind: 'add', args: row.map((entry, k): Node => ({ kind: 'mul', args: [entry, b.rows[k][j]] })) };
      const value = exactValue(sum, work);
      return value ? ({ kind: 'number', value } as const) : sum;
    }),
  );
  return rows.flat().every((entry) => sizeOf(entry) <= largestEntry) ? { kind: 'matrix', rows } : undefined;
}

function sizeOf(node: Node): number {
  return childrenOf(node).reduce((size, child) => size + sizeOf(child), 1);
}

function scaled(matrix: Node, factor: Node): Node {
  return mapChildren(matrix, (entry) => ({ kind: 'mul', args: [factor, entry] }));
}

/** 1 x n and n x 1 matrices as their entries; undefined for others. */
export function entriesOfVector(matrix: Node & { kind: 'matrix' }): Node[] | undefined {
  if (matrix.rows.length === 1) return matrix.rows[0];
  return matrix.rows[0].length === 1 ? matrix.rows.map((row) => row[0]) : undefined;
}
