// Sets of numbers in one form: a union of intervals and points. Inequalities in one unknown are such sets too.
import { freeSymbols, keyOf, type Node, negate, type Relation } from './tree.ts';

export type Part = { kind: 'interval'; open: '(' | '['; close: ')' | ']'; from: Node; to: Node } | { kind: 'point'; at: Node };

const infinity: Node = { kind: 'symbol', name: 'infinity' };
const allNumbers: Part = { kind: 'interval', open: '(', close: ')', from: negate(infinity), to: infinity };

/** The parts of a set, or undefined for what is none. */
export function partsOf(node: Node): Part[] | undefined {
  switch (node.kind) {
    case 'bracket':
      return node.args.length === 2
        ? [{ kind: 'interval', open: node.open, close: node.close, from: node.args[0], to: node.args[1] }]
        : undefined;
    case 'set':
      return node.args.map((at) => ({ kind: 'point', at }));
    case 'symbol':
      return node.name === 'set R' ? [allNumbers] : undefined;
    case 'list': {
      // "x < 2 or x > 3"
      const unknowns = new Set(node.args.flatMap((arg) => [...freeSymbols(arg)]));
      const parts = node.args.map((arg) => (arg.kind === 'relation' && arg.operators[0] !== 'in' ? partsOf(arg) : undefined));
      return unknowns.size === 1 && parts.every((part) => part !== undefined) ? parts.flat() : undefined;
    }
    case 'union': {
      const parts = node.args.map(partsOf);
      return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
    }
    case 'difference': {
      const [all, without] = node.args;
      if (all.kind !== 'symbol' || all.name !== 'set R' || without.kind !== 'set' || without.args.length !== 1) return undefined;
      return allBut(without.args[0]);
    }
    case 'relation':
      return partsOfRelation(node.operators, node.sides);
    default:
      return undefined;
  }
}

type Compare = (a: Node, b: Node) => -1 | 0 | 1 | undefined;
type Interval = Part & { kind: 'interval' };
const mostToJoin = 12;

/** The same set with parts that touch or overlap made one: [0,1] and [1,2] are [0,2]. Where ends cannot be compared the parts stay. */
export function joined(parts: readonly Part[], compare: Compare): Part[] {
  if (parts.length > mostToJoin) return [...parts];
  const intervals = parts.map((part): Interval => (part.kind === 'interval' ? part : { ...closed, from: part.at, to: part.at }));
  const order = (a: Node, b: Node) => compareEnds(a, b, compare);
  if (intervals.some(({ from, to, open, close }) => (order(from, to) ?? 1) >= (open === '[' && close === ']' ? 1 : 0))) return [...parts];
  for (let i = 0; i < intervals.length; i++)
    for (let j = 0; j < intervals.length; j++) {
      const one = i === j ? undefined : joinedPair(intervals[i], intervals[j], order);
      if (one === undefined) continue;
      intervals[i] = one;
      intervals.splice(j, 1);
      // What the longer one touches may stand anywhere.
      i = -1;
      break;
    }
  return intervals.map((each) => (order(each.from, each.to) === 0 ? { kind: 'point', at: each.from } : each));
}

const closed = { kind: 'interval', open: '[', close: ']' } as const;

/** One interval for two, of which `a` begins first or at the same place; undefined where there is a gap. */
function joinedPair(a: Interval, b: Interval, order: Compare): Interval | undefined {
  const [begins, meets, ends] = [order(a.from, b.from), order(b.from, a.to), order(a.to, b.to)];
  if (begins === undefined || meets === undefined || ends === undefined || begins > 0) return undefined;
  if (meets > 0 || (meets === 0 && a.close === ')' && b.open === '(')) return undefined;
  const open = a.open === '[' || (begins === 0 && b.open === '[') ? '[' : '(';
  const close = ends < 0 ? b.close : ends > 0 ? a.close : a.close === ']' ? ']' : b.close;
  return { kind: 'interval', open, from: a.from, to: ends < 0 ? b.to : a.to, close };
}

function compareEnds(a: Node, b: Node, compare: Compare): -1 | 0 | 1 | undefined {
  const [x, y] = [infiniteSign(a), infiniteSign(b)];
  return x === 0 && y === 0 ? compare(a, b) : x < y ? -1 : x > y ? 1 : 0;
}

/** -1 or 1 for minus or plus infinity, else 0. */
function infiniteSign(node: Node): -1 | 0 | 1 {
  const key = keyOf(node);
  return key === keyOf(infinity) ? 1 : key === keyOf(negate(infinity)) ? -1 : 0;
}

function partsOfRelation(operators: Relation[], sides: Node[]): Part[] | undefined {
  const [first, middle] = sides;
  if (operators.length === 1 && operators[0] === 'in') return first.kind === 'symbol' ? partsOf(middle) : undefined;
  if (operators.length === 1 && operators[0] === '!=') return first.kind === 'symbol' && isConstant(middle) ? allBut(middle) : undefined;
  const up = operators.every((operator) => operator === '<' || operator === '<=');
  const down = operators.every((operator) => operator === '>' || operator === '>=');
  if (!up && !down) return undefined;
  const [low, strictness] = up ? [sides, operators] : [sides.toReversed(), operators.toReversed()];
  const strict = strictness.map((operator) => operator === '<' || operator === '>');
  if (low.length === 3 && low[1].kind === 'symbol' && isConstant(low[0]) && isConstant(low[2]))
    return [{ kind: 'interval', open: strict[0] ? '(' : '[', from: low[0], to: low[2], close: strict[1] ? ')' : ']' }];
  if (low.length !== 2) return undefined;
  if (low[0].kind === 'symbol' && isConstant(low[1]))
    return [{ kind: 'interval', open: '(', from: negate(infinity), to: low[1], close: strict[0] ? ')' : ']' }];
  if (low[1].kind === 'symbol' && isConstant(low[0]))
    return [{ kind: 'interval', open: strict[0] ? '(' : '[', from: low[0], to: infinity, close: ')' }];
  return undefined;
}

function allBut(at: Node): Part[] {
  return [
    { kind: 'interval', open: '(', close: ')', from: negate(infinity), to: at },
    { kind: 'interval', open: '(', close: ')', from: at, to: infinity },
  ];
}

function isConstant(node: Node): boolean {
  return freeSymbols(node).size === 0;
}
