import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalWords } from './normalWords.ts';

const joined = (text: string): string => normalWords(text).join(' ');

describe('normalWords', () => {
  it.each([
    ['Find $\\dfrac{x}{2{,}000}$!', 'find \\frac{x}{2,000}'],
    ['If $\\left(a+b\\right)^2 \\le 9$, what is $a \\cdot b$?', 'if (a+b)^2 ≤ 9, what is a · b?'],
    ['an angle of $45^\\circ$', 'An angle of 45°'],
    ['**Janet’s** ducks', "janet's ducks"],
    ['$\\text{Let } \\alpha = \\pi$', 'let α = π'],
    ['It costs \\$1,250.', 'it costs $1250'],
    ['ＡＢＣ　１２', 'abc 12'],
    ['one\n\n two\tthree', 'one two three'],
    ['\\mathbf{v} \\times \\mathrm{w}', 'v × w'],
  ])('%j is written otherwise as %j', (a, b) => {
    expect(joined(a)).toBe(joined(b));
  });

  it.each([
    ['\\sin x', '\\cos x'],
    ['x = 2', 'x = 3'],
    ['1,234', '1,23,4'],
    ['été', 'ete'],
  ])('%j and %j stay two', (a, b) => {
    expect(joined(a)).not.toBe(joined(b));
  });

  it('takes each character for a word where a script has no spaces, and words of others beside them as words', () => {
    expect(normalWords('珍妮特的鸭子每天下16颗蛋。')).toEqual(['珍', '妮', '特', '的', '鸭', '子', '每', '天', '下', '16', '颗', '蛋']);
    expect(normalWords('x=3のとき')).toEqual(['x', '3', 'の', 'と', 'き']);
    expect(normalWords('한국어 문장')).toEqual(['한국어', '문장']);
  });

  it('is the same for a text and for its words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const words = normalWords(text);
        expect(normalWords(words.join(' '))).toEqual(words);
      }),
    );
  });
});
