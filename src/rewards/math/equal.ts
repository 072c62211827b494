// Whether two answers are the same, by their structure: all values asked for and no others, tuples in order, sets in any.
import { exactValue } from './exact.ts';
import { equalFractions, type Fraction } from './fraction.ts';
import { baseName, namedValue } from './named.ts';
import { inRadians } from './numeric.ts';
import { joined, type Part, partsOf } from './sets.ts';
import { entriesOfVector, simplify, withoutPlusMinus } from './simplify.ts';
import { freeSymbols, keyOf, type Node, subtract } from './tree.ts';
import { compatibleUnits } from './units.ts';
import { compareValues, constantRatio, equalValues } from './values.ts';
import type { Work } from './work.ts';

const mostItems = 100;

/**
 * Whether the response's answer is the gold one. docs/rewards.md lists what counts as equal.
 * @param precision as in equalValues.
 * @throws NoValue when the budget is spent.
 */
export function equalAnswers(gold: Node, answer: Node, work: Work, precision?: number): boolean {
  const same = (a: Node, b: Node): boolean => {
    work.spend(4);
    if (keyOf(a) === keyOf(b)) return true;
    if (isMany(a) || isMany(b)) return sameItems(a, b);
    if (a.kind === 'relation' || b.kind === 'relation') return sameRelations(a, b);
    if (a.kind === 'unit' || b.kind === 'unit') return sameQuantities(a, b);
    if (a.kind === 'union' || b.kind === 'union' || a.kind === 'difference' || b.kind === 'difference') return sameSets(a, b);
    if (a.kind === 'bracket' || b.kind === 'bracket') return sameBrackets(a, b);
    if (a.kind === 'matrix' || b.kind === 'matrix') return sameMatrices(a, b);
    if (a.kind === 'ratio' || b.kind === 'ratio') return sameRatios(a, b);
    return equalValues(a, b, work, precision);
  };

  const sameInOrder = (a: readonly Node[], b: readonly Node[]): boolean => a.length === b.length && a.every((item, i) => same(item, b[i]));

  const sameInAnyOrder = (a: readonly Node[], b: readonly Node[]): boolean => pairedOff(a, b, same);

  /** Lists and sets; what is one value counts as a list of one. */
  const sameItems = (a: Node, b: Node): boolean => {
    // (x, y) = (1, 2)
    const [wholeA, wholeB] = [unnamed(a), unnamed(b)];
    if (wholeA !== a && wholeA.kind === 'bracket') return same(wholeA, b);
    if (wholeB !== b && wholeB.kind === 'bracket') return same(a, wholeB);
    // x in {1, 2}
    const [membersA, membersB] = [memberSet(a), memberSet(b)];
    if (membersA || membersB) return same(membersA ?? a, membersB ?? b);
    // (1, 3) may be written without its brackets, but not in another order.
    for (const [x, y] of [
      [a, b],
      [b, a],
    ])
      if (x.kind === 'bracket' && y.kind === 'list' && !isSet(y))
        return (isTuple(x) || isList(x)) && sameInOrder(x.args, inOrderOfNames(y.args).map(unnamed));
    if ((isSet(a) && isSetOfNumbers(b)) || (isSet(b) && isSetOfNumbers(a))) return sameSets(a, b);
    const [itemsA, itemsB] = [itemsOf(a), itemsOf(b)];
    if (a.kind === 'set' || b.kind === 'set') return sameInAnyOrder(distinct(itemsA.map(unnamed)), distinct(itemsB.map(unnamed)));
    // One value in several forms: 3/2 or 1.5.
    if (itemsA.length === 1 && itemsB.length > 1) return itemsB.every((item) => same(a, unnamed(item)));
    const [namesA, namesB] = [distinctNames(itemsA), distinctNames(itemsB)];
    if (namesA && namesB) return sameByName(itemsA, itemsB);
    if (namesA || namesB) return sameInOrder(inOrderOfNames(itemsA).map(unnamed), inOrderOfNames(itemsB).map(unnamed));
    return sameInAnyOrder(withoutRepeatedTuples(itemsA.map(unnamed)), withoutRepeatedTuples(itemsB.map(unnamed)));
  };

  const sameByName = (a: Node[], b: Node[]): boolean =>
    a.length === b.length && a.every((item) => b.some((other) => nameOf(item) === nameOf(other) && same(unnamed(item), unnamed(other))));

  const sameRelations = (a: Node, b: Node): boolean => {
    const [membersA, membersB] = [memberSet(a), memberSet(b)];
    if (membersA || membersB) return same(membersA ?? a, membersB ?? b);
    const [namedA, namedB] = [namedValue(a), namedValue(b)];
    if (a.kind === 'relation' && b.kind === 'relation') {
      if (namedA && namedB && mayBeNamed(namedA.name, namedB.name)) return same(namedA.value, namedB.value);
      return sameEquations(a, b) || sameSets(a, b);
    }
    if (namedA && b.kind !== 'relation') return same(namedA.value, b);
    if (namedB && a.kind !== 'relation') return same(a, namedB.value);
    return sameSets(a, b);
  };

  /** Two sides each: equations up to a factor that is not 0, inequalities up to one above 0. More sides: one by one. */
  const sameEquations = (a: Node & { kind: 'relation' }, b: Node & { kind: 'relation' }): boolean => {
    const [x, y] = [upwards(a), upwards(b)];
    if (x.operators.join() !== y.operators.join()) return false;
    if (x.operators.length > 1 || x.operators[0] === 'in') return sameInOrder(x.sides, y.sides);
    if (freeSymbols(x).size === 0) return false;
    const ratio = constantRatio(subtract(x.sides[0], x.sides[1]), subtract(y.sides[0], y.sides[1]), work);
    return ratio === 1 || (ratio === -1 && (x.operators[0] === '=' || x.operators[0] === '!='));
  };

  const sameSets = (a: Node, b: Node): boolean => {
    const [partsA, partsB] = [partsOf(a), partsOf(b)];
    if (partsA === undefined || partsB === undefined) return false;
    if (pairedOff(partsA, partsB, samePart)) return true;
    const compare = (x: Node, y: Node) => compareValues(x, y, work);
    return partsA.length + partsB.length > 2 && pairedOff(joined(partsA, compare), joined(partsB, compare), samePart);
  };

  const samePart = (a: Part, b: Part): boolean => {
    if (a.kind === 'point') return b.kind === 'point' && same(a.at, b.at);
    return b.kind === 'interval' && a.open === b.open && a.close === b.close && same(a.from, b.from) && same(a.to, b.to);
  };

  const sameBrackets = (a: Node, b: Node): boolean => {
    if (a.kind === 'bracket' && b.kind === 'bracket')
      return a.open === b.open && a.close === b.close && sameInOrder(a.args.map(unnamed), b.args.map(unnamed));
    const [bracket, other] = a.kind === 'bracket' ? [a, b] : [b, a];
    if (bracket.kind !== 'bracket') return false;
    if (other.kind === 'matrix') return isTuple(bracket) && sameInOrder(bracket.args, entriesOfVector(other) ?? []);
    return sameSets(a, b);
  };

  const sameMatrices = (a: Node, b: Node): boolean =>
    a.kind === 'matrix' && b.kind === 'matrix' && a.rows.length === b.rows.length && a.rows.every((row, i) => sameInOrder(row, b.rows[i]));

  const sameRatios = (a: Node, b: Node): boolean => {
    if (a.kind === 'ratio' && b.kind === 'ratio') {
      if (a.args.length !== b.args.length) return false;
      const zero = [...a.args, ...b.args].some((arg) => compareValues(arg, { kind: 'number', value: { top: 0n, bottom: 1n } }, work) === 0);
      if (zero) return sameInOrder(a.args, b.args);
      const [x, y] = [a.args[0], b.args[0]];
      return a.args.every((arg, i) => i === 0 || equalValues(product(arg, y), product(b.args[i], x), work));
    }
    return equalValues(quotient(a), quotient(b), work);
  };

  const sameQuantities = (a: Node, b: Node): boolean => {
    const [unitA, unitB] = [unitOf(a), unitOf(b)];
    const [x, y] = [withoutUnit(a), withoutUnit(b)];
    if (unitA === '%' && unitB === '%') return same(x, y);
    if (unitA === 'degree' || unitB === 'degree') if (equalValues(inRadians(a), inRadians(b), work, precision)) return true;
    if (unitA === '%') return unitB === '' && (same(x, y) || equalValues(hundredth(x), y, work, precision));
    // A gold below 1 that is no percentage is a share: 0.5% is not 0.5.
    if (unitB === '%') return unitA === '' && ((isLarge(x) && same(x, y)) || equalValues(x, hundredth(y), work, precision));
    return compatibleUnits(unitA, unitB) && same(x, y);
  };

  const isLarge = (node: Node): boolean => {
    const size: Node = { kind: 'call', name: 'abs', args: [node] };
    const against = compareValues(size, { kind: 'number', value: { top: 1n, bottom: 1n } }, work);
    return against === undefined || against >= 0 || compareValues(size, { kind: 'number', value: { top: 0n, bottom: 1n } }, work) === 0;
  };

  return !isFalseChain(answer, work) && same(simplify(gold, work), simplify(answer, work));
}

