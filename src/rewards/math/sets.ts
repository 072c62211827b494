// Sets of numbers in one form: a union of intervals and points. Inequalities in one unknown are such sets too.
import { freeSymbols, type Node, negate, type Relation } from './tree.ts';

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
