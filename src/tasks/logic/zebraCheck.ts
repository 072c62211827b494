// The judge of a written answer to a zebra puzzle. The text is read as groups of values and house numbers that belong together; each group
// must lie in one house of the solution, and the groups together must tie every value to its house's number.
//
// How the text falls into groups can be meant in several ways, each fixed beforehand; the answer is right if one of them makes it right:
// - a category, or the house number, leads: each of its words begins a new group ("House 1: Ann, red. House 2: ...", "Ann lives in house 1
//   and drinks tea, Bob in house 2"), over the whole text, line by line or sentence by sentence
//   (tables with a house a row, a list by category);
// - columns: every line has one category's values from house to house (tables with a house a column, "colors: red, blue, green").
// Not accepted: "not", "or", "if" and their like, relations in place of houses ("next to"), a value that the puzzle does not have.
import { categories } from './zebraWords.ts';

type Solution = readonly Readonly<Record<string, string>>[];

/** A value (by category) or a house number (category 'house'), and the house of the solution that it belongs to. */
interface Mark {
  category: string;
  word: string;
  house: number;
}

const spoilt =
  /\b(?:not|\w*n't|cannot|impossible|unlikely|never|no|neither|nor|or|either|if|unless|maybe|perhaps|possibly|might|may|could|would|should|suppose|assume|probably|likely|unknown|unclear|otherwise|alternatively|opposite|reversed?|swap(?:ped)?|exchanged?|false|wrong|incorrect|instead|actually|wait|next|beside|adjacent|neighbou?rs?|between|left|right|before|after|except|one of)\b|\?|\d+\s*\/\s*\d+/;

// "House 1", "house no. 1", "position 1", "#1", "H1", "1st", "first".
const houseNamed =
  /(?:\b(?:house|position|h)[\s"'_:]*(?:number\s*)?#?\s*|#\s*|\b(?=\d+(?:st|nd|rd|th)\b))(\d+)(?:st|nd|rd|th)?\b|\b(first|second|third|fourth|fifth|sixth)(?=\s+(?:house|position|place|one)\b|\s*:)/g;
const bareNumber = /(?<![\w.])(\d+)(?!\w)/g;
const numerals = ['one', 'two', 'three', 'four', 'five', 'six'];
const ordinals = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];

/** Whether the text gives every value's house, and rightly. */
export function checkZebra(text: string, solution: Solution): boolean {
  const plain = text
    .toLowerCase()
    .replace(/\(?\b(?:from )?left to right\b\)?/g, ' ')
    .replace(/\bno\.\s*(?=\d)/g, '#')
    .replace(/\bhouse (one|two|three|four|five|six)\b/g, (_, numeral: string) => `house ${numerals.indexOf(numeral) + 1}`);
  if (spoilt.test(plain)) return false;
  const words = vocabulary(solution);
  const explicit = plain.search(houseNamed) >= 0;
  // Lines of sentences of marks; the full stop of a number in front of a line ends no sentence.
  const lines = plain
    .split('\n')
    .map((line) => line.split(/(?<!^\W*\d+)[.;](?=\s|$)/).map((sentence) => marksOf(sentence, words, explicit)))
    .filter((line) => line.flat().length > 0);
  if (lines.flat(2).some(({ house }) => house < 0 || house >= solution.length)) return false;
  return readings(lines, solution.length).some((groups) => isRight(groups, solution));
}

/** All values by their word; those of the vocabulary that the puzzle does not have belong to house -1. */
function vocabulary(solution: Solution): Map<string, Mark> {
  const words = new Map<string, Mark>();
  for (const category of categories)
    for (const value of category.values) {
      const word = value.toLowerCase();
      words.set(word, { category: category.name, word, house: solution.findIndex((house) => house[category.name] === value) });
    }
  return words;
}

/** Values and house numbers in their order. Bare numbers are houses where no house is named as such. */
function marksOf(line: string, words: ReadonlyMap<string, Mark>, explicit: boolean): Mark[] {
  const marks: (Mark & { at: number })[] = [];
  const house = (number: number, at: number) => marks.push({ category: 'house', word: String(number), house: number - 1, at });
  const pattern = explicit ? houseNamed : bareNumber;
  for (const { 1: digits, 2: ordinal, index } of line.matchAll(pattern))
    house(ordinal === undefined ? Number(digits) : ordinals.indexOf(ordinal) + 1, index);
  const rest = line.replace(pattern, (all) => ' '.repeat(all.length));
  for (const { 0: found, index } of rest.matchAll(/[a-z]+/g)) {
    const mark = words.get(found) ?? words.get(found.replace(/s$/, ''));
    if (mark) marks.push({ ...mark, at: index });
  }
  return marks.sort((a, b) => a.at - b.at);
}

/** The ways in which the lines (of sentences) may fall into groups. */
function readings(lines: readonly Mark[][][], houses: number): Mark[][][] {
  const flat = lines.map((sentences) => sentences.flat());
  if (flat.every((line) => line.length === houses && line.every(({ category }) => category === line[0].category))) {
    const columns = Array.from({ length: houses }, (_, i) => flat.map((line) => line[i]));
    // Without a line of house numbers the columns are the houses in their order.
    const numbered = flat.some(([{ category }]) => category === 'house');
    return [numbered ? columns : columns.map((column, house) => [...column, { category: 'house', word: String(house + 1), house }])];
  }
  return [led(flat.flat()), flat.flatMap(led), lines.flat().flatMap(led)];
}

/** Groups of which each begins with a word of the category that comes first. */
function led(marks: readonly Mark[]): Mark[][] {
  const groups: Mark[][] = [];
  for (const mark of marks) {
    if (mark.category === marks[0].category) groups.push([mark]);
    else groups[groups.length - 1].push(mark);
  }
  return groups;
}

/** Whether no group joins what lies apart, and the groups tie each value to its house's number. */
function isRight(groups: readonly Mark[][], solution: Solution): boolean {
  // A word that is tied to nothing is one that this reading does not understand.
  if (groups.some((group) => group.length < 2 || group.some(({ house }) => house !== group[0].house))) return false;
  return solution.every((values, house) => {
    const wanted = new Set(Object.values(values).map((value) => value.toLowerCase()));
    const parts = groups.filter((group) => group[0].house === house).map((group) => new Set(group.map(({ word }) => word)));
    // What is tied to the house's number, in one step or through what is tied to it already.
    const tied = new Set([String(house + 1)]);
    for (let grown = true; grown; ) {
      grown = false;
      for (const part of parts)
        if ([...part].some((word) => tied.has(word)) && [...part].some((word) => !tied.has(word))) {
          for (const word of part) tied.add(word);
          grown = true;
        }
    }
    return [...wanted].every((word) => tied.has(word));
  });
}
