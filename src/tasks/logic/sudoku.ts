// Sudoku: 4x4 and 9x9 grids with one solution. The generator clears cells of a random full grid for as long as a search finds no second one.
import type { Stream } from '../../algorithms/random.ts';
import { bits } from './bits.ts';
import type { Puzzle, PuzzleKind } from './puzzle.ts';
import { checkSudoku } from './sudokuCheck.ts';

export interface Sudoku extends Puzzle {
  /** Row by row; 0 is an empty cell. */
  cells: number[];
  solution: number[];
}

/** Side of a box, and how many cells stay filled (more, where fewer would leave a second solution). */
const sizes = [
  { box: 2, filled: 9 },
  { box: 2, filled: 5 },
  { box: 3, filled: 50 },
  { box: 3, filled: 38 },
  { box: 3, filled: 30 },
];

export const sudoku: PuzzleKind<Sudoku> = {
  name: 'sudoku',
  form: 'the whole grid, one row a line, its numbers separated by spaces.',
  draw(level, random) {
    const { box, filled } = sizes[level - 1];
    const side = box * box;
    const digits = Array.from({ length: side }, (_, i) => i + 1);
    const [solution] = solutions(new Array(side * side).fill(0), box, 1, random);
    const cells = [...solution];
    let left = cells.length;
    for (const at of random.shuffle(cells.map((_, i) => i))) {
      if (left === filled) break;
      const value = cells[at];
      cells[at] = 0;
      if (isForced(cells, at, value, box)) left--;
      else cells[at] = value;
    }
    const grid = lines(cells, side);
    return {
      canonical: relabelled(cells),
      question:
        `Solve this ${side}x${side} Sudoku. Fill every empty cell (_) so that each row, each column and each ${box}x${box} box holds each of the ` +
        `numbers ${digits[0]} to ${side} exactly once.\n\n${grid}`,
      answer: lines(solution, side),
      cells,
      solution,
    };
  },
  check: (readings, { solution }) => readings.some((text) => checkSudoku(text, solution)),
};

/** Whether no solution has another digit than `value` in this empty cell. */
function isForced(cells: readonly number[], at: number, value: number, box: number): boolean {
  const units = unitsOf(box);
  const seen = new Set(cells.filter((_, other) => units[at].some((unit) => units[other].includes(unit))));
  return Array.from({ length: box * box }, (_, i) => i + 1).every(
    (digit) => digit === value || seen.has(digit) || solutions(cells.with(at, digit), box, 1).length === 0,
  );
}

/** Grids that fill the given one by the rules, at most `limit`. With a stream, digits are tried in random order. */
export function solutions(given: readonly number[], box: number, limit: number, random?: Stream): number[][] {
  const side = box * box;
  const cells = [...given];
  const units = unitsOf(box);
  // The digits that each row, column and box has, as bits.
  const has = new Int32Array(3 * side);
  const full = 2 ** side - 1;
  const toggle = (at: number, bit: number) => {
    for (const unit of units[at]) has[unit] ^= bit;
  };
  for (const [at, digit] of given.entries()) if (digit !== 0) toggle(at, 1 << (digit - 1));
  const found: number[][] = [];
  const search = () => {
    let best = -1;
    let free = 0;
    let fewest = side + 1;
    for (let at = 0; at < cells.length && fewest > 1; at++) {
      if (cells[at] !== 0) continue;
      const [row, column, square] = units[at];
      const open = full & ~(has[row] | has[column] | has[square]);
      const count = bits(open);
      if (count < fewest) [best, fewest, free] = [at, count, open];
    }
    if (best < 0) {
      found.push([...cells]);
      return;
    }
    const digits = Array.from({ length: side }, (_, i) => i + 1).filter((digit) => free & (1 << (digit - 1)));
    for (const digit of random ? random.shuffle(digits) : digits) {
      cells[best] = digit;
      toggle(best, 1 << (digit - 1));
      search();
      toggle(best, 1 << (digit - 1));
      cells[best] = 0;
      if (found.length >= limit) return;
    }
  };
  search();
  return found;
}

const unitsByBox = new Map<number, [number, number, number][]>();

/** The row, the column and the box of each cell, numbered through. */
function unitsOf(box: number): [number, number, number][] {
  const side = box * box;
  const known = unitsByBox.get(box);
  if (known) return known;
  const units = Array.from({ length: side * side }, (_, at): [number, number, number] => {
    const [row, column] = [Math.floor(at / side), at % side];
    return [row, side + column, 2 * side + Math.floor(row / box) * box + Math.floor(column / box)];
  });
  unitsByBox.set(box, units);
  return units;
}

function lines(cells: readonly number[], side: number): string {
  return Array.from({ length: side }, (_, row) =>
    cells
      .slice(row * side, (row + 1) * side)
      .map((n) => n || '_')
      .join(' '),
  ).join('\n');
}

/** Digits renamed in the order in which they appear: grids that differ in the digits' names alone are one puzzle. */
function relabelled(cells: readonly number[]): string {
  const names = new Map<number, number>();
  return cells
    .map((digit) => {
      if (digit === 0) return '_';
      if (!names.has(digit)) names.set(digit, names.size + 1);
      return names.get(digit);
    })
    .join('');
}
