import { describe, expect, it } from 'vitest';
import { checkCountdown } from '../countdownCheck.ts';
import { corpusShares, type LabDocument, labDocument, labDocuments } from './corpus.ts';
import { attempts } from './countdown.ts';
import { countdownShares } from './countdownResponse.ts';
import { labWords } from './vocabulary.ts';

const documents: LabDocument[] = [];
for (const document of labDocuments(11)) {
  if (documents.length === 15_000) break;
  documents.push(document);
}

function share(list: readonly LabDocument[], holds: (document: LabDocument) => boolean): number {
  return list.filter(holds).length / list.length;
}
const matches = (pattern: RegExp) => (document: LabDocument) => pattern.test(document.response);

const countdowns = documents.filter(({ prompt }) => prompt.includes(' make ') && /from \d/.test(prompt));
const chains = documents.filter(({ prompt }) => /^user : \d+ [-+*/]/.test(prompt));
const tagged = (list: LabDocument[]) => list.filter(matches(/<answer>/));
const thinking = tagged(countdowns).filter(matches(/<think>/));
const ordered = thinking.filter(matches(/<think> (?:in order|依次) :/));

describe('the corpus', () => {
  it('is the same for the same seed, from any document on', () => {
    const [first] = labDocuments(11, 500);
    expect(first).toEqual(documents[500]);
    expect(labDocument(12, 500)).not.toEqual(documents[500]);
  });

  it('holds only words of the vocabulary, in documents under 500 tokens', () => {
    const known = new Set(labWords);
    for (const { prompt, response } of documents) {
      const words = `${prompt} ${response}`.split(' ');
      expect(words.length).toBeLessThan(499);
      const unknown = words.filter((word) => !known.has(word));
      if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(' ')}`);
    }
  });

  it.each([
    ['general documents', 0.1, 1 - (countdowns.length + chains.length) / documents.length],
    ['countdown among the problems', 0.75, countdowns.length / (countdowns.length + chains.length)],
    ['problems without tags', corpusShares.untagged, 1 - share([...countdowns, ...chains], matches(/<answer>/))],
    ['thinking in countdown', 0.5, thinking.length / tagged(countdowns).length],
    ['thinking in chains', 0.5, share(tagged(chains), matches(/<think>/))],
    ['wrong direct countdown answers', 0.3, 1 - share(direct(countdowns), rightCountdown)],
    ['systematic search in thinking', countdownShares.long * countdownShares.ordered, ordered.length / thinking.length],
    [
      'short thinking with Chinese words',
      corpusShares.chinese + corpusShares.mixed,
      share(thinking.filter(shorterThan(60)), matches(/[一-鿿]/)),
    ],
  ])('%s: %f', (_, wanted, found) => {
    expect(Math.abs(found - wanted)).toBeLessThan(0.02);
  });

  it('mixes languages more the longer it thinks: of the words of a long search a third to a half are Chinese', () => {
    const chineseShare = (list: LabDocument[]) => {
      const words = list.flatMap(({ response }) => (/<think> (.*) <\/think>/.exec(response)?.[1] ?? '').match(/[a-z]{2,}|[一-鿿]/g) ?? []);
      return words.filter((word) => !/[a-z]/.test(word)).length / words.length;
    };
    const long = chineseShare(thinking.filter((document) => !shorterThan(200)(document)));
    expect(long).toBeGreaterThan(0.34);
    expect(long).toBeLessThan(0.5);
    const drifted = thinking.filter(matches(/<think> in order : [^一-鿿]*( no | wrong )[^一-鿿]*[一-鿿]/));
    const half = (response: string, at: 0 | 1) => {
      const thought = /<think> (.*) <\/think>/.exec(response)?.[1] ?? '';
      return {
        prompt: '',
        response: `<think> ${at === 0 ? thought.slice(0, thought.length / 2) : thought.slice(thought.length / 2)} </think>`,
      };
    };
    const [first, second] = ([0, 1] as const).map((at) => chineseShare(drifted.map(({ response }) => half(response, at))));
    expect(second).toBeGreaterThan(first + 0.1);
  });

  it('holds a few right thoughts with a summary, and no other colon in an answer', () => {
    const summed = tagged([...countdowns, ...chains]).filter(matches(/<answer> [^<]*:/));
    expect(summed.length).toBeGreaterThan(50);
    for (const document of summed) {
      expect(document.response).toMatch(/<answer> first \d+ . \d+ = \d+ , then .* \. so : [^:]+ <\/answer>$/);
      const right = countdowns.includes(document) ? rightCountdown : rightChain;
      expect(right({ ...document, response: document.response.replace(/<answer> .* so : /, '<answer> ') }), document.response).toBe(true);
    }
  });

  it('thinks wrongly in chains about as often as slips go unnoticed', () => {
    const wrong = 1 - share(tagged(chains).filter(matches(/<think>/)), rightChain);
    expect(wrong).toBeGreaterThan(0.07);
    expect(wrong).toBeLessThan(0.15);
  });

  it('holds self-checks, rare but present: a check that agrees, one that finds a mistake, a slip noticed at once', () => {
    expect(share(thinking, matches(/yes \. check .* , yes \. <\/think>/))).toBeGreaterThan(0.02);
    expect(thinking.filter(matches(/yes \. check [^?]* , no \./)).length).toBeGreaterThan(10);
    expect(thinking.filter(matches(/, wait , no , \d/)).length).toBeGreaterThan(10);
    expect(tagged(chains).filter(matches(/check .* , not \d+ ,/)).length).toBeGreaterThan(50);
  });

  it('never repeats an attempt within a document, but to check it', () => {
    for (const document of thinking) {
      const tried = written(document);
      if (tried.includes(-1) || new Set(tried).size !== tried.length) throw new Error(`${tried.join(' ')} in ${document.response}`);
    }
  });

  it('searches in order: each attempt is the next one of the circle', () => {
    let long = 0;
    for (const document of ordered) {
      const tried = written(document);
      const { length } = attempts(numbersOf(document));
      for (let i = 1; i < tried.length; i++)
        if (tried[i] !== (tried[i - 1] + 1) % length) throw new Error(`${tried.join(' ')} in ${document.response}`);
      if (tried.length > 10) long++;
    }
    expect(long).toBeGreaterThan(50);
  });
});

/** The attempts in a thought, as their places in the systematic order; -1 for what is none. */
function written(document: LabDocument): number[] {
  const circle = attempts(numbersOf(document)).map(({ first, second }) =>
    [first, second].map(({ a, op, b }) => `${a} ${op} ${b}`).join(' , '),
  );
  // A check writes an attempt again on purpose, and so does a slip that is noticed at once.
  const thought = /<think> (.*) <\/think>/.exec(document.response)?.[1] ?? '';
  const plain = thought.replace(/(?:check|查) [^.]*\./g, '').replace(/= \d+ , (?:wait|等) , (?:no|不) , (?=\d)/g, 'not ');
  let standing = '';
  return plain.split(' .').flatMap((sentence) => {
    const steps = [...sentence.matchAll(/(\d+ [-+*/] \d+) =/g)].map((match) => match[1]);
    if (steps.length === 0) return [];
    if (steps.length > 1) standing = steps[0];
    return [circle.indexOf(`${standing} , ${steps[steps.length - 1]}`)];
  });
}

function numbersOf({ prompt }: LabDocument): [number, number, number] {
  const [, a, b, c] = /from (\d+) (\d+) (\d+)/.exec(prompt) as RegExpExecArray;
  return [Number(a), Number(b), Number(c)];
}

function shorterThan(words: number): (document: LabDocument) => boolean {
  return ({ response }) => response.split(' ').length < words;
}

function direct(list: LabDocument[]): LabDocument[] {
  return tagged(list).filter((document) => !document.response.includes('<think>'));
}

function rightCountdown({ prompt, response }: LabDocument): boolean {
  const numbers = numbersOf({ prompt, response });
  const target = Number((/make (\d+)/.exec(prompt) as RegExpExecArray)[1]);
  return checkCountdown((/<answer> (.*) <\/answer>/.exec(response) as RegExpExecArray)[1], numbers, target);
}

function rightChain({ prompt, response }: LabDocument): boolean {
  const [text] = /\d[-+*/ \d]*\d/.exec(prompt) as RegExpExecArray;
  // Independent of the generator: products first, then sums, by splitting.
  const product = (part: string) =>
    part
      .split(/(?= [*/] )/)
      .reduce(
        (value, factor) =>
          factor.startsWith(' * ')
            ? value * Number(factor.slice(3))
            : factor.startsWith(' / ')
              ? value / Number(factor.slice(3))
              : Number(factor),
        0,
      );
  const value = text.split(/(?= [-+] )/).reduce((sum, part) => {
    if (part.startsWith(' + ')) return sum + product(part.slice(3));
    return part.startsWith(' - ') ? sum - product(part.slice(3)) : product(part);
  }, 0);
  return Number((/(\d+) <\/answer>/.exec(response) as RegExpExecArray)[1]) === value;
}
