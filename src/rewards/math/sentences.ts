// Prose with mathematics in it, taken apart: its sentences, its formulas, and dollars that are money.

/**
 * Money's dollars are escaped: one in front of a digit opens a formula only if another closes it, with no space within and no digit behind
 * (as in Pandoc's Markdown).
 */
export function escapeMoney(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; ) {
    const end = text[i] === '\\' ? i + 2 : text[i] === '$' ? formulaEnd(text, i) : i + 1;
    out += end === undefined ? '\\$' : text.slice(i, end);
    i = end ?? i + 1;
  }
  return out;
}

/** Behind the formula that the dollar at `begin` opens; undefined where the dollar is money. */
function formulaEnd(text: string, begin: number): number | undefined {
  if (text[begin + 1] === '$') {
    const end = text.indexOf('$$', begin + 2);
    return end < 0 ? begin + 2 : end + 2;
  }
  const isAmount = /\d/.test(text[begin + 1] ?? '');
  for (let i = begin + 1; i < text.length && !text.startsWith('\n\n', i); i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '$') return isAmount && (/\s/.test(text[i - 1]) || /\d/.test(text[i + 1] ?? '')) ? undefined : i + 1;
  }
  return isAmount ? undefined : begin + 1;
}

/** The contents of $$..$$, $..$, \\(..\\) and \\[..\\], in one pass. */
export function formulasIn(text: string): string[] {
  const found: string[] = [];
  for (let i = 0; i < text.length; i++) {
    const open = delimiters.find(([begin]) => text.startsWith(begin, i));
    if (!open) {
      if (text[i] === '\\') i++;
      continue;
    }
    const begin = i + open[0].length;
    let end = text.indexOf(open[1], begin);
    if (open[1] === '$') while (end > 0 && text[end - 1] === '\\') end = text.indexOf('$', end + 1);
    // Without its end nothing of its kind ends later.
    if (end < 0) return found;
    if (end > begin) found.push(text.slice(begin, end));
    i = end + open[1].length - 1;
  }
  return found;
}

const delimiters = [
  ['$$', '$$'],
  ['$', '$'],
  ['\\(', '\\)'],
  ['\\[', '\\]'],
] as const;

export function insideMath(text: string, at: number): boolean {
  const before = text.slice(0, at);
  return (before.match(/(?<!\\)\$/g)?.length ?? 0) % 2 === 1 || before.lastIndexOf('\\(') > before.lastIndexOf('\\)');
}

/** Sentences end at a full stop before a space, at a question or exclamation mark, and at a line's end; never within $...$. */
export function sentencesOf(text: string): string[] {
  const sentences: string[] = [];
  let begin = 0;
  let math = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === '$') math = !math;
    else if ((c === '\n' && (!math || text[i + 1] === '\n')) || (!math && /[.?!]/.test(c) && /^\s*$|^\s/.test(text.slice(i + 1, i + 2)))) {
      // A question says nothing.
      const sentence = text.slice(begin, c === '?' ? i + 1 : i).trim();
      if (sentence !== '') sentences.push(sentence);
      begin = i + 1;
      if (c === '\n') math = false;
    }
  }
  const last = text.slice(begin).trim();
  if (last !== '') sentences.push(last);
  return sentences;
}
