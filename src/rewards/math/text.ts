// Answers in words, and any answer as a text: what differs only in type setting becomes the same text, nothing else does.

const spaces = /\\(?:[,;:! ]|q?quad(?![a-zA-Z]))|~/g;
const fonts = /\\(?:text(?:bf|it|rm|sf|tt|normal)?|textnormal|mbox|hbox|mathrm|mathbf|mathit|mathsf|operatorname\*?)\s*(?=\{)/g;
const sizes = /\\(?:left|right|[bB]igg?[lr]?|displaystyle|textstyle)(?![a-zA-Z])/g;

/** The text by which answers are compared whole: without type setting, outer brackets around words, a full stop at the end. */
export function plainText(source: string): string {
  let text = source
    .replace(/\\[,!](?=\s*\d{3})/g, '')
    .replace(spaces, ' ')
    .replace(sizes, '')
    .replace(/\\[dtc]frac/g, '\\frac')
    .replace(fonts, ' ')
    .replace(/\$/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  // Braces around words and single signs only group.
  text = text.replace(/\{ ?([\p{L}\p{M}0-9' ,.:-]*) ?\}/gu, (braces, inner: string, at: number) =>
    /[_^a-zA-Z}]$/.test(text.slice(0, at)) && !/ $/.test(text.slice(0, at)) ? braces : ` ${inner} `,
  );
  text = text
    .replace(/\s*([^a-zA-Z0-9\s])\s*/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  text = text.replace(/[.,]$/, '');
  if (/^\([a-zA-Z ]+\)$/.test(text)) text = text.slice(1, -1);
  if (!isWords(text)) return text;
  return text
    .toLowerCase()
    .replace(/(?<=[a-z])\./g, '')
    .replace(/^(?:an?|the) (?=[a-z]{3})/, '');
}

/** Words and their punctuation, no mathematics: their capitals do not count. */
export function isWords(text: string): boolean {
  return /^[a-zA-Z0-9 ,.:'()-]*$/.test(text) && /[a-zA-Z]{3}|[ap]\.?m\b/.test(text);
}

const placeholder =
  /^\(?(?:see\b|refer\b|n\/a\b|not available|tbd\b|todo\b|null$|nan$|answers? (?:may |will )?vary|proof\b|unknown$|\?+|[-._ ]*$)/i;

/** A dataset's way of saying that there is no answer here. */
export function isPlaceholder(text: string): boolean {
  return placeholder.test(text);
}

/** Whether a text that is no mathematics can serve as a gold answer: words in LaTeX's way, or a few bare ones; not a sentence or a torn formula. */
export function isTextAnswer(source: string): boolean {
  if (!isBalanced(source)) return false;
  if (/\\(?:text|mbox|mathrm|textbf|operatorname)/.test(source)) return true;
  const text = plainText(source);
  if (/^[\p{L}\p{M}0-9 ,.:'-]+$/u.test(text))
    return !/^\(/.test(source.trim()) && text.split(' ').length <= (/^\d/.test(text) ? 4 : 3) && /\p{L}/u.test(text);
  return /\\(?:[a-zA-Z]{2}|\|)/.test(source) && !/[a-z]{4,} [a-z]{2,}/i.test(text.replace(/\\[a-zA-Z]+/g, ''));
}

function isBalanced(source: string): boolean {
  let depth = 0;
  for (let i = 0; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === '{') depth++;
    else if (source[i] === '}' && --depth < 0) return false;
  }
  return depth === 0;
}
