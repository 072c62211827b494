// The filters that look at one response: each a name, under which rejections are counted, and a rule. All of them are applied to each response,
// so that a look at what was rejected shows every reason; the first in this order is the one that is counted.
import { spacedWords } from '../../algorithms/spacelessScripts.ts';
import { thoughtText } from '../../rewards/format.ts';
import type { RejectionSettings } from '../settings.ts';
import type { Candidate } from './candidates.ts';

/** Why responses are rejected, in words, in the order in which the reasons count. */
export const reasons = {
  wrong: 'the answer is wrong',
  no_verdict: 'no rule can judge it, and there is no judge',
  unfinished: 'it was cut at maxTokens',
  format: 'it is not one thought and one answer in their tags',
  language: 'it mixes languages',
  repetition: 'it repeats itself',
  too_short: 'it has too few tokens',
  too_long: 'it has too many tokens',
  thought_too_short: 'its thought has too few tokens',
  thought_too_long: 'its thought has too many tokens',
  paragraph: 'it has a long paragraph',
  code: 'it has a code block in its reasoning',
  rewrite: 'it could not be rewritten and stay right',
  judged_bad: 'the judge did not let it pass',
  unjudged: 'the judge gave no verdict',
  duplicate_of_prompt: 'it is nearly another response to the same prompt',
  duplicate: 'it is nearly a response to another prompt',
  per_prompt: 'its prompt has enough responses',
  balance: 'its domain has enough responses',
} as const;

export type Reason = keyof typeof reasons;

/** What the filters are about, where they ask for it. */
export interface Measures {
  format: boolean;
  /** The share of words of the target language in the thought; null where it has no words, or nobody asks. */
  language: number | null;
  /** The share of n-grams that have come before. */
  repetition: number | null;
  thinkingTokens: number | null;
  /** Words of the longest paragraph. */
  paragraphWords: number;
  codeBlock: boolean;
  /** Whether it was rewritten, and stayed right; null where it is not rewritten. */
  rewritten: boolean | null;
}

/** All reasons for which a response is rejected as it is. @param judged whether there is a judge of what no rule applies to */
export function reasonsFor(
  { correct, stopReason, tokens }: Pick<Candidate, 'correct' | 'stopReason' | 'tokens'>,
  measures: Measures,
  filters: RejectionSettings['filters'],
  judged: boolean,
): Reason[] {
  const { format, language, repetition, thinkingTokens, paragraphWords, codeBlock, rewritten } = measures;
  const below = (value: number | null, least: number | undefined): boolean => value !== null && least !== undefined && value < least;
  const above = (value: number | null, most: number | undefined): boolean => value !== null && most !== undefined && value > most;
  const rules: Partial<Record<Reason, boolean>> = {
    wrong: filters.correct && correct !== null && correct !== 1,
    no_verdict: filters.correct && correct === null && !judged,
    unfinished: filters.unfinished && stopReason === 'length',
    format: filters.format && !format,
    language: below(language, filters.language?.atLeast),
    repetition: above(repetition, filters.repetition?.atMost),
    too_short: below(tokens, filters.tokens?.min),
    too_long: above(tokens, filters.tokens?.max),
    thought_too_short: below(thinkingTokens, filters.thinkingTokens?.min),
    thought_too_long: above(thinkingTokens, filters.thinkingTokens?.max),
    paragraph: above(paragraphWords, filters.paragraphWords),
    code: filters.codeBlocks === 'drop' && codeBlock,
    rewrite: rewritten === false,
  };
  return (Object.keys(reasons) as Reason[]).filter((reason) => rules[reason] === true);
}

/** Words of the longest paragraph (spacedWords); an empty line ends a paragraph, and so does a tag of thought or answer. */
export function longestParagraph(text: string): number {
  let longest = 0;
  for (const paragraph of text.split(/\n[^\S\n]*\n|<\/?(?:think|answer)>/)) longest = Math.max(longest, spacedWords(paragraph).length);
  return longest;
}

/** Whether the thought has a fenced code block. */
export function hasCodeBlock(response: string): boolean {
  return /```|^[^\S\n]*~~~/m.test(thoughtText(response));
}
