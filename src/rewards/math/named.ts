// "x = 4", "f(2) = 4", "4 = x", "x = 2 + 2 = 4", "(p, q) = (3, 2)": a name and its value, as opposed to an equation such as 2x + z = 1.
import { childrenOf, freeSymbols, keyOf, type Node } from './tree.ts';

export interface Named {
  /** Undefined for a chain of numbers: 2 + 2 = 4. */
  name: string | undefined;
  value: Node;
}

/** A relation that says the value of something; undefined for equations, inequalities and all that is no relation. */
export function namedValue(node: Node): Named | undefined {
  if (node.kind !== 'relation' || node.operators.some((operator) => operator !== '=' && operator !== '~')) return undefined;
  let sides = node.sides;
  const about = node.operators.indexOf('~');
  // x = 1/3 ~ 0.33: what is exact counts; x ~ 11: there is nothing else.
  if (about > 0 || (about === 0 && !isName(sides[0]))) sides = sides.slice(0, about + 1);
  const last = sides[sides.length - 1];
  if (sides.length === 1) return { name: undefined, value: last };
  if (isName(sides[0])) return { name: keyOf(sides[0]), value: last };
  if (sides.some((side) => freeSymbols(side).size > 0))
    return sides.length === 2 && isName(last) && freeSymbols(sides[0]).size === 0 ? { name: keyOf(last), value: sides[0] } : undefined;
  return { name: undefined, value: last };
}

/** The name without a root's number: x_1 and x_2 are roots of one x. */
export function baseName(name: string): string {
  return name.replace(/_[1-9]$/, '');
}

function isName(node: Node): boolean {
  switch (node.kind) {
    case 'symbol':
      return node.name !== 'pi' && node.name !== 'infinity';
    case 'call':
      return node.name.startsWith('function ') || (node.name === 'abs' && isName(node.args[0]));
    case 'mul':
      // AB = 5, but not 2x = 5 nor xy = 5: segments have capital names.
      return node.args.every((arg) => arg.kind === 'symbol' && /^[A-Z]/.test(arg.name));
    case 'ratio':
    case 'bracket':
      return childrenOf(node).every(isName);
    default:
      return false;
  }
}
