// What of a text is prose: the words by which its language is told. Formulas, code and addresses have words of every language and of none.

const codeBlock = /```[\s\S]*?(?:```|$)/g;
const inlineCode = /`[^`\n]*`/g;
const formula =
  /\$\$[\s\S]*?\$\$|\\\[[\s\S]*?\\\]|\\\([\s\S]*?\\\)|\\begin\{(\w+\*?)\}[\s\S]*?\\end\{\1\}|(?<![\\$])\$(?!\s)[^$\n]*?(?<![\s\\])\$(?!\d)/g;
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
  const prose = text
    .replace(codeBlock, cut)
    .replace(inlineCode, cut)
    .replace(formula, cut)
    .replace(address, ' ')
    .replace(words, ' $1 ')
    .replace(tag, ' ')
    .replace(command, ' ');
  return { prose, rest: rest.join(' ') };
}
