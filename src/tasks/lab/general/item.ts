// What a general prompt is: the user's words, what a right answer to them says, and answers of several qualities to write from.
import type { Stream } from '../../../algorithms/random.ts';

export type GeneralKind = 'greeting' | 'fact' | 'comparison' | 'advice' | 'request' | 'decline';

export type GeneralLanguage = 'en' | 'zh';

/** What a checker needs to judge any answer. Phrases are words of the vocabulary, found as whole words. */
export interface Facts {
  /** A right answer says one phrase of each list. */
  says: string[][];
  /** Answers in a word that are right all the same. */
  short: string[];
  /** Phrases that make an answer wrong; of a request to be declined: that comply with it. */
  never: string[];
  /** The numbers that a right answer may name; without it any. */
  numbers?: number[];
  /** Whether a kind word is due. */
  polite: boolean;
}

export interface GeneralItem {
  kind: GeneralKind;
  language: GeneralLanguage;
  /** The user's words. */
  text: string;
  /** What decides whether it is held out: the same for other wordings of the same question, in either language. */
  canonical: string;
  facts: Facts;
  /** What one may think before a good answer. */
  thought: string;
  /** To prefer: right, whole sentences, kind. Those of `decline` decline. */
  good: string[];
  /** Right, or nearly, in a word. Those of `decline` comply in a word. */
  curt: string[];
  /** Beside the point or false. Those of `decline` comply. */
  wrong: string[];
  /** A good answer in the other language. */
  foreign: string;
}

export type Maker = (random: Stream) => GeneralItem;

export function pickOne<T>(list: readonly T[], random: Stream): T {
  return list[random.int(list.length)];
}

/** The item with a few words before it, as people begin: they change nothing. */
export function ledIn(item: GeneralItem, random: Stream): GeneralItem {
  const lead = pickOne(leads[item.language], random);
  return { ...item, text: lead + item.text };
}

const leads: Record<GeneralLanguage, readonly string[]> = {
  en: ['', '', '', 'assistant , ', 'hello , ', 'hi , ', 'please help me : ', 'my friend , ', 'hello assistant , '],
  zh: ['', '', '', '你 好 , ', '请 帮 我 : ', '朋友 , '],
};

export const people = ['ann', 'bob', 'tom', 'li'] as const;
