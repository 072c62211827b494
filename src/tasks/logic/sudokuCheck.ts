// The judge of a written sudoku grid. The solution is unique, so an answer is right if its grid is the solution.
//
// Accepted: n rows of n digits on lines of their own, or all on one line; between digits spaces, commas, |, &, quotes, brackets (lists,
// JSON, tables, TeX arrays); lines of rule characters; "Row 1:" in front. Lines of words are passed over unless they hold a row of digits.
// Not accepted: an empty cell, a missing or a further row, a second grid that differs.

const bullet = /^\s*[-*+]\s+/;
const label =
  /^[#|\s{"']*(?:(?:row|line|r)\s*\d+|\d+\s*[.):]\s|[a-i]\s*[:.)|]|[a-z]+ row\s*[:.)|]|(?:solved |final )?(?:grid|solution|answer|sudoku|result)\s*(?:is|[:=]))\s*["']?\s*[:.)|=-]*\s*/i;
const column = /\b(?:c|col|column)\s*\d+\b/gi;
/** Of a line of words: what may take back or leave open the grid. */
const doubt = /\b(?:not|or|actually|swap|swapped|exchange|wait|wrong|incorrect|instead|maybe|perhaps|except|if|but|could|alternatively)\b/i;
const rule = /^[\s|+:=-]*$/;

/** Whether the text gives exactly this grid (row by row, side 4 or 9), every cell of it. */
export function checkSudoku(text: string, solution: readonly number[]): boolean {
  const same = (digits: readonly unknown[]) =>
    digits.length > 0 && digits.length % solution.length === 0 && digits.every((digit, at) => digit === solution[at % solution.length]);
  const json = jsonValues(text);
  if (json) return same(json);
  const side = Math.sqrt(solution.length);
  const digits: number[] = [];
  const rows = text.replace(/\\\\|\\hline|\\(?:begin|end)\s*\{\w+\}(?:\{[^{}]*\})?|(?=["']?\b(?:row|line|r)\s*\d+\b)/gi, '\n');
  for (const line of rows
    .replace(/[\u2502\u2503\u2551]/g, '|')
    .replace(/[\u2500-\u257f]/g, '-')
    .replace(column, ' ')
    .split('\n')) {
    const row = rowOf(line, side);
    if (row === undefined) return false;
    digits.push(...row);
  }
  return same(digits);
}

/** The values of a text that is JSON, lists and objects laid flat. */
function jsonValues(text: string): unknown[] | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  const flat = (value: unknown): unknown[] => (typeof value === 'object' && value !== null ? Object.values(value).flatMap(flat) : [value]);
  try {
    return flat(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The digits of a line: none where it is words or a rule; undefined where it spoils the answer. */
function rowOf(line: string, side: number): number[] | undefined {
  if (rule.test(line)) return [];
  const unmarked = line.replace(bullet, '');
  // A dot, a dash, a zero or an underscore between the digits is an empty cell: no row.
  const cells = /^[\s1-9,|&;:'"[\](){}+]*\.?\s*$/;
  // With its label is tried first: a row of digits may begin as a label does.
  for (const text of [unmarked, unmarked.replace(label, '')]) {
    const digits = [...text.matchAll(/\d/g)].map(([digit]) => Number(digit));
    if (cells.test(text) && digits.length % side === 0) return digits;
  }
  const digits = line.match(/\d/g)?.length ?? 0;
  return digits >= side || doubt.test(line) || /^[^a-z]*$/i.test(line) ? undefined : [];
}
