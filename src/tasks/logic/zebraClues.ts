// The clues of a zebra puzzle, and the search for every arrangement that they allow: a set of possible houses (bits) a value, narrowed by
// the clues until nothing changes, then a value tried in each of its houses.

import { bits } from './bits.ts';

/** Values are numbered category * houses + index. */
export type Clue =
  | { kind: 'same' | 'left' | 'beside' | 'before'; a: number; b: number }
  | { kind: 'at' | 'notAt'; a: number; house: number };

/** Whether the clue holds where value v lives in house `at[v]` (counted from 0). */
export function holds(clue: Clue, at: readonly number[]): boolean {
  const a = at[clue.a];
  switch (clue.kind) {
    case 'at':
      return a === clue.house;
    case 'notAt':
      return a !== clue.house;
    default: {
      const b = at[clue.b];
      if (clue.kind === 'same') return a === b;
      if (clue.kind === 'left') return a + 1 === b;
      return clue.kind === 'beside' ? Math.abs(a - b) === 1 : a < b;
    }
  }
}

/** Every true clue about an arrangement. */
export function trueClues(at: readonly number[], houses: number): Clue[] {
  const clues: Clue[] = [];
  for (let a = 0; a < at.length; a++) {
    for (let house = 0; house < houses; house++) clues.push({ kind: house === at[a] ? 'at' : 'notAt', a, house });
    for (let b = 0; b < at.length; b++) {
      if (a === b) continue;
      const sameCategory = Math.floor(a / houses) === Math.floor(b / houses);
      if (a < b && !sameCategory) clues.push({ kind: 'same', a, b });
      if (a < b) clues.push({ kind: 'beside', a, b });
      clues.push({ kind: 'left', a, b }, { kind: 'before', a, b });
    }
  }
  return clues.filter((clue) => holds(clue, at));
}

/** Arrangements that all the clues allow, at most `limit`: each a house by value. */
export function arrangements(clues: readonly Clue[], houses: number, categories: number, limit: number): number[][] {
  const values = houses * categories;
  const found: number[][] = [];
  const search = (domains: number[]) => {
    if (!narrow(domains, clues, houses)) return;
    let best = -1;
    for (let v = 0; v < values; v++) if (bits(domains[v]) > 1 && (best < 0 || bits(domains[v]) < bits(domains[best]))) best = v;
    if (best < 0) {
      const at = domains.map((domain) => Math.log2(domain));
      if (clues.every((clue) => holds(clue, at))) found.push(at);
      return;
    }
    for (let house = 0; house < houses && found.length < limit; house++) {
      if (!(domains[best] & (1 << house))) continue;
      const next = [...domains];
      next[best] = 1 << house;
      search(next);
    }
  };
  search(new Array(values).fill(2 ** houses - 1));
  return found;
}

/** Takes impossible houses out of the domains until nothing changes; false where a value has none left. */
function narrow(domains: number[], clues: readonly Clue[], houses: number): boolean {
  const full = 2 ** houses - 1;
  let changed = true;
  const keep = (v: number, mask: number) => {
    const next = domains[v] & mask;
    if (next !== domains[v]) {
      domains[v] = next;
      changed = true;
    }
  };
  while (changed) {
    changed = false;
    for (const clue of clues) {
      const { a } = clue;
      if (!('b' in clue)) keep(a, clue.kind === 'at' ? 1 << clue.house : ~(1 << clue.house));
      else {
        const { b } = clue;
        if (clue.kind === 'same') {
          keep(a, domains[b]);
          keep(b, domains[a]);
        } else if (clue.kind === 'left') {
          keep(a, domains[b] >> 1);
          keep(b, domains[a] << 1);
        } else if (clue.kind === 'beside') {
          keep(a, (domains[b] >> 1) | (domains[b] << 1));
          keep(b, (domains[a] >> 1) | (domains[a] << 1));
        } else {
          // Below the highest house of b; above the lowest of a.
          const highest = 31 - Math.clz32(domains[b]);
          keep(a, domains[b] === 0 ? 0 : (1 << highest) - 1);
          const lowest = domains[a] & -domains[a];
          keep(b, domains[a] === 0 ? 0 : full & ~(lowest | (lowest - 1)));
        }
      }
    }
    for (let first = 0; first < domains.length; first += houses)
      for (let v = first; v < first + houses; v++) {
        if (domains[v] === 0) return false;
        if (bits(domains[v]) === 1) {
          for (let other = first; other < first + houses; other++) if (other !== v) keep(other, ~domains[v]);
        }
      }
  }
  return domains.every((domain) => domain !== 0);
}
