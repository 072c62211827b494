// Tables with a column for knights and one for knaves, names or ticks below them, made the sentences that they stand for.

const tick = /^(?:x|yes|true|1|\u2713|\u2714|\u2705|\u2611)\ufe0f?$/;
const empty = /^(?:|-+|no|none|false|0|\u2717|\u2718|\u274c|\u2610)\ufe0f?$/;

/** The text (in lower case) with such tables' rows replaced by "ann is a knight" lines; any other line stays as it is. */
export function tablesAsSentences(text: string): string {
  let roles: string[] | undefined;
  let inTable = false;
  return text
    .split('\n')
    .map((line) => {
      const cells = cellsOf(line);
      if (!cells) {
        roles = undefined;
        inTable = false;
        return line;
      }
      const first = !inTable;
      inTable = true;
      const head = cells.map((cell) => /^(knight|knave)s?\??$/.exec(cell)?.[1] ?? '');
      if (first && head.filter((role) => role !== '').length === 2 && head.includes('knight') && head.includes('knave')) {
        roles = head;
        return '';
      }
      if (!roles || cells.every((cell) => /^:?-*:?$/.test(cell))) return line;
      return sentences(cells, roles) ?? line;
    })
    .join('\n');
}

function sentences(cells: readonly string[], roles: readonly string[]): string | undefined {
  const out: string[] = [];
  for (const [at, cell] of cells.entries()) {
    const role = roles[at] ?? '';
    if (role === '' || empty.test(cell)) continue;
    if (!tick.test(cell)) out.push(`${cell} is a ${role}`);
    else if (roles[0] === '') out.push(`${cells[0]} is a ${role}`);
    else return undefined;
  }
  return out.join('\n');
}

function cellsOf(line: string): string[] | undefined {
  const inner = /^\s*\|(.*)\|\s*$/.exec(line)?.[1];
  return inner?.split('|').map((cell) => cell.trim());
}
