// Signatures against the exact Jaccard similarity of the sets of n-grams, and bands against the probability that they promise.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandsFor, estimatedSimilarity, MinHash } from './minhash.ts';
import { stream } from './random.ts';

const words = 3;
const exact = (a: string, b: string): number => {
  const grams = (text: string): Set<string> => {
    const all = text.toLowerCase().split(' ');
    const length = Math.min(words, all.length);
    return new Set(Array.from({ length: all.length - length + 1 }, (_, i) => all.slice(i, i + length).join(' ')));
  };
  const [left, right] = [grams(a), grams(b)];
  const both = [...left].filter((gram) => right.has(gram)).length;
  return both / (left.size + right.size - both);
};

/** A text, and the same with some of its words exchanged. */
const pair = fc
  .record({
    seed: fc.nat(),
    length: fc.integer({ min: 3, max: 120 }),
    changes: fc.integer({ min: 0, max: 60 }),
    vocabulary: fc.integer({ min: 2, max: 400 }),
  })
  .map(({ seed, length, changes, vocabulary }) => {
    const random = stream(seed, 'texts');
    const a = Array.from({ length }, () => `w${random.int(vocabulary)}`);
    const b = [...a];
    for (let i = 0; i < changes; i++) b[random.int(length)] = `v${random.int(vocabulary)}`;
    return [a.join(' '), b.join(' ')] as const;
  });

describe('a signature', () => {
  it('estimates the exact similarity of any two texts within five standard errors and four entries', () => {
    const size = 256;
    const minhash = new MinHash(7, words, size);
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const similarity = exact(a, b);
        const error = Math.sqrt((similarity * (1 - similarity)) / size);
        const estimate = estimatedSimilarity(minhash.signature(a), minhash.signature(b));
        expect(Math.abs(estimate - similarity)).toBeLessThanOrEqual(5 * error + 4 / size);
      }),
      { numRuns: 400 },
    );
  });

  it('is unbiased: the mean of many estimates, each with functions of its own, is the similarity', () => {
    const [a, b] = ['a b c d e f g h i j k l', 'a b c d e f x h i j k l'];
    const estimates = Array.from({ length: 300 }, (_, seed) => {
      const minhash = new MinHash(seed, words, 64);
      return estimatedSimilarity(minhash.signature(a), minhash.signature(b));
    });
    const mean = estimates.reduce((sum, each) => sum + each, 0) / estimates.length;
    const similarity = exact(a, b);
    expect(Math.abs(mean - similarity)).toBeLessThan(4 * Math.sqrt((similarity * (1 - similarity)) / (64 * 300)));
  });

  it('does not see capitals and spaces, sees signs, and takes each Chinese character for a word', () => {
    const minhash = new MinHash(1, 2, 64);
    const alike = (a: string, b: string) => estimatedSimilarity(minhash.signature(a), minhash.signature(b));
    expect(alike('So 3 + 4\n= 7.', 'so 3+4 = 7 .')).toBe(1);
    expect(alike('3 + 4', '3 - 4')).toBe(0);
    expect(alike('三加四得七', '三 加 四 得 七')).toBe(1);
    expect(alike('', '  ')).toBe(1);
    expect(alike('', 'one')).toBe(0);
    expect(alike('one', 'One')).toBe(1);
  });

  it('is the same for the same seed alone', () => {
    const of = (seed: number) => new MinHash(seed, 5, 32).signature('the same text again and again');
    expect(of(3)).toEqual(of(3));
    expect(of(3)).not.toEqual(of(4));
  });
});

describe('bands', () => {
  it.each([0.5, 0.7, 0.8, 0.9, 0.99])('find 99%% of the pairs of similarity %d', (similarity) => {
    const size = 128;
    const { bands, rows } = bandsFor(similarity, size);
    expect(bands * rows).toBeLessThanOrEqual(size);
    expect(1 - (1 - similarity ** rows) ** bands).toBeGreaterThanOrEqual(0.99);
    // One row more a band would not.
    if (rows < size) expect(1 - (1 - similarity ** (rows + 1)) ** Math.floor(size / (rows + 1))).toBeLessThan(0.99);
    const random = stream(5, 'bands', similarity);
    let found = 0;
    for (let trial = 0; trial < 1000; trial++)
      found += Number(
        Array.from({ length: bands }, () => Array.from({ length: rows }, () => random.next() < similarity).every(Boolean)).some(Boolean),
      );
    expect(found).toBeGreaterThan(970);
  });
});
