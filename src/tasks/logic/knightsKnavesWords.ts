// The English of answers to knights and knaves, as tokens: names, roles, "not", "everyone", "only" ...; knightsKnavesCheck.ts reads them.

export type Token =
  | { kind: 'name'; who: number }
  | { kind: 'role'; knight: boolean }
  | {
      kind:
        | 'not'
        | 'neither'
        | 'nor'
        | 'all'
        | 'none'
        | 'rest'
        | 'both'
        | 'only'
        | 'except'
        | 'same'
        | 'is'
        | 'or'
        | 'they'
        | 'respectively';
    }
  /** Takes back or leaves open what is said: no answer. */
  | { kind: 'hedge' }
  /** A word of which it is not known what it does to the sentence. */
  | { kind: 'other' };

/** Phrases, each made one word, longest first. */
const phrases: [RegExp, string][] = [
  [/\b(?:we|i|you|one) (?:can|may) (?:now )?(?:therefore )?(?:conclude|see|say|deduce|determine)\b/g, ' '],
  [/\b(?:is|are|do|does|did|ca|wo|could|would|was|were)n[o']?t\b|\bcannot\b/g, ' not '],
  [/\[\s*\]|\{\s*\}|\(\s*\)|\u2205|\bn\/a\b/g, ' @none '],
  [/\bno[ -]?(?:one|body)\b|\bnone(?: of (?:them|these|us|the \w+))?\b|\bnone\b/g, ' @none '],
  [/\b(?:except(?: for)?|apart from|other than)\b|(?<=\b(?:all|everyone|everybody) )but\b/g, ' @except '],
  [
    /\b(?:(?:every|any)(?:one|body) else|(?:all )?(?:the |of the )?(?:rest|others?|remaining)(?: of them)?(?: (?:people|persons?|inhabitants?|one|ones|two|three|four|five|six))?)\b/g,
    ' @rest ',
  ],
  [
    /\b(?:they are (?:all|both)|every(?:one|body)|(?:all|each)(?: (?:one )?of (?:them|these|us|the))?(?: (?:two|three|four|five|six|seven|people|inhabitants))*)\b/g,
    ' @all ',
  ],
  [/\b(?:so|as) (?:is|are)\b|\bas well\b|\blikewise\b|\btoo\b/g, ' @same '],
  [/\btruth[ -]?tellers?\b|\b(?:tells?|telling|speaks?|speaking) (?:only )?the truth\b|\b(?:truthful|honest|knights?)\b/g, ' @knight '],
  [/\bliars?\b|\b(?:tells?|telling) (?:only )?lies\b|\b(?:lies?|lying|dishonest|untruthful|knaves?)\b/g, ' @knave '],
];

const words: Record<string, Token['kind']> = {
  '@none': 'none',
  '@all': 'all',
  '@rest': 'rest',
  '@except': 'except',
  '@same': 'same',
  both: 'both',
  only: 'only',
  not: 'not',
  never: 'not',
  neither: 'neither',
  nor: 'nor',
  respectively: 'respectively',
  or: 'or',
  he: 'they',
  she: 'they',
  they: 'they',
};
for (const word of 'is are be = : > \u2192'.split(' ')) words[word] = 'is';
const hedges =
  'either if unless maybe perhaps possibly possible might may could can would should suppose assume assuming assumption supposing probably ' +
  'likely unclear unknown unsure uncertain scenario otherwise alternatively opposite reverse reversed swap swapped exchanged false wrong ' +
  'incorrect mistaken kidding contrary contradiction impossible instead actually wait no whether';
for (const word of hedges.split(' ')) words[word] = 'hedge';
/** Words that change nothing. */
const fillers = new Set(
  (
    'a an the so thus therefore hence then finally final answer answers solution conclusion we have find get that this there must was were to of being ' +
    'type types role roles status person people inhabitant inhabitants islander islanders name names identity identities following always ' +
    'in fact i conclude know means as follows result here it who which them two three four five six seven definitely clearly indeed also ' +
    'and kind character must correct has one ones however turn turns out identified classified determined found \u2713 \u2714 \u2705'
  ).split(' '),
);

/** The tokens of a segment in lower case. Any punctuation, and a number in front of an item, is passed over. */
export function tokensOf(segment: string, names: readonly string[]): Token[] {
  let text = segment;
  for (const [pattern, word] of phrases) text = text.replace(pattern, word);
  const tokens: Token[] = [];
  for (const word of text.match(/@?[a-z]+|\d+|\p{L}+|[=:>\u2192\u2713\u2714\u2705\u2717\u2718\u274c]/gu) ?? []) {
    const who = names.indexOf(word);
    if (who >= 0) tokens.push({ kind: 'name', who });
    else if (word === '@knight' || word === '@knave') tokens.push({ kind: 'role', knight: word === '@knight' });
    else if (Object.hasOwn(words, word)) tokens.push({ kind: words[word] } as Token);
    else if (!fillers.has(word) && !/^\d+$/.test(word) && word !== 's') tokens.push({ kind: 'other' });
  }
  return tokens;
}
