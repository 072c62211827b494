// The final answer of a response. One rule for training, evaluation and gold solutions; docs/rewards.md has it in words.
import { lastBoxes } from '../boxes.ts';
import { afterThought, answerText } from '../format.ts';
import { endOf, givesUp, isExpression, isHedged, lastLine, onlyValue, resultOf, unsure } from './claims.ts';
import { readAnswer } from './read.ts';
import { escapeMoney, sentencesOf } from './sentences.ts';

/** How much of a text's end is searched where nothing marks the answer. */
const window = 4000;
const longestEnd = 100_000;
const marker = /answer[ \t*]{0,4}(?:is|are|:|=)[ \t*]{0,4}:?/gi;
/**
 * The source of a response's final answer, read only from what follows its thought. In this order: within the last <answer> block (by the
 * rules that follow, or all of it); the last \boxed{} with those joined to it; the line after the last ####, unless it is a heading; after the last "answer is"; all of it, where
 * it is an expression; what its last sentence ends with ("... is 5."); the only formula or number in it.
 * Undefined where there is none, or the thought never ends. Never throws.
 */
export function finalAnswer(response: string): string | undefined {
  const all = afterThought(response)?.slice(-longestEnd).replaceAll('\u2019', "'");
  if (all === undefined) return undefined;
  const rest = answerText(all) ?? all;
  const special = rest.search(/<\|[a-z_]{2,24}\|>/);
  const text = special < 0 ? rest : rest.slice(0, special);
  const boxes = lastBoxes(text);
  if (boxes) return boxes.includes('') ? undefined : boxes.length === 1 ? boxed(boxes[0]) : boxes.join(' , ');
  // What was begun and not ended: an answer that may have been longer.
  if (/\\f?boxed\s*\{/.test(text.slice(-window)) || text.lastIndexOf('<answer>') > text.lastIndexOf('</answer>')) return undefined;
  const marked = text.lastIndexOf('####');
  const line = marked < 0 ? undefined : markedLine(text.slice(marked + 4));
  if (line !== undefined) return line === '' ? undefined : line;
  const end = escapeMoney(withDisplaysOnALine(text.slice(-window)));
  const said = [...end.matchAll(marker)].at(-1);
  if (said) {
    const before = sentencesOf(end.slice(0, said.index)).at(-1) ?? '';
    return isHedged(before) || unsure.test(before) ? undefined : saidAnswer(end.slice(said.index + said[0].length));
  }
  if (isExpression(end)) return text.length <= window ? end : undefined;
  const [sentence = '', previous = ''] = sentencesOf(end).reverse();
  if (givesUp(previous)) return undefined;
  const last = sentence.replace(/^(?:so|thus|hence|therefore|then|finally)\b,?\s*/i, '');
  if (/[\d$\\]/.test(last) && isExpression(last)) return last;
  const concluded = /^(?:so|thus|hence|therefore)\b/i.test(sentence) ? onlyValue(last) : undefined;
  return endOf(last) ?? resultOf(last) ?? lastLine(end) ?? concluded ?? onlyValue(end);
}

function withDisplaysOnALine(text: string): string {
  return text
    .replace(/```\w*/g, ' ')
    .replace(/\$\$\s*((?:(?!\$\$|\n\n).)*?)\s*\$\$/gs, '$$$$$1$$$$')
    .replace(/\\\[\s*((?:(?!\\\[|\n\n).)*?)\s*\\\]/gs, '\\[$1\\]');
}

/** A choice's letter in front of what it says, as competitions have it: "\textbf{(C) }12", "(C) 12". */
const choiceLabel =
  /^\s*(?:\\(?:text(?:bf|rm)?|math(?:bf|rm))\s?\{\s*\([A-E]\)\s*\}|\([A-E]\)(?=[\s~\\]))(?:[\s~]|\\[ ,;:]|\\q?quad)*(?=[\d\\($-])/;

/** What is boxed; of a sentence that says the answer, what it says. */
function boxed(labelled: string): string {
  const content = labelled.replace(choiceLabel, '');
  const words = content.replace(/\\(?:text|mbox|textbf|mathrm)\s?\{([^{}]*)\}/g, '$1');
  const said = [...words.slice(-window).matchAll(marker)].at(-1);
  return (said && saidAnswer(words.slice(-window).slice(said.index + said[0].length))) ?? content;
}

/** The line behind ####, as GSM8K has it; undefined where it is a heading of Markdown: no answer, and more text below. */
function markedLine(text: string): string | undefined {
  const trimmed = text.trim();
  const line = trimmed.split('\n', 1)[0].trim();
  return line.length === trimmed.length || readAnswer(line.replace(/[.:]$/, ''))?.tree !== undefined ? line : undefined;
}

/** What follows "answer is": the sentence where it is an answer, else what that sentence ends with, or its only value. */
function saidAnswer(text: string): string | undefined {
  const sentence = sentencesOf(text)[0];
  if (sentence === undefined) return undefined;
  const whole = sentence.replace(/^[\s:*]+|\*\*\s*$/g, '');
  if (/^(?:not|never)\b/i.test(whole)) return undefined;
  if (isExpression(whole)) return whole;
  // "5, since 2 + 3 = 5", "A (the first one)"
  const head = /^(.{1,200}?)(?:,? (?:\(|because\b|since\b|as\b|which\b|so\b|not\b)|, (?=(?:because|since|as|which|so|not)\b))/.exec(
    whole,
  )?.[1];
  if (head !== undefined && isExpression(head)) return head;
  return endOf(sentence) ?? onlyValue(sentence);
}
