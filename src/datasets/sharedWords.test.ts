import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WordRuns } from './sharedWords.ts';

const words = (n: number, from = 0): string => Array.from({ length: n }, (_, i) => `w${from + i}`).join(' ');

describe('WordRuns', () => {
  it('finds ten words in a row and no nine, whatever stands around them', () => {
    const runs = new WordRuns([words(30)]);
    expect(runs.find(`before ${words(10, 7)} behind`)).toEqual({ text: 0, words: words(10, 7) });
    expect(runs.find(`before ${words(9, 7)} behind`)).toBeUndefined();
    expect(runs.find(`${words(9, 7)} and ${words(9, 16)}`)).toBeUndefined();
  });

  it('gives the longest run, whole, and the text that it is in', () => {
    const common = words(12, 100);
    const runs = new WordRuns([`${common} a b c`, `x y z ${common} d e f g`, words(40, 500)]);
    expect(runs.find(`Once ${common} d e f, then`)).toEqual({ text: 1, words: `${common} d e f` });
    expect(runs.find(`x y z ${common} no`)?.words).toBe(`x y z ${common}`);
    expect(runs.find(`${words(11, 505)} / ${words(15, 520)}`)).toEqual({ text: 2, words: words(15, 520) });
  });

  it('never takes a run from two texts together', () => {
    const runs = new WordRuns([words(12), words(12, 12)]);
    expect(runs.find(words(10, 5))).toBeUndefined();
    expect(runs.find(words(24))?.words).toBe(words(12));
  });

  it('knows a shorter text as a whole: as all of another, or as a line of it', () => {
    const runs = new WordRuns(['Compute $1+1$.', words(12)]);
    expect(runs.find('compute 1 + 1')).toEqual({ text: 0, words: 'compute 1 1' });
    expect(runs.find('Compute 1+1.\nPlease reason step by step.')).toEqual({ text: 0, words: 'compute 1 1' });
    expect(runs.find('Compute 1+1+1')).toBeUndefined();
    expect(runs.find('')).toBeUndefined();
  });

  it('is right where it is empty, and where all texts are the same', () => {
    expect(new WordRuns([]).find(words(20))).toBeUndefined();
    expect(new WordRuns(['', ' ', '...']).find('')).toBeUndefined();
    const runs = new WordRuns(Array.from({ length: 3000 }, (_, i) => `${words(40)} number${i}`));
    expect(runs.find(`${words(40)} number2999`)).toEqual({ text: 2999, words: `${words(40)} number2999` });
  });

  it('says what a search through all pairs of places says', () => {
    // Two words only, so that runs are shared by chance.
    const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 60 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), text, (known, asked) => {
        let longest = 0;
        for (const other of known)
          for (let i = 0; i < other.length; i++)
            for (let j = 0; j < asked.length; j++) {
              let n = 0;
              while (i + n < other.length && j + n < asked.length && other[i + n] === asked[j + n]) n++;
              longest = Math.max(longest, n);
            }
        const found = new WordRuns(known.filter((each) => each.length >= 10).map((each) => each.join(' '))).find(asked.join(' '));
        expect(found !== undefined).toBe(longest >= 10);
        if (found) {
          expect(found.words.split(' ').length).toBeLessThanOrEqual(longest);
          expect(asked.join(' ')).toContain(found.words);
        }
      }),
    );
  });
});
