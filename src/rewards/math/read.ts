// An answer's source as the trees it can be read as, and as a text.
import { parseMath } from './parse.ts';
import { isPlaceholder, isTextAnswer, plainText } from './text.ts';
import type { Node } from './tree.ts';
import { NoValue } from './work.ts';

export interface Answer {
  /** For the comparison as a whole text. */
  text: string;
  /** Undefined for words and what the parser does not know. */
  tree: Node | undefined;
  /** 1,22 with a decimal comma; undefined where it cannot be one. */
  decimalComma: Node | undefined;
  /** 100,200 as two numbers where `tree` has one. */
  separate: Node | undefined;
}

const longest = 4000;

/** The answer in a source without its markers; undefined for a blank one or one beyond 4,000 characters. */
export function readAnswer(source: string): Answer | undefined {
  if (source.length > longest) return undefined;
  const clean = cleaned(source);
  if (clean === '') return undefined;
  const text = plainText(clean);
  // A lone word is a word, not a product of letters.
  const tree = /^(?!infinity$)[a-zA-Z]{3,}$/.test(text) && !/^\\(?!text|mbox|mathrm)/.test(clean) ? undefined : parsed(clean, 'thousands');
  // 1,234 is a thousand and more, never 1.234.
  const decimalComma =
    /^-?\d+(?:,|\{,\})\d+$/.test(clean) && !/^-?[1-9]\d{0,2}(?:,|\{,\})\d{3}$/.test(clean) ? parsed(clean, 'decimal') : undefined;
  // 1.234,5
  const points = /^-?\d{1,3}(?:\.\d{3})+(?:,|\{,\})\d+$/.test(clean) ? parsed(clean.replaceAll('.', ''), 'decimal') : undefined;
  const separate = /\d,\d{3}/.test(clean) ? parsed(clean, 'separate') : undefined;
  return { text, tree: tree ?? points ?? decimalComma, decimalComma: decimalComma ?? points, separate };
}

/** As readAnswer, and undefined too where the source is no answer that a response could be held to: a placeholder, prose, a torn formula. */
export function readGold(source: string): Answer | undefined {
  const answer = readAnswer(source);
  if (answer === undefined || isPlaceholder(answer.text)) return undefined;
  if (answer.tree === undefined && !isTextAnswer(cleaned(source))) return undefined;
  // A gold says one thing: 1,2 are two numbers, 1,22 (and 1{,}2) may be one.
  return /^-?\d+,\d$/.test(cleaned(source)) ? { ...answer, decimalComma: undefined } : answer;
}

function parsed(source: string, commas: 'thousands' | 'separate' | 'decimal'): Node | undefined {
  try {
    return parseMath(source, commas);
  } catch (error) {
    if (error instanceof NoValue) return undefined;
    throw error;
  }
}

/** Without delimiters of mathematics, emphasis, and the punctuation of the sentence around; doubled backslashes are halved. */
function cleaned(source: string): string {
  return (
    source
      .replace(
        /(?<!\\)\\\\(?=(?:frac|dfrac|tfrac|sqrt|left|right|le|ge|leq|geq|boxed|text|pi|cdot|times|begin|end|in|cup|infty|pm)(?![a-zA-Z]))/g,
        '\\',
      )
      .replace(/\bo\s?['\u2019]\s?clock\b/gi, 'oclock')
      .replace(/\\[()[\]]/g, ' ')
      .replace(/(?<!\\)\$/g, ' ')
      .trim()
      .replace(/^\*\*|\*\*$/g, '')
      .replace(/^(?:=|\\approx(?![a-zA-Z])|\u2248)\s*/, '')
      .replace(/(?:\\[,;:!]\s*)+$/, '')
      // 0.333... is no 0.333
      .replace(/(?:[\s.,;:]|(?<!\\)\\(?=\s*$))+$/, (end) => (end.includes('..') ? end : ''))
      .trim()
  );
}