/** 2 + 2 = 5: its last side is not worth reading. (Of x = 2 + 2 = 5 the value is 5, as Math-Verify has it.) */
function isFalseChain(node: Node, work: Work): boolean {
  if (node.kind !== 'relation' || node.operators.some((operator) => operator !== '=')) return false;
  const values = node.sides.map((side) => exactValue(side, work));
  return values.every((value) => value !== undefined) && !values.every((value) => equalFractions(value, values[0] as Fraction));
}

/** Each of a has its own match in b. Being the same is transitive but for rounding, so the first match does. */
function pairedOff<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): boolean {
  if (a.length !== b.length || a.length > mostItems) return false;
  const left = [...b];
  return a.every((item) => {
    const at = left.findIndex((other) => same(item, other));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

function isMany(node: Node): boolean {
  return node.kind === 'list' || node.kind === 'set' || withoutPlusMinus(node).length > 1;
}

function itemsOf(node: Node): Node[] {
  const items = node.kind === 'list' || node.kind === 'set' ? node.args : [node];
  return items
    .filter((item) => !isDomain(item) || items.length === 1)
    .flatMap((item) => (item.kind === 'list' ? itemsOf(item) : withoutPlusMinus(item)));
}

/** {1, 2} of "x in {1, 2}" */
function memberSet(node: Node): Node | undefined {
  return node.kind === 'relation' && node.operators.join() === 'in' && node.sides[1].kind === 'set' ? node.sides[1] : undefined;
}

/** "k in Z" beside an answer says only what its k may be. */
function isDomain(node: Node): boolean {
  return node.kind === 'relation' && node.operators[0] === 'in' && /^set [ZN]$/.test(keyOf(node.sides[1]));
}

function unnamed(item: Node): Node {
  return namedValue(item)?.value ?? item;
}

function nameOf(item: Node): string | undefined {
  return namedValue(item)?.name;
}

/** Whether the items are values of different things (a = 1, b = 2), whose order or names matter; x = 1, x = 2 and x = 1, 2 are not. */
function distinctNames(items: Node[]): boolean {
  const names = items.map(nameOf);
  return names.every((name) => name !== undefined) && new Set(names.map(baseName)).size > 1;
}

/** y = 2, x = 1 is (1, 2): neighbours in the alphabet have its order. Others keep the one that they are written in. */
function inOrderOfNames(items: Node[]): Node[] {
  const sorted = items.toSorted((a, b) => ((nameOf(a) ?? '') < (nameOf(b) ?? '') ? -1 : 1));
  const letters = sorted.map((item) => nameOf(item) ?? '');
  const neighbours = letters.every((name, i) => name.length === 1 && (i === 0 || name.charCodeAt(0) === letters[i - 1].charCodeAt(0) + 1));
  return neighbours ? sorted : items;
}

function distinct(items: Node[]): Node[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

/** A solution (x, y) that is written twice is one solution; a number that stands twice may be meant to. */
function withoutRepeatedTuples(items: Node[]): Node[] {
  return items.every((item) => item.kind === 'bracket') ? distinct(items) : items;
}

function isTuple(node: Node & { kind: 'bracket' }): boolean {
  return node.open === '(' && node.close === ')';
}

/** [1, 2, 3], as programs write a list; two entries would be an interval. */
function isList(node: Node & { kind: 'bracket' }): boolean {
  return node.open === '[' && node.close === ']' && node.args.length > 2;
}

/** Of numbers; "x < 2 or x > 3" is one. */
function isSet(node: Node): boolean {
  return node.kind === 'set' || (node.kind === 'list' && partsOf(node) !== undefined);
}

function isSetOfNumbers(node: Node): boolean {
  return node.kind === 'union' || node.kind === 'bracket' || node.kind === 'difference';
}

function mayBeNamed(a: string | undefined, b: string | undefined): boolean {
  return a === b || a === undefined || b === undefined;
}

/** Inequalities all pointing up: 5 >= x is x <= 5. */
function upwards(node: Node & { kind: 'relation' }): Node & { kind: 'relation' } {
  if (!node.operators.every((operator) => operator === '>' || operator === '>=')) return node;
  return {
    kind: 'relation',
    operators: node.operators.map((operator) => (operator === '>' ? ('<' as const) : ('<=' as const))).reverse(),
    sides: node.sides.toReversed(),
  };
}

function unitOf(node: Node): string {
  return node.kind === 'unit' ? node.unit : '';
}

function withoutUnit(node: Node): Node {
  return node.kind === 'unit' ? node.arg : node;
}

function hundredth(node: Node): Node {
  return { kind: 'mul', args: [node, { kind: 'number', value: { top: 1n, bottom: 100n } }] };
}

function product(a: Node, b: Node): Node {
  return { kind: 'mul', args: [a, b] };
}

function quotient(node: Node): Node {
  if (node.kind !== 'ratio' || node.args.length !== 2) return node;
  return {
    kind: 'mul',
    args: [
      quotient(node.args[0]),
      { kind: 'pow', base: quotient(node.args[1]), exponent: { kind: 'number', value: { top: -1n, bottom: 1n } } },
    ],
  };
}
