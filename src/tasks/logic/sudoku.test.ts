import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Stream, stream } from '../../algorithms/random.ts';
import { finalTexts, plainText } from '../../rewards/finalText.ts';
import { solutions, sudoku } from './sudoku.ts';
import { checkSudoku } from './sudokuCheck.ts';

const solution = [1, 2, 3, 4, 3, 4, 1, 2, 2, 1, 4, 3, 4, 3, 2, 1];
const one = <T>(random: Stream, all: readonly T[]): T => all[random.int(all.length)];

function rows(cells: readonly number[]): number[][] {
  const side = Math.sqrt(cells.length);
  return Array.from({ length: side }, (_, i) => cells.slice(i * side, (i + 1) * side));
}

/** A grid in one of the ways that are accepted. */
function rendered(cells: readonly number[], random: Stream): string {
  const grid = rows(cells);
  const box = Math.sqrt(grid.length);
  const boxed = (row: readonly number[]) => Array.from({ length: box }, (_, i) => row.slice(i * box, (i + 1) * box).join(' ')).join(' | ');
  return one(random, [
    () => grid.map((row) => row.join(' ')).join('\n'),
    () => grid.map((row) => row.join('')).join('\n'),
    () => cells.join(''),
    () => cells.join(' '),
    () => grid.map((row) => row.join(', ')).join('\n'),
    () => grid.map((row, i) => `Row ${i + 1}: ${row.join(' ')}`).join('\n'),
    () => grid.map((row, i) => `- **Row ${i + 1}**: ${row.join(', ')}`).join('\n'),
    () => grid.map((row, i) => `${i + 1}. ${row.join(' ')}`).join('\n'),
    () => JSON.stringify(grid),
    () => JSON.stringify(grid, null, 2),
    () => JSON.stringify(Object.fromEntries(grid.map((row, i) => [`row${i + 1}`, row]))),
    () => grid.map(boxed).join('\n------+-------+------\n'),
    () => `\`\`\`\n${grid.map((row) => `| ${boxed(row)} |`).join('\n')}\n\`\`\``,
    () =>
      `| ${grid[0].map(() => ' ').join('|')} |\n|${'---|'.repeat(grid.length)}\n${grid.map((row) => `| ${row.join(' | ')} |`).join('\n')}`,
    () => `$$\\begin{array}{${'c'.repeat(grid.length)}}\n${grid.map((row) => row.join(' & ')).join(' \\\\\n')}\n\\end{array}$$`,
    () => `The solved grid is:\n\n${grid.map((row) => row.join('  ')).join('\n')}\n\nEvery row, column and box is complete.`,
  ])();
}

