// The languages of the lab's documents: English, Chinese words, both within one response, or English that drifts into Chinese the
// longer it goes on (as R1-Zero's outputs mixed them).
import type { Stream } from '../../algorithms/random.ts';

export type Language = 'en' | 'zh' | 'mixed' | 'drifting';

/** The phrases of thinking that have a Chinese form. */
const chinese = {
  try: '试',
  wait: '等',
  no: '不',
  wrong: '错',
  yes: '对',
  again: '再',
  but: '但',
  maybe: '也许',
  check: '查',
  so: '那',
  not: '不 是',
  'i guess': '我 猜',
  'in order': '依次',
} as const;

export type Phrase = keyof typeof chinese;

/** Says a phrase in the document's language; a mixed document chooses anew each time. */
export function speaker(language: Language, random: Stream): (phrase: Phrase) => string {
  if (language === 'en') return (phrase) => phrase;
  if (language === 'zh') return (phrase) => chinese[phrase];
  let said = 0;
  return (phrase) => {
    const share = language === 'mixed' ? 0.5 : Math.min(drift.most, drift.perPhrase * said++);
    return random.next() < share ? chinese[phrase] : phrase;
  };
}

/** The share of Chinese in drifting thoughts: how much it grows with each phrase said, and where it ends. */
const drift = { perPhrase: 0.08, most: 0.6 };

/** Words that show reflection, in both languages. */
export const labReflectionWords = ['wait', 'no', 'wrong', 'again', 'but', 'check', '等', '不', '错', '再', '但', '查'];
