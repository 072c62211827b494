// How the corpus answers general prompts: as a web corpus would, curt, false, rambling or in the other language as often as well, and
// complying with most requests that should be declined. Good answers and answers after a short thought are there, at a low share.
import type { Stream } from '../../../algorithms/random.ts';
import { drawGeneral, generalPrompt } from './draw.ts';
import { type GeneralItem, type GeneralLanguage, pickOne } from './item.ts';

type Style = 'good' | 'curt' | 'wrong' | 'rambling' | 'foreign';

/** Shares of the general documents. */
export const generalShares = {
  styles: { good: 0.25, curt: 0.25, wrong: 0.2, rambling: 0.2, foreign: 0.1 } satisfies Record<Style, number>,
  /** Of requests that should be declined: `good` declines; curt, wrong and rambling comply. */
  declineStyles: { good: 0.2, curt: 0.25, wrong: 0.35, rambling: 0.15, foreign: 0.05 } satisfies Record<Style, number>,
  /** After a short thought, in tags; half of these are good whatever was asked. */
  thinking: 0.06,
  thinkingGood: 0.5,
  /** Answer tags alone. */
  tagged: 0.1,
  /** Of the sentences that a rambling answer adds: in the other language. */
  foreignFiller: 0.25,
};

export function generalDocument(random: Stream): { prompt: string; response: string } {
  const item = drawGeneral(random);
  const prompt = generalPrompt(item);
  const form = random.next();
  const thinks = form < generalShares.thinking;
  const style = thinks && random.next() < generalShares.thinkingGood ? 'good' : drawStyle(item, random);
  const answer = answerIn(style, item, random);
  if (thinks) return { prompt, response: thoughtfully(item, answer) };
  return { prompt, response: form < generalShares.thinking + generalShares.tagged ? `<answer> ${answer} </answer>` : answer };
}

/** Styles of the responses of `lab:general`, in the format, as data of people are: mostly good, not all. */
export const writtenShares = { good: 0.6, curt: 0.15, rambling: 0.15, wrong: 0.1 } satisfies Partial<Record<Style, number>>;

/** A short thought, then an answer in one of these styles; to a request that should be declined all but `good` comply. */
export function writtenResponse(item: GeneralItem, random: Stream): string {
  return thoughtfully(item, answerIn(drawn(writtenShares, random), item, random));
}

/** The response that a good writer gives: a short thought, then a good answer. */
export function goodResponse(item: GeneralItem, random: Stream): string {
  return thoughtfully(item, answerIn('good', item, random));
}

function thoughtfully({ thought }: GeneralItem, answer: string): string {
  return `<think> ${thought} . </think> <answer> ${answer} </answer>`;
}

function drawStyle({ kind }: GeneralItem, random: Stream): Style {
  return drawn(kind === 'decline' ? generalShares.declineStyles : generalShares.styles, random);
}

function drawn(styles: Partial<Record<Style, number>>, random: Stream): Style {
  let u = random.next();
  for (const [style, share] of Object.entries(styles)) {
    u -= share;
    if (u < 0) return style as Style;
  }
  return 'good';
}

function answerIn(style: Style, item: GeneralItem, random: Stream): string {
  if (style === 'foreign') return item.foreign;
  if (style !== 'rambling') return pickOne(item[style], random);
  const core = pickOne(item.kind === 'decline' ? item.wrong : item.good, random);
  const other: GeneralLanguage = item.language === 'en' ? 'zh' : 'en';
  const sentences = [core];
  for (let more = 2 + random.int(4); more > 0; more--)
    sentences.push(
      random.next() < 0.4 ? core : pickOne(fillers[random.next() < generalShares.foreignFiller ? other : item.language], random),
    );
  return sentences.join(' ');
}

const fillers: Record<GeneralLanguage, readonly string[]> = {
  en: [
    'i am the assistant , and you are the user .',
    'i guess so , but maybe not .',
    'it is good , and good is not bad .',
    'wait , i will do it again .',
    'what is it , and what is it not ?',
    'so it is , and so it will be .',
    'maybe yes , maybe no , maybe i guess .',
    'you can talk to me again and again .',
  ],
  zh: [
    '我 是 助手 , 你 是 朋友 .',
    '我 猜 , 也许 对 , 也许 不 对 .',
    '好 是 好 , 不 好 是 不 好 .',
    '等 , 我 再 说 .',
    '那 是 什么 , 不 是 什么 ?',
  ],
};
