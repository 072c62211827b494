// Zebra (Einstein) puzzles: n houses in a row, a person, a color, a pet ... in each, and clues that leave one arrangement. Clues are added
// until a search finds no second arrangement, then each that is not needed is dropped.
import type { Stream } from '../../algorithms/random.ts';
import { type Puzzle, type PuzzleKind, sample } from './puzzle.ts';
import { checkZebra } from './zebraCheck.ts';
import { arrangements, type Clue, trueClues } from './zebraClues.ts';
import { type Category, categories } from './zebraWords.ts';

export interface Zebra extends Puzzle {
  /** The values of each house by category, from left to right. */
  solution: Record<string, string>[];
}

const sizes = [
  { houses: 3, width: 2 },
  { houses: 3, width: 3 },
  { houses: 4, width: 3 },
  { houses: 4, width: 4 },
  { houses: 5, width: 5 },
];

export const zebra: PuzzleKind<Zebra> = {
  name: 'zebra',
  form: 'one line a house, such as "House 1: Ann, orange".',
  draw(level, random) {
    const { houses, width } = sizes[level - 1];
    // The first category is always the names.
    const used = [categories[0], ...sample(categories.slice(1), width - 1, random)].map((category) => ({
      ...category,
      values: sample(category.values, houses, random),
    }));
    const order = Array.from({ length: houses }, (_, i) => i);
    const at = used.flatMap(() => random.shuffle([...order]));
    const clues = uniqueClues(at, houses, width, random);
    const solution = order.map((house) =>
      Object.fromEntries(used.map(({ name, values }, c) => [name, values[at.indexOf(house, c * houses) - c * houses]])),
    );
    const texts = clues.map((clue, i) => `${i + 1}. ${sentence(clue, used, houses)}`);
    return {
      canonical: `${houses} houses: ${clues
        .map((clue) => sentence(clue, byHouse(used, at), houses))
        .sort()
        .join(' ')}`,
      question:
        `${houses} houses stand in a row, numbered 1 to ${houses} from left to right. In each lives one person. ` +
        `Each of the following is found in exactly one house:\n${used.map(({ name, values }) => `- ${name}: ${[...values].sort().join(', ')}`).join('\n')}\n` +
        `Clues:\n${texts.join('\n')}\nWhat is found in each house?`,
      answer: solution.map((values, house) => `House ${house + 1}: ${Object.values(values).join(', ')}`).join('\n'),
      solution,
    };
  },
  check: (readings, { solution }) => readings.some((text) => checkZebra(text, solution)),
};

/** Each value named by its house: puzzles that differ in the values' names, or in the order of the clues, read the same then. */
function byHouse(used: readonly Category[], at: readonly number[]): Category[] {
  return used.map((category, c) => ({
    ...category,
    values: category.values.map((_, i) => `${category.name}${at[c * category.values.length + i]}`),
  }));
}

/** Clues that hold for the arrangement and for no other, none of which can be left out. */
function uniqueClues(at: readonly number[], houses: number, width: number, random: Stream): Clue[] {
  const unique = (clues: readonly Clue[]) => arrangements(clues, houses, width, 2).length === 1;
  // What tells a house outright is the last resort.
  const all = random.shuffle(trueClues(at, houses));
  const candidates = [...all.filter(({ kind }) => kind !== 'at'), ...all.filter(({ kind }) => kind === 'at')];
  let [few, many] = [0, candidates.length];
  while (few + 1 < many) {
    const middle = Math.floor((few + many) / 2);
    if (unique(candidates.slice(0, middle))) many = middle;
    else few = middle;
  }
  let clues = candidates.slice(0, many);
  for (const clue of [...clues]) {
    const fewer = clues.filter((other) => other !== clue);
    if (unique(fewer)) clues = fewer;
  }
  return clues;
}

function sentence(clue: Clue, used: readonly Category[], houses: number): string {
  const person = (value: number) => {
    const category = used[Math.floor(value / houses)];
    return category.person.replace('%', category.values[value % houses]);
  };
  const told = () => {
    if (!('b' in clue)) return `${person(clue.a)} ${clue.kind === 'at' ? 'lives' : 'does not live'} in house ${clue.house + 1}`;
    const [a, b] = [person(clue.a), person(clue.b)];
    switch (clue.kind) {
      case 'same':
        return `${a} is ${b}`;
      case 'left':
        return `${a} lives directly to the left of ${b}`;
      case 'beside':
        return `${a} lives next to ${b}`;
      default:
        return `${a} lives somewhere to the left of ${b}`;
    }
  };
  const text = told();
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}
