// A text as the words by which two writings of it are compared: capitals, punctuation, white space and the marks of TeX and Markdown do not
// count, nor how thousands are parted. Pure.
import { spacelessScripts } from '../algorithms/spacelessScripts.ts';

const words = new RegExp(`[${spacelessScripts}]\\p{M}*|(?:(?![${spacelessScripts}])[\\p{L}\\p{N}\\p{M}])+`, 'gu');

/** TeX that only sets type, or is a sign where plain text has punctuation. */
const typeSetting =
  /\\(?:left|right|[bB]igg?[lmr]?|[dt]?displaystyle|textstyle|limits|text(?:bf|it|rm|sf|tt|normal)?|mbox|hbox|math(?:rm|bf|it|sf|cal|bb|frak)|bold(?:symbol)?|bm|bf|rm|it|emph|operatorname|q?quad|hspace|vspace|times|cdot|ast|div|pm|mp|leq?|geq?|leqslant|geqslant|lt|gt|neq?|approx|equiv|to|rightarrow|in|[cl]?dots|circ|degree|begin|end|hline|item|noindent|displaylimits|nonumber)(?![a-zA-Z])/g;
const greek =
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon phi chi psi omega';
const greekNames = greek.split(' ');

/**
 * The words of a text, lower case.
 * `Find $\dfrac{x}{2{,}000}$!` is find, frac, x, 2000, as is "find \frac{x}{2000}".
 */
export function normalWords(text: string): string[] {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/['\u2019\u02bc]/g, '')
    .replace(/\\[dtc](?=frac|binom)/g, '\\')
    .replace(typeSetting, ' ')
    // 1,000 and 1{,}000 and 1\,000
    .replace(/(?<=\d)(?:,|\{,\}|\\[,!] ?)(?=\d{3}(?!\d))/g, '')
    .replace(/[\u03b1-\u03c9]/g, (letter) => greekNames[letter.charCodeAt(0) - 0x3b1]);
  return plain.match(words) ?? [];
}
