// What prose says the answer is, where nothing marks it: a value that a sentence ends with, a last line, the only value that there is; and what
// takes such a claim back.
import { hedge, hedgeBehind } from '../hedges.ts';
import { readAnswer } from './read.ts';
import { formulasIn, insideMath } from './sentences.ts';

/** An answer is no longer. */
const longest = 4000;
/** How much of a sentence's end, and how many of its verbs. */
const sentenceEnd = 400;
const mostVerbs = 12;
const mostFormulas = 8;
/** What a sentence of a negated or hedged claim has in front of its value. */
const denial =
  /(?:\b(?:not?|never|wrong|incorrect|cannot|false|unlikely|impossible|neither|nor|except|without|exclude[sd]?|rules? out|(?:any|every|no)\w*(?: \w+)? but|doubt|refuse|unequal|different from|nobody|instead of|rather than)\b|n't\b)[^.,;\d$\\]*$/i;
/** In front of a value: it is a bound of the answer, or near it. */
const bound =
  /(?:[<>\u2260\u2264\u2265]|\\(?:neq?|leq?|geq?|[lg]t))\s*$|\b(?:at least|at most|at the (?:very )?(?:least|most)|no (?:more|less|fewer) than|up to|(?:more|less|greater|fewer) than(?: or equal to)?|about|around|roughly|nearly|almost|above|below|over|under|between)\s*$/i;
/** The same behind it: "7 or more", "7 at most", "7+", "7 is a lower bound". */
const boundBehind =
  /\bor (?:more|fewer|less|greater|higher|lower|above|below|beyond|so|larger|smaller|bigger|later|earlier|longer|shorter|over|under)\b|\band (?:more|above|beyond|up)\b|\bat (?:the )?(?:very )?(?:least|most)\b|\b(?:lower|upper) (?:bound|limit|estimate)\b|\d\s?\+(?!\s*[\w\\$(.])/i;

/** Whether what stands in front of a value makes it no claim: a doubt, a condition, a goal or a bound. */
export function isHedged(before: string): boolean {
  return hedge.test(before) || bound.test(before);
}

const dateOrTime = /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}$|^\d{1,2}(?::\d\d)? ?[ap]m$/;

/** What only tells the question again. */
const restated =
  /\b(?:questions?|problem|prompt|exercise|statement|user|text)\b[^.;]*\b(?:says?|said|states?|tells?|told|mentions?|asks?|asked|gives?|contains?|has)\b|\b(?:are|is|was|were|been|it's) (?:only )?(?:given|told|asked|known)\b/i;

/** A response that says it has no answer. */
const givenUp =
  /\b(?:can(?:not|'t| not)|could(?:n't| not)|unable to|(?:do|did|does)(?:n't| not)|not able to)\s+(?:\w+\s+)?(?:solve|know|find|determine|compute|calculate|work|figure|answer|understand)\b|\bno (?:idea|clue)\b|\bg[ia]ve up\b|\bnot (?:sure|certain)\b/i;

/** The sentence in front of a bare value says that the writer has none: "I do not know. 18". */
export function givesUp(sentence: string): boolean {
  return (
    /^(?:(?:well|sorry|honestly|alas)\b,? )?(?:(?:i|we)\b|no (?:idea|clue))/i.test(sentence) &&
    givenUp.test(sentence) &&
    /\b(?:solve|know|find|determine|compute|calculate|work|figure|answer|understand|idea|clue|up|sure|certain)(?: (?:out|it|this|that|the (?:answer|solution|problem|question|result)|how|what)\b[^.]{0,60})?\W*$/i.test(
      sentence,
    )
  );
}

/** The same sentence does, in front of "the answer is". */
export const unsure = /\b(?:not|n't) (?:\w+ )?(?:know|sure|certain)\b|\bno (?:idea|clue)\b|\bg[ia]ve up\b/i;

/** What only names a place: "Question 4". */
const label = /\b(?:question|problem|step|case|part|page|equation|figure|exercise|chapter|section|example|line|try)\s*$/i;

/** What takes a value back after it: "7 is impossible", "is it 7?". */
const takenBack =
  /\b(?:not|wrong|incorrect|impossible|false|invalid|ruled out|excluded|fails?|contradict\w*|counterexample|hard|give up|too (?:small|large|big|low|high|few|many)|no such|cannot|unsure|unknown|than|times (?:as|that|the|\W?[a-z]\b))\b|n't\b|% of\b|\?/i;

function isTakenBack(behind: string): boolean {
  return takenBack.test(behind) || hedgeBehind.test(behind) || boundBehind.test(behind);
}

/** Whether all of it is an answer: mathematics, a word or two, a date. */
export function isExpression(source: string): boolean {
  // An odd dollar is money or torn mathematics.
  if (source.length > longest || (source.match(/(?<!\\)\$/g)?.length ?? 0) % 2 === 1) return false;
  // "Ans: 5" is no ratio.
  if (/^\s*[a-zA-Z]{2,}\s*:/.test(source)) return false;
  const answer = readAnswer(source);
  if (answer === undefined) return false;
  if (answer.tree !== undefined || /^[a-z]+(?: [a-z]+)?$/.test(answer.text) || dateOrTime.test(answer.text)) return true;
  return /^[\s$]*\\text\s?\{[^{}]*\}[\s$.]*$/.test(source);
}

/** "... is 5 apples.", "... = 5", "...: 5": the value that a sentence ends with, unless it is denied. */
export function endOf(sentence: string): string | undefined {
  const trimmed = sentence.trim().slice(-sentenceEnd);
  for (const match of [...trimmed.matchAll(/\b(?:is|are|equals|be)\b|[:=]/g)].slice(-mostVerbs)) {
    if (insideMath(trimmed, match.index)) continue;
    const at = match.index;
    const value = trimmed.slice(at + match[0].length);
    if (value.length > 200 || !isExpression(value) || !/[\d$\\]|^\s*\(?[A-Z]\)?[.\s]*$/.test(value)) continue;
    const claim = trimmed.slice(0, at);
    return denial.test(claim) || isHedged(claim) || restated.test(claim) || givenUp.test(claim) ? undefined : value;
  }
  return undefined;
}

/**
 * "So she had 98 - 96 = 2 books left to sell.": what a sentence's last sum comes to, where only words follow; undefined where it is denied, hedged
 * or taken back.
 */
export function resultOf(sentence: string): string | undefined {
  const trimmed = sentence.trim().slice(-sentenceEnd);
  const found = /[\d)]\s{0,2}=\s{0,2}((?:\\?\$)?-?\d[\d,]*(?:\.\d+)?)((?: |, )[^\d=$\\]*)$/.exec(trimmed);
  if (found === null || insideMath(trimmed, found.index)) return undefined;
  const before = trimmed.slice(0, found.index + 1);
  const sum = /(?:^|[^\d.,])((?:\\?\$)?\d[\d,.]*(?:\s{0,2}[-+*/\u00d7\u00f7\u2212x]\s{0,2}(?:\\?\$)?\d[\d,.]*)+)$/.exec(before);
  if (sum === null) return undefined;
  return denial.test(before.slice(0, sum.index + 1)) || isHedged(before.slice(0, sum.index + 1)) || isTakenBack(found[2])
    ? undefined
    : found[1].replace(/,$/, '');
}

/** The one formula, or the one number, of a text that has no other; undefined where it is denied. */
export function onlyValue(text: string): string | undefined {
  if (givenUp.test(text)) return undefined;
  const spans = formulasIn(text);
  if (spans.length > mostFormulas) return undefined;
  let rest = text;
  for (const span of spans) rest = rest.replace(span, ' ');
  // -$5
  rest = rest.replace(/-\\?\$(?=[\d.])/g, '-');
  const numbers = [...rest.matchAll(/-?(?:\d{1,3}(?: \d{3})+(?!\d)|\d[\d,]*(?:\.\d+)?(?:\/\d+)?|\.\d+)/g)].map(([number]) =>
    number.replace(/,$/, ''),
  );
  const values = new Set([...spans, ...numbers]);
  const [value] = values;
  if (values.size !== 1) return undefined;
  const before = text.slice(0, text.indexOf(value));
  const claim = before.replace(/[$\\([\s]+$/, ' ');
  return denial.test(claim) || isHedged(claim) || label.test(claim) || restated.test(claim) || isTakenBack(text.slice(before.length))
    ? undefined
    : value;
}

/** A last line that is one formula, unless what stands before it denies it. */
export function lastLine(text: string): string | undefined {
  const found =
    /(?:^|\n)[ \t]*(?:\*\*)?(?:\$\$((?:\\.|[^$\\]){1,400})\$\$|\$((?:\\.|[^$\\\n]){1,400})\$|\\\[((?:(?!\\\[).){1,400}?)\\\]|\\\(((?:(?!\\\().){1,400}?)\\\))(?:\*\*)?\.?\s*$/s.exec(
      text.slice(-2 * sentenceEnd),
    );
  const value = found?.slice(1).find((content) => content !== undefined);
  if (found === null || value === undefined || !isExpression(value)) return undefined;
  const before = text.slice(-2 * sentenceEnd).slice(0, found.index);
  return denial.test(before) || isHedged(before) ? undefined : value;
}
