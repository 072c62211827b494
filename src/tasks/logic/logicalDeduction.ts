// Multiple choice with one right option: the order of n things on a shelf, told by clues (as BIG-bench's logical deduction). Clues are added
// until one of all n! orders is left.
import type { Stream } from '../../algorithms/random.ts';
import { agreedOption } from '../../rewards/choice.ts';
import { type Puzzle, type PuzzleKind, sample } from './puzzle.ts';

export interface LogicalDeduction extends Puzzle {
  options: string[];
  /** The right option, counted from 0. */
  right: number;
}

/** How many things stand on the shelf, and whether clues may tell a place outright. */
const sizes = [
  { count: 4, places: true },
  { count: 5, places: true },
  { count: 5, places: false },
  { count: 6, places: false },
  { count: 7, places: false },
];
const colors = ['red', 'blue', 'green', 'yellow', 'white', 'black', 'orange', 'purple', 'gray', 'brown'];
const ordinals = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh'];
const numerals = ['', 'one', 'two', 'three', 'four', 'five', 'six', 'seven'];

/** Thing a stands at a place, left of thing b, or directly right of it. */
type OrderClue = { kind: 'at'; a: number; place: number } | { kind: 'left' | 'rightBeside'; a: number; b: number };

export const logicalDeduction: PuzzleKind<LogicalDeduction> = {
  name: 'logical-deduction',
  form: 'the letter of the right option.',
  draw(level, random) {
    const { count, places } = sizes[level - 1];
    const things = sample(colors, count, random).map((color) => `the ${color} book`);
    const order = random.shuffle(Array.from({ length: count }, (_, i) => i));
    const clues = uniqueClues(order, places, random);
    // A place that a clue tells outright is not asked for.
    const asked = order.filter((at) => !clues.some((clue) => clue.kind === 'at' && clue.place === at));
    if (asked.length === 0) return logicalDeduction.draw(level, random);
    const place = asked[random.int(asked.length)];
    const stands = random.shuffle(Array.from({ length: count }, (_, i) => i));
    const options = stands.map((thing) => `${capital(things[thing])} is ${placeName(place, count)}.`);
    const right = stands.indexOf(order.indexOf(place));
    return {
      // Each thing named by its place: neither the colors nor the order of the clues matter.
      canonical: `${place} of ${clues
        .map((clue) =>
          say(
            clue,
            order.map((at) => `${at}`),
          ),
        )
        .sort()
        .join(', ')}`,
      question:
        `On a shelf, ${numerals[count]} books stand in a row: ${[...things].sort().join(', ')}. ${clues.map((clue) => `${capital(say(clue, things))}.`).join(' ')}\n` +
        `Which is true?\n${options.map((option, i) => `(${'ABCDEFG'[i]}) ${option}`).join('\n')}`,
      answer: 'ABCDEFG'[right],
      options,
      right,
    };
  },
  check: (readings, { options, right }) => agreedOption(readings, options) === right,
  answer: (readings, { options }) => 'ABCDEFG'[agreedOption(readings, options) ?? -1],
};

/** True clues that leave this order alone of all; each takes away some that those before it left. */
function uniqueClues(order: readonly number[], places: boolean, random: Stream): OrderClue[] {
  let left = permutations(order.length);
  const clues: OrderClue[] = [];
  for (const clue of random.shuffle(trueClues(order))) {
    if (clue.kind === 'at' && !places) continue;
    const next = left.filter((at) => holds(clue, at));
    if (next.length === left.length) continue;
    clues.push(clue);
    left = next;
    if (left.length === 1) break;
  }
  return clues;
}

/** Whether the clue holds where thing i stands at place `at[i]`. */
export function holds(clue: OrderClue, at: readonly number[]): boolean {
  if (clue.kind === 'at') return at[clue.a] === clue.place;
  return clue.kind === 'left' ? at[clue.a] < at[clue.b] : at[clue.a] === at[clue.b] + 1;
}

function trueClues(order: readonly number[]): OrderClue[] {
  const all = order.flatMap((_, a): OrderClue[] => [
    ...order.map((place): OrderClue => ({ kind: 'at', a, place })),
    ...order.flatMap((_, b): OrderClue[] =>
      a === b
        ? []
        : [
            { kind: 'left', a, b },
            { kind: 'rightBeside', a, b },
          ],
    ),
  ]);
  return all.filter((clue) => holds(clue, order));
}

function say(clue: OrderClue, things: readonly string[]): string {
  if (clue.kind === 'at') return `${things[clue.a]} is ${placeName(clue.place, things.length)}`;
  return `${things[clue.a]} is ${clue.kind === 'left' ? 'to the left of' : 'directly to the right of'} ${things[clue.b]}`;
}

function placeName(place: number, count: number): string {
  if (place === 0) return 'the leftmost';
  if (place === count - 1) return 'the rightmost';
  return place < count / 2 ? `the ${ordinals[place]} from the left` : `the ${ordinals[count - 1 - place]} from the right`;
}

const known = new Map<number, number[][]>();

/** All orders of `count` things. */
function permutations(count: number): number[][] {
  const made = known.get(count);
  if (made) return made;
  const build = (rest: readonly number[]): number[][] =>
    rest.length === 0 ? [[]] : rest.flatMap((first) => build(rest.filter((other) => other !== first)).map((tail) => [first, ...tail]));
  const all = build(Array.from({ length: count }, (_, i) => i));
  known.set(count, all);
  return all;
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
