// What of a text is prose: the words by which its language is told. Formulas, code and addresses have words of every language and of none.

const inlineCode = /`[^`\n]*`/g;
const inlineFormula = /(?<![\\$])\$(?!\s)[^$\n]*?(?<![\s\\])\$(?!\d)/g;
const address = /\bhttps?:\/\/\S+|\bwww\.\S+/g;
const words = /\\(?:text|mbox|textbf|textit|textrm|mathrm)\s*\{([^{}]*)\}/g;
const tag = /<\/?[a-z][\w-]*>/gi;
const command = /\\[a-zA-Z]+/g;

export interface Prose {
  /** Sentences, with what is written in `\text{}` within formulas. */
  prose: string;
  /** Formulas and code. */
  rest: string;
}

/** Takes a text apart. Each piece that is cut out leaves a space. */
export function proseOf(text: string): Prose {
  const rest: string[] = [];
  const cut = (piece: string): string => {
    // Prose in a formula is prose.
    const said = [...piece.matchAll(words)].map((match) => match[1]).join(' ');
    rest.push(piece.replace(words, ' '));
    return ` ${said} `;
  };
  const closed = (whole: string, begin: string, end: string): string => withoutSpans(whole, begin, end, cut);
  let prose = withoutSpans(text, '```', '```', cut, true).replace(inlineCode, cut);
  for (const [begin, end] of [
    ['$$', '$$'],
    ['\\[', '\\]'],
    ['\\(', '\\)'],
  ])
    prose = closed(prose, begin, end);
  for (const name of new Set([...prose.matchAll(/\\begin\{(\w+\*?)\}/g)].map((match) => match[1])))
    prose = closed(prose, `\\begin{${name}}`, `\\end{${name}}`);
  prose = prose.replace(inlineFormula, cut).replace(address, ' ').replace(words, ' $1 ').replace(tag, ' ').replace(command, ' ');
  return { prose, rest: rest.join(' ') };
}

/**
 * The text with each stretch from `begin` to the next `end` replaced. One pass: a pattern would look for the missing end of each beginning anew.
 * @param open whether the last stretch may lack its end
 */
function withoutSpans(text: string, begin: string, end: string, cut: (piece: string) => string, open = false): string {
  const parts: string[] = [];
  let from = 0;
  for (;;) {
    const at = text.indexOf(begin, from);
    const found = at < 0 ? -1 : text.indexOf(end, at + begin.length);
    if (at < 0 || (found < 0 && !open)) break;
    const to = found < 0 ? text.length : found + end.length;
    parts.push(text.slice(from, at), cut(text.slice(at, to)));
    from = to;
  }
  parts.push(text.slice(from));
  return parts.join('');
}