describe('checkSudoku', () => {
  it.each([
    ['1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1', true],
    // The same grid twice says nothing else.
    ['1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1\n\n1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1', true],
    ['', false],
    ['1 2 3 4\n3 4 1 2\n2 1 4 3', false],
    ['1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 _', false],
    ['1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 .', false],
    ['1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 ?', false],
    ['1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 0', false],
    ['1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1/2', false],
    ['1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1\n1 2 4 3\n3 4 1 2\n2 1 4 3\n4 3 2 1', false],
    ['1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1\nor row 4 is 1 2 3 4', false],
    ['1 2 3 4 5\n3 4 1 2\n2 1 4 3\n4 3 2 1', false],
    ['The first row is one, two, three, four.', false],
    ['1 3 2 4\n2 4 3 1\n3 1 4 2\n4 2 1 3', false],
  ])('%j: %s', (text, right) => {
    expect(checkSudoku(text, solution)).toBe(right);
  });

  it.each([
    '┌─────┬─────┐\n│ 1 2 │ 3 4 │\n│ 3 4 │ 1 2 │\n├─────┼─────┤\n│ 2 1 │ 4 3 │\n│ 4 3 │ 2 1 │\n└─────┴─────┘',
    '+-----+-----+\n| 1 2 | 3 4 |\n| 3 4 | 1 2 |\n+-----+-----+\n| 2 1 | 4 3 |\n| 4 3 | 2 1 |\n+-----+-----+',
    '[[1,2,3,4],\n [3,4,1,2],\n [2,1,4,3],\n [4,3,2,1]]',
    'grid = [[1,2,3,4],[3,4,1,2],[2,1,4,3],[4,3,2,1]]',
    '1,2,3,4;3,4,1,2;2,1,4,3;4,3,2,1',
    '1234 3412 2143 4321',
    'First row: 1 2 3 4\nSecond row: 3 4 1 2\nThird row: 2 1 4 3\nFourth row: 4 3 2 1',
    'Row 1: [1, 2, 3, 4]\nRow 2: [3, 4, 1, 2]\nRow 3: [2, 1, 4, 3]\nRow 4: [4, 3, 2, 1]',
    'R1: 1 2 3 4\nR2: 3 4 1 2\nR3: 2 1 4 3\nR4: 4 3 2 1',
    '\\begin{bmatrix}1&2&3&4\\\\3&4&1&2\\\\2&1&4&3\\\\4&3&2&1\\end{bmatrix}',
    '\\boxed{\\begin{matrix}1&2&3&4\\\\3&4&1&2\\\\2&1&4&3\\\\4&3&2&1\\end{matrix}}',
    '**1** 2 3 4\n3 4 **1** 2\n2 1 4 3\n4 3 2 1',
    'The solution:\n1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1\nEach of the numbers 1-4 is in each row.',
    'A: 1 2 3 4\nB: 3 4 1 2\nC: 2 1 4 3\nD: 4 3 2 1',
    '| | C1 | C2 | C3 | C4 |\n|---|---|---|---|---|\n| R1 | 1 | 2 | 3 | 4 |\n| R2 | 3 | 4 | 1 | 2 |\n| R3 | 2 | 1 | 4 | 3 |\n| R4 | 4 | 3 | 2 | 1 |',
    'Here is the 4x4 solution:\n1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1',
    'Row 1: 1, 2, 3, 4; Row 2: 3, 4, 1, 2; Row 3: 2, 1, 4, 3; Row 4: 4, 3, 2, 1',
  ])('takes %j, as models write it', (text) => {
    expect(finalTexts(text).some((final) => checkSudoku(final, solution))).toBe(true);
  });

  it.each([
    '1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 1 2',
    '1 2 3 4 3 4 1 2 2 1 4 3 4 3 2',
    '1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1\nRow 1 could be 2 1 3 4',
    '12 34\n34 12\n21 43\n43 2',
    '1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 {1,2} 1',
    '1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1 5 5 5 5',
    '-1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1',
    '1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1\nActually swap the first two.',
  ])('does not take %j', (text) => {
    expect(finalTexts(text).some((final) => checkSudoku(final, solution))).toBe(false);
  });

  it.each([
    ['Row 2: 3 4 1 2\nRow 1: 1 2 3 4\nRow 4: 4 3 2 1\nRow 3: 2 1 4 3', true],
    ['{"row2": [3,4,1,2], "row1": [1,2,3,4], "row4": [4,3,2,1], "row3": [2,1,4,3]}', true],
    ['Row 2: 1 2 3 4\nRow 1: 3 4 1 2\nRow 3: 2 1 4 3\nRow 4: 4 3 2 1', false],
    ['Row 1: 1 2 3 4\nRow 2: 3 4 1 2\nRow 3: 2 1 4 3\nRow 5: 4 3 2 1', false],
    ['Row 1: 1 2 3 4\nRow 1: 1 2 3 4\nRow 3: 2 1 4 3\nRow 4: 4 3 2 1', false],
    ['Second row: 1 2 3 4\nFirst row: 3 4 1 2\nThird row: 2 1 4 3\nFourth row: 4 3 2 1', false],
    ['{"row1": [3,4,1,2], "row2": [1,2,3,4], "row3": [2,1,4,3], "row4": [4,3,2,1]}', false],
  ])('goes by the numbers of the rows: %j: %s', (text, right) => {
    expect(checkSudoku(text, solution)).toBe(right);
  });

  it('takes the solution in any form, and none with a cell changed, missing or added', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 4 }), (seed, level) => {
        const random = stream(seed, 'sudoku test');
        const puzzle = sudoku.draw(level, random);
        const right = puzzle.solution;
        const text = rendered(right, random);
        expect(checkSudoku(plainText(text), right), text).toBe(true);
        const at = random.int(right.length);
        const side = Math.sqrt(right.length);
        const other = (right[at] % side) + 1;
        for (const cells of [
          right.with(at, other),
          right.with(at, 0),
          right.toSpliced(at, 1),
          right.toSpliced(at, 0, other),
          puzzle.cells,
        ]) {
          const wrong = rendered(cells, random);
          expect(checkSudoku(plainText(wrong), right), wrong).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('never throws', () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom('1 2 3 4', '\n', 'Row 1:', '| ', '[[', '\\\\', '1.', '-'));
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(typeof checkSudoku(pieces.join(''), solution)).toBe('boolean');
      }),
    );
  });
});

describe('the sudoku generator', () => {
  it('gives grids with one solution, by a search of their own cells, and fewer numbers at each level', () => {
    const filled = [1, 2, 3, 4, 5].map((level) => {
      const counts = [0, 1, 2].map((seed) => {
        const { cells, solution } = sudoku.draw(level, stream(seed, level));
        const box = cells.length === 16 ? 2 : 3;
        expect(solutions(cells, box, 2)).toEqual([solution]);
        for (const row of rows(solution)) expect(new Set(row).size).toBe(box * box);
        return cells.filter((digit) => digit !== 0).length / cells.length;
      });
      return Math.max(...counts);
    });
    expect(filled[1]).toBeLessThan(filled[0]);
    expect(filled[3]).toBeLessThan(filled[2]);
    expect(filled[4]).toBeLessThan(filled[3]);
  });

  it('finds a second solution where there is one: of the empty 4x4 grid, all 288', () => {
    expect(solutions(new Array(16).fill(0), 2, 1000)).toHaveLength(288);
  });
});
