// The filters that look at one response, each by itself: what it rejects, what it lets pass, and which reason counts.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { languageConsistency } from '../../rewards/language/consistency.ts';
import { rejectionSchema } from '../settings.ts';
import { hasCodeBlock, longestParagraph, type Measures, reasons, reasonsFor } from './filters.ts';

const right = { correct: 1, stopReason: 'stop', tokens: 100 };
const plain: Measures = {
  ...{ format: true, language: null, repetition: null, thinkingTokens: null, paragraphWords: 10, codeBlock: false, rewritten: null },
};
const against = (
  filters: object,
  measures: Partial<Measures> = {},
  candidate: Partial<typeof right> | { correct: null } = {},
  judged = false,
) =>
  reasonsFor(
    { ...right, ...candidate },
    { ...plain, ...measures },
    rejectionSchema.parse({ kind: 'rejection', maxTokens: 9, filters }).filters,
    judged,
  );

describe('a long paragraph', () => {
  it.each([
    ['one two\nthree', 3],
    ['one two\n\nthree', 2],
    ['one two\n \t\nthree four five', 3],
    ['one two\r\n\r\nthree', 2],
    // Tags end one, also without a line.
    ['<think>one two</think><answer>three</answer>', 2],
    // A character of a script without spaces is a word: 30 of them are no short paragraph.
    ['我们先把两个数加起来'.repeat(3), 30],
    ['所以 x = 3 。', 6],
    ['', 0],
  ])('of %j has %d words', (text, words) => {
    expect(longestParagraph(text)).toBe(words);
  });

  it('is the longest of all, wherever it stands', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }), (lengths) => {
        const text = lengths.map((length) => Array.from({ length }, (_, i) => (i % 7 === 6 ? 'w\n' : 'w ')).join('')).join('\n\n');
        expect(longestParagraph(text)).toBe(Math.max(...lengths));
      }),
    ));

  it('is rejected above the bound, not at it', () => {
    expect(against({ paragraphWords: 10 })).toEqual([]);
    expect(against({ paragraphWords: 9 })).toEqual(['paragraph']);
    expect(against({})).toEqual([]);
  });
});

describe('a code block', () => {
  it.each([
    ['<think>so\n```python\nprint(3)\n```\n</think> 3', true],
    ['<think>so\n  ~~~\nprint(3)\n~~~\n</think> 3', true],
    // In the answer it is what was asked for.
    ['<think>so</think>\n```python\nprint(3)\n```', false],
    ['<think>`print` and a ~~~ within</think> 3', false],
    // A thought that is never ended, and none at all: all of it is reasoning.
    ['<think>so\n```\n1\n```', true],
    ['so\n```\n1\n```', true],
  ])('in %j: %s', (text, found) => {
    expect(hasCodeBlock(text)).toBe(found);
  });

  it('is rejected where it is asked for', () => {
    expect(against({ codeBlocks: 'drop' }, { codeBlock: true })).toEqual(['code']);
    expect(against({}, { codeBlock: true })).toEqual([]);
  });
});

describe('mixed languages', () => {
  const share = async (thought: string): Promise<number | null> => {
    const [found] = await languageConsistency('en')({
      ...{ prompts: ['p'], completions: [`<think>${thought}</think> 三`], rows: [{ id: 'r', prompt: 'p' }] },
    });
    return found;
  };
  it.each([
    // 9 of 10, the paper's measure, of the thought alone.
    ['we add the two and then we get nine 的', []],
    ['we add the two and then we get 九 的', ['language']],
    // A sentence of another language of the same script.
    ['First we add the two numbers. Luego dividimos la suma entre tres y ya.', ['language']],
    // Nothing that is a word mixes nothing.
    ['3 + 4 = 7', []],
  ])('%j: %j', async (thought, expected) => {
    expect(against({ language: {} }, { language: await share(thought) })).toEqual(expected);
  });
});

describe('the reasons', () => {
  it('are all told, in the order in which they count', () => {
    const filters = {
      ...{
        format: true,
        language: {},
        repetition: {},
        tokens: { max: 50 },
        thinkingTokens: { min: 5 },
        paragraphWords: 3,
        codeBlocks: 'drop',
      },
    };
    const worst = { format: false, language: 0, repetition: 1, thinkingTokens: 1, codeBlock: true, rewritten: false };
    const found = against(filters, worst, { correct: 0, stopReason: 'length' });
    expect(found).toEqual([
      ...['wrong', 'unfinished', 'format', 'language', 'repetition', 'too_long', 'thought_too_short', 'paragraph', 'code', 'rewrite'],
    ]);
    expect(found).toEqual(Object.keys(reasons).filter((reason) => (found as string[]).includes(reason)));
    expect(against(filters)).toEqual(['too_long', 'paragraph']);
  });

  it('half right is wrong; what no rule judges needs a judge', () => {
    expect(against({}, {}, { correct: 0.5 })).toEqual(['wrong']);
    expect(against({}, {}, { correct: null })).toEqual(['no_verdict']);
    expect(against({}, {}, { correct: null }, true)).toEqual([]);
    expect(against({ correct: false }, {}, { correct: 0 })).toEqual([]);
  });
});
