// The final answer of a response. One rule for training, evaluation and gold solutions; docs/rewards.md has it in words.
import { lastBoxes } from '../boxes.ts';
import { afterThought, answerText } from '../format.ts';
import { readAnswer } from './read.ts';

/** How much of a text's end is searched where nothing marks the answer. */
const window = 4000;
const longestEnd = 100_000;
/** How much of a sentence's end, and how many of its verbs. */
const sentenceEnd = 400;
const mostVerbs = 12;
const mostFormulas = 8;
const marker = /answer[ \t*]{0,4}(?:is|are|:|=)[ \t*]{0,4}:?/gi;
/** What a sentence of a negated or hedged claim has in front of its value. */
const denial =
  /(?:\b(?:not?|never|wrong|incorrect|cannot|false|unlikely|impossible|neither|nor|except|without|exclude[sd]?|rules? out|(?:any|every|no)thing but|doubt|refuse|unequal|different from|nobody|instead of|rather than)\b|n't\b)[^.,;\d$\\]*$/i;
const hedge =
  /\b(?:if|unless|maybe|perhaps|probably|whether|between)\b|\b(?:at least|at most|(?:more|less|greater|fewer) than|about|around|above|below|over|under)\s*$|\b(?:could|may|might)(?: be)?\s*$/i;

const dateOrTime = /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}$|^\d{1,2}(?::\d\d)? ?[ap]m$/;

/** What takes a value back after it: "7 is impossible", "is it 7?". */
const takenBack =
  /\b(?:not|wrong|incorrect|impossible|false|invalid|ruled out|excluded|than|times (?:as|that|the|\W?[a-z]\b))\b|n't\b|% of\b|\?/i;

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
  const end = text.slice(-window);
  const said = [...end.matchAll(marker)].at(-1);
  if (said) return saidAnswer(end.slice(said.index + said[0].length));
  if (isExpression(end)) return end.length === text.length ? end : undefined;
  const sentences = sentencesOf(end);
  return endOf(sentences[sentences.length - 1] ?? '') ?? lastLine(end) ?? onlyValue(end);
}

/** A last line that is one formula, unless what stands before it denies it. */
function lastLine(text: string): string | undefined {
  const found =
    /(?:^|\n)[ \t]*(?:\*\*)?(?:\$\$((?:\\.|[^$\\]){1,400})\$\$|\$((?:\\.|[^$\\\n]){1,400})\$|\\\[((?:(?!\\\[).){1,400}?)\\\]|\\\(((?:(?!\\\().){1,400}?)\\\))(?:\*\*)?\.?\s*$/s.exec(
      text.slice(-2 * sentenceEnd),
    );
  const value = found?.slice(1).find((content) => content !== undefined);
  if (found === null || value === undefined || !isExpression(value)) return undefined;
  const before = text.slice(-2 * sentenceEnd).slice(0, found.index);
  return denial.test(before) || hedge.test(before) ? undefined : value;
}

/** What is boxed; of a sentence that says the answer, what it says. */
function boxed(content: string): string {
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

function isExpression(source: string): boolean {
  // An odd dollar is money or torn mathematics.
  if (source.length > window || (source.match(/(?<!\\)\$/g)?.length ?? 0) % 2 === 1) return false;
  // "Ans: 5" is no ratio.
  if (/^\s*[a-zA-Z]{2,}\s*:/.test(source)) return false;
  const answer = readAnswer(source);
  if (answer === undefined) return false;
  return answer.tree !== undefined || /^[a-z]+(?: [a-z]+)?$/.test(answer.text) || dateOrTime.test(answer.text);
}

/** "... is 5 apples.", "... = 5", "...: 5": the value that a sentence ends with, unless it is denied. */
function endOf(sentence: string): string | undefined {
  const trimmed = sentence.trim().slice(-sentenceEnd);
  for (const match of [...trimmed.matchAll(/\b(?:is|are|equals|be)\b|[:=]/g)].slice(-mostVerbs)) {
    if (insideMath(trimmed, match.index)) continue;
    const at = match.index;
    const value = trimmed.slice(at + match[0].length);
    if (value.length > 200 || !isExpression(value) || !/[\d$\\]/.test(value)) continue;
    return denial.test(trimmed.slice(0, at)) || hedge.test(trimmed.slice(0, at)) ? undefined : value;
  }
  return undefined;
}

/** The one formula, or the one number, of a text that has no other; undefined where it is denied. */
function onlyValue(text: string): string | undefined {
  const spans = formulasIn(text);
  if (spans.length > mostFormulas) return undefined;
  let rest = text;
  for (const span of spans) rest = rest.replace(span, ' ');
  // -$5
  rest = rest.replace(/-\\?\$(?=[\d.])/g, '-');
  const numbers = [...rest.matchAll(/-?(?:\d[\d,]*(?:\.\d+)?(?:\/\d+)?|\.\d+)/g)].map(([number]) => number.replace(/,$/, ''));
  const values = new Set([...spans, ...numbers]);
  const [value] = values;
  if (values.size !== 1) return undefined;
  const before = text.slice(0, text.indexOf(value));
  const claim = before.replace(/[$\\([\s]+$/, ' ');
  return denial.test(claim) || hedge.test(claim) || takenBack.test(text.slice(before.length)) ? undefined : value;
}

/** The contents of $$..$$, $..$, \\(..\\) and \\[..\\], in one pass. */
function formulasIn(text: string): string[] {
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

function insideMath(text: string, at: number): boolean {
  const before = text.slice(0, at);
  return (before.match(/(?<!\\)\$/g)?.length ?? 0) % 2 === 1 || before.lastIndexOf('\\(') > before.lastIndexOf('\\)');
}

/** Sentences end at a full stop before a space, at a question or exclamation mark, and at a line's end; never within $...$. */
function sentencesOf(text: string): string[] {
  const sentences: string[] = [];
  let begin = 0;
  let math = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === '$') math = !math;
    else if ((c === '\n' && (!math || text[i + 1] === '\n')) || (!math && /[.?!]/.test(c) && /^\s*$|^\s/.test(text.slice(i + 1, i + 2)))) {
      const sentence = text.slice(begin, i).trim();
      if (sentence !== '') sentences.push(sentence);
      begin = i + 1;
      if (c === '\n') math = false;
    }
  }
  const last = text.slice(begin).trim();
  if (last !== '') sentences.push(last);
  return sentences;
}
