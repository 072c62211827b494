// Where a response gives its answer, for answers that are texts: puzzles, choices. A verifier gets this text and nothing of the thought.
import { type Box, closedBoxes } from './boxes.ts';
import { afterThought } from './format.ts';

/** Words by which a writer takes back what stands before. Without one, two answers are both meant. */
export const retraction =
  /\b(?:no|wait|actually|instead|rather|correction|correcting|corrected|sorry|mistake|mistaken|wrong|incorrect|revised?|oops|scratch)\b/i;

/**
 * The texts that may be read as a response's answer, plain (see `plainText`); none where a thought or an `<answer>` was begun and not ended.
 * Only what follows the thought is looked at: there the `<answer>` blocks, else all of it. Where that has `\boxed{}`, the boxes' contents are
 * one reading, and the text around and within them is another ("Ann is a \boxed{knight}"). Of several blocks or boxes the last counts only
 * where a word such as "no" or "wait" takes back the one before; else they are one answer together, so that writing down several is no way
 * to be right.
 */
export function finalTexts(completion: string): string[] {
  const rest = afterThought(completion);
  if (rest === undefined || rest.lastIndexOf('<answer>') > rest.lastIndexOf('</answer>')) return [];
  const blocks = answerBlocks(rest);
  const text = blocks.length > 0 ? standing(rest, blocks) : rest;
  const boxes = closedBoxes(text);
  const readings = boxes.length > 0 ? [standing(text, boxes), unboxed(text, boxes)] : [text];
  return readings.map(plainText).filter((reading) => reading !== '');
}

/** Formatting taken off: Markdown's emphasis and code, TeX's text and math marks, HTML tags, typographic variants of characters; runs of spaces made one. Trimmed. */
export function plainText(text: string): string {
  // Full-width forms only: a whole normalisation would make 4² a 42.
  const halfWidth = text.replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0)).replaceAll('\u3000', ' ');
  let plain = halfWidth.replace(/<br\s*\/?>|<\/(?:p|li|tr|div)>/gi, '\n');
  for (let again = 0; again < 3; again++)
    plain = plain.replace(/\\(?:text|textbf|textit|textrm|mathbf|mathrm|mbox|emph)\s*\{([^{}]*)\}/g, '$1');
  return plain
    .replace(/<\/?[a-z]+\d?>/gi, ' ')
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/\\[()[\]]|\$|```[a-z]*|`|\*\*/g, ' ')
    .replace(/[^\S\n]+/g, ' ')
    .trim();
}

function answerBlocks(text: string): Box[] {
  return [...text.matchAll(/<answer>(.*?)<\/answer>/gs)].map(({ index, 0: all, 1: content }) => ({
    begin: index,
    end: index + all.length,
    content,
  }));
}

/** The last block or box, with those before it that no word takes back, one a line. */
function standing(text: string, all: readonly Box[]): string {
  let first = all.length - 1;
  while (first > 0 && !retraction.test(text.slice(all[first - 1].end, all[first].begin))) first--;
  return all
    .slice(first)
    .map(({ content }) => content)
    .join('\n');
}

function unboxed(text: string, boxes: readonly Box[]): string {
  let out = '';
  let at = 0;
  for (const { begin, end, content } of boxes) {
    out += text.slice(at, begin) + content;
    at = end;
  }
  return out + text.slice(at);
}
