// The judgement: a gold answer against a response.
import { equalAnswers } from './equal.ts';
import { finalAnswer } from './extract.ts';
import { type Answer, readAnswer, readGold } from './read.ts';
import type { Node } from './tree.ts';
import { NoValue, Work } from './work.ts';

/** Steps of a judgement, some 15 ms; answers of MATH take a few hundred. */
const budget = 10_000;

export interface MathOptions {
  /** Numbers that are not both integers are equal if they differ by at most half a unit of that decimal. By default they are compared exactly. */
  precision?: number;
}

/**
 * Whether a response's final answer is the gold one. Never throws, and takes a bounded time whatever the texts.
 * @param gold the answer, or a solution with it marked as in a response (\boxed{}, ####).
 * @param response all of the response: its thought is skipped.
 * @returns null where the gold holds no answer that can be read.
 */
export function verifyMath(gold: string, response: string, options: MathOptions = {}): boolean | null {
  const expected = goldAnswer(gold);
  if (expected === undefined) return null;
  const source = finalAnswer(response);
  const answer = source === undefined ? undefined : readAnswer(source);
  return answer !== undefined && isSame(expected, answer, options);
}

/** The gold answer in a row's column: what is marked in a solution, else the whole. Undefined where none can be read. */
export function goldAnswer(gold: string): Answer | undefined {
  const isSolution = /\\f?boxed\s*\{|####|answer[ \t*]{0,4}(?:is|:)/i.test(gold);
  return readGold(isSolution ? (finalAnswer(gold) ?? '') : gold);
}

/** Whether two answers (sources as `finalAnswer` gives them) are one, whichever is held against the other. Bounded as `verifyMath`. */
export function sameAnswers(a: string, b: string): boolean {
  const [first, second] = [readAnswer(a), readAnswer(b)];
  if (first === undefined || second === undefined) return false;
  return isSame(first, second, {}) || isSame(second, first, {});
}

/** 4:30 and 4:05:10 as times of day are no ratios: 2:15 is another. */
const clock = /^\d{1,2}:\d{2}(?!\d|:)|:0\d/;

function isSame(gold: Answer, answer: Answer, { precision }: MathOptions): boolean {
  if (gold.text === answer.text) return true;
  if (clock.test(gold.text) && clock.test(answer.text)) return false;
  const work = new Work(budget);
  const same = (a: Node | undefined, b: Node | undefined): boolean => {
    if (a === undefined || b === undefined) return false;
    try {
      return equalAnswers(a, b, work, precision);
    } catch (error) {
      if (error instanceof NoValue) return false;
      throw error;
    }
  };
  if (same(gold.tree, answer.tree)) return true;
  if (gold.tree === undefined && answer.tree === undefined) return sameWords(gold.text, answer.text);
  // Commas that can be read in two ways are read as the other side has it.
  if (gold.decimalComma && isDecimal(answer.tree)) return same(gold.decimalComma, answer.tree);
  if (answer.decimalComma && isDecimal(gold.tree)) return same(gold.tree, answer.decimalComma);
  return gold.tree?.kind === 'list' && same(gold.tree, answer.separate);
}

/** Names in another order: John and Mary. */
function sameWords(a: string, b: string): boolean {
  const words = (text: string): string[] => text.split(/\s*(?:,|\band\b)\s*/).filter((word) => word !== '');
  return words(a).length > 1 && words(a).sort().join() === words(b).sort().join();
}

function isDecimal(node: Node | undefined): boolean {
  const number = node?.kind === 'mul' ? node.args[1] : node?.kind === 'unit' ? node.arg : node;
  return number?.kind === 'number' && number.decimals !== undefined;
}
