import { describe, expect, it } from 'vitest';
import { stream } from '../../algorithms/random.ts';
import { zebra } from './zebra.ts';
import { arrangements, type Clue, holds, trueClues } from './zebraClues.ts';

/** Every arrangement of `categories` categories over the houses that the clues allow, by trying all. */
function byTryingAll(clues: readonly Clue[], houses: number, categories: number): number[][] {
  const permutations = (rest: number[]): number[][] =>
    rest.length === 0 ? [[]] : rest.flatMap((first) => permutations(rest.filter((x) => x !== first)).map((tail) => [first, ...tail]));
  const orders = permutations(Array.from({ length: houses }, (_, i) => i));
  let all: number[][] = [[]];
  for (let c = 0; c < categories; c++) all = all.flatMap((at) => orders.map((order) => [...at, ...order]));
  return all.filter((at) => clues.every((clue) => holds(clue, at)));
}

describe('arrangements', () => {
  it('finds what trying all of them finds, for any set of clues', () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = stream(seed, 'zebra clues test');
      const [houses, categories] = [3 + random.int(2), 2];
      const at = Array.from({ length: categories }, () => random.shuffle(Array.from({ length: houses }, (_, i) => i))).flat();
      const clues = random.shuffle(trueClues(at, houses)).slice(0, random.int(6));
      const expected = byTryingAll(clues, houses, categories).map(String).sort();
      expect(arrangements(clues, houses, categories, 1e6).map(String).sort()).toEqual(expected);
      expect(expected).toContain(String(at));
    }
  });

  it('finds none where clues contradict each other', () => {
    const left = (a: number, b: number) => ({ kind: 'left', a, b }) as const;
    expect(arrangements([left(0, 1), left(1, 0)], 3, 2, 2)).toEqual([]);
    expect(arrangements([left(0, 1), left(1, 2)], 3, 1, 9)).toEqual([[0, 1, 2]]);
  });
});

describe('the zebra generator', () => {
  it('is the same for the same seed, and its clues grow with the level', () => {
    const counts = [1, 2, 3, 4, 5].map((level) => {
      const puzzle = zebra.draw(level, stream(3, level));
      expect(zebra.draw(level, stream(3, level))).toEqual(puzzle);
      return puzzle.question.split('\n').filter((line) => /^\d+\. /.test(line)).length;
    });
    expect(counts[4]).toBeGreaterThan(counts[2]);
    expect(counts[2]).toBeGreaterThan(counts[0]);
  });

  it('says every clue that makes the answer the only one, and no more: read back from its words, they leave one arrangement', () => {
    for (let level = 1; level <= 5; level++)
      for (let seed = 0; seed < 5; seed++) {
        const { question, solution } = zebra.draw(level, stream(seed, 'read back', level));
        const houses = solution.length;
        const values = Object.keys(solution[0]).flatMap((key) => solution.map((house) => house[key]));
        const named = (text: string) =>
          values
            .map((value, v) => ({ v, at: text.search(new RegExp(`\\b${value}\\b`)) }))
            .filter(({ at }) => at >= 0)
            .sort((x, y) => x.at - y.at)
            .map(({ v }) => v);
        const clues = question
          .split('\n')
          .filter((line) => /^\d+\. /.test(line))
          .map((line): Clue => {
            const [a, b] = named(line);
            const house = Number(/house (\d)\.$/.exec(line)?.[1]) - 1;
            if (/does not live in/.test(line)) return { kind: 'notAt', a, house };
            if (/lives in/.test(line)) return { kind: 'at', a, house };
            if (/directly to the left/.test(line)) return { kind: 'left', a, b };
            if (/next to/.test(line)) return { kind: 'beside', a, b };
            return { kind: /somewhere/.test(line) ? 'before' : 'same', a, b };
          });
        const found = arrangements(clues, houses, values.length / houses, 2);
        // Values are numbered by house, so the solution is 0, 1, 2 ... in every category.
        expect(found).toEqual([values.map((_, v) => v % houses)]);
        for (const clue of clues)
          expect(
            arrangements(
              clues.filter((other) => other !== clue),
              houses,
              values.length / houses,
              2,
            ),
          ).toHaveLength(2);
      }
  });
});
