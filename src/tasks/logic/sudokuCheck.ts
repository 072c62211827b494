// The judge of a written sudoku grid. The solution is unique, so an answer is right if its grid is the solution.
//
// Accepted: n rows of n digits on lines of their own, or all on one line; between digits spaces, commas, |, &, quotes, brackets (lists,
// JSON, tables, TeX arrays); lines of rule characters; "Row 1:" in front, and then in any order. Lines of words are passed over unless they hold a row of digits.
// Not accepted: an empty cell, a missing or a further row, a second grid that differs.

const bullet = /^\s*[-*+]\s+/;
const label =
  /^[#|\s{"']*(?:(?:row|line|r)\s*(\d+)|(\d+)\s*[.):]\s|[a-i]\s*[:.)|]|(?:solved |final )?(?:grid|solution|answer|sudoku|result)\s*(?:is|[:=]))\s*["']?\s*[:.)|=-]*\s*/i;
const column = /\b(?:c|col|column)\s*\d+\b/gi;
/** Of a line of words: what may take back or leave open the grid. */
const doubt = /\b(?:not|or|actually|swap|swapped|exchange|wait|wrong|incorrect|instead|maybe|perhaps|except|if|but|could|alternatively)\b/i;
const rule = /^[\s|+:=-]*$/;

const ordinals = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth'];

interface Row {
  /** The row's number, where one stands in front. */
  label?: number;
  digits: unknown[];
}

/** Whether the text gives exactly this grid (row by row, side 4 or 9), every cell of it. */
export function checkSudoku(text: string, solution: readonly number[]): boolean {
  const side = Math.sqrt(solution.length);
  const rows = jsonRows(text) ?? rowsOf(text, side);
  if (!rows) return false;
  if (rows.every(({ label }) => label === undefined)) {
    const digits = rows.flatMap((row) => row.digits);
    return (
      digits.length > 0 && digits.length % solution.length === 0 && digits.every((digit, at) => digit === solution[at % solution.length])
    );
  }
  const right = ({ label = 0, digits }: Row) =>
    digits.length === side && digits.every((digit, column) => digit === solution[(label - 1) * side + column]);
  return rows.every(right) && new Set(rows.map(({ label }) => label)).size === side;
}

/** The rows of a text that is JSON: of an object by the numbers in its keys, else all in one. */
function jsonRows(text: string): Row[] | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  const flat = (value: unknown): unknown[] => (typeof value === 'object' && value !== null ? Object.values(value).flatMap(flat) : [value]);
  try {
    const value: unknown = JSON.parse(text);
    const entries = Array.isArray(value) ? [] : Object.entries(value as object);
    if (entries.length === 0 || !entries.every(([key]) => /\d/.test(key))) return [{ digits: flat(value) }];
    return entries.map(([key, row]) => ({ label: Number(/\d+/.exec(key)?.[0]), digits: flat(row) }));
  } catch {
    return undefined;
  }
}

/** The rows of a written grid; undefined where a line spoils it. */
function rowsOf(text: string, side: number): Row[] | undefined {
  const lines = text
    .replace(
      new RegExp(`\\b(${ordinals.join('|')}) row\\b`, 'gi'),
      (_, ordinal: string) => `row ${ordinals.indexOf(ordinal.toLowerCase()) + 1}`,
    )
    .replace(/\\\\|\\hline|\\(?:begin|end)\s*\{\w+\}(?:\{[^{}]*\})?|(?=["']?\b(?:row|line|r)\s*\d+\b)/gi, '\n')
    .replace(/[\u2502\u2503\u2551]/g, '|')
    .replace(/[\u2500-\u257f]/g, '-')
    .replace(column, ' ')
    .split('\n');
  const rows: Row[] = [];
  for (const line of lines) {
    const row = rowOf(line, side);
    if (row === undefined) return undefined;
    if (row.digits.length > 0) rows.push(row);
  }
  return rows;
}

/** The digits of a line: none where it is words or a rule; undefined where it spoils the answer. */
function rowOf(line: string, side: number): Row | undefined {
  if (rule.test(line)) return { digits: [] };
  const unmarked = line.replace(bullet, '');
  // A dot, a dash, a zero or an underscore between the digits is an empty cell: no row.
  const cells = /^[\s1-9,|&;:'"[\](){}+]*\.?\s*$/;
  const number = label
    .exec(unmarked)
    ?.slice(1)
    .find((found) => found !== undefined);
  // As it stands first: a row of digits may begin as a label does.
  const attempts: [string, string | undefined][] = [
    [unmarked, undefined],
    [unmarked.replace(label, ''), number],
  ];
  for (const [text, row] of attempts) {
    const digits = [...text.matchAll(/\d/g)].map(([digit]) => Number(digit));
    if (cells.test(text) && digits.length % side === 0) return row === undefined ? { digits } : { label: Number(row), digits };
  }
  const digits = line.match(/\d/g)?.length ?? 0;
  return digits >= side || doubt.test(line) || /^[^a-z]*$/i.test(line) ? undefined : { digits: [] };
}
