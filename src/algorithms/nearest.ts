// "Did you mean ...?": the known name that a misspelt one most likely stands for. Used wherever a user's word is looked up
// (keys of a recipe, stages, tasks, rewards), so it lies at the bottom of the layers.

/** The candidate nearest to `word`, or undefined where none is near. Case, `_` and `-` do not count: learning_rate is learningRate. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestScore = 0.45;
  for (const candidate of candidates) {
    const score = unlikeness(word, candidate);
    if (score < bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

/** `; did you mean "x"?`, or a list of what there is where nothing is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const match = nearest(word, candidates);
  if (match !== undefined) return `; did you mean "${match}"?`;
  return candidates.length === 0 ? '' : `; there ${candidates.length === 1 ? 'is' : 'are'} ${candidates.join(', ')}`;
}

/** 0 = the same but for case and separators, 1 = nothing in common. */
function unlikeness(word: string, candidate: string): number {
  const a = plain(word);
  const b = plain(candidate);
  if (a === b) return 0;
  // lr for learningRate
  const initials = candidate
    .replace(/^[a-z]|[A-Z]|[a-z0-9]/g, (c, at: number) => (at === 0 || c !== c.toLowerCase() ? c : ''))
    .toLowerCase();
  if (a.length > 1 && a === initials.replace(/[^a-z]/g, '')) return 0.1;
  const shorter = Math.min(a.length, b.length);
  const longer = Math.max(a.length, b.length);
  const edits = distance(a, b) / longer;
  // klBeta for beta, rate for learningRate
  return shorter >= 4 && (a.includes(b) || b.includes(a)) ? Math.min(edits, 0.4 - (0.2 * shorter) / longer) : edits;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[_\-\s]/g, '');
}

/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`: Damerau-Levenshtein, optimal string alignment. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      let d = Math.min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, rows[i - 2][j - 2] + 1);
      row.push(d);
    }
    rows.push(row);
  }
  return rows[a.length][b.length];
}
