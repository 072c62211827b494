// A pair before its judge.

import { expect, it } from 'vitest';
import { NoVerdict, type PreferenceJudge } from '../../rewards/preference.ts';
import { judgePair, meanPoints } from './judging.ts';

const row = { id: 'r1', prompt: 'p' };
const judgeBy = (compare: PreferenceJudge['compare']): PreferenceJudge => ({ compare });

it('points are of the first response whichever side it was shown on, and both orders occur', async () => {
  const judge = judgeBy((_, a) => (a === 'good' ? 1 : -1));
  const judgements = await judgePair(judge, row, ['good', 'bad'], 40, 1);
  expect(judgements.map(({ points }) => points)).toEqual(Array(40).fill(1));
  const swapped = judgements.filter((one) => one.swapped).length;
  expect(swapped).toBeGreaterThan(8);
  expect(swapped).toBeLessThan(32);
});

it('a judge that has an eye for the first side alone is found to see nothing', async () => {
  const means = await Promise.all(
    Array.from({ length: 60 }, async (_, seed) =>
      meanPoints(
        await judgePair(
          judgeBy(() => 1),
          row,
          ['a', 'b'],
          4,
          seed,
        ),
      ),
    ),
  );
  const mean = means.reduce((sum: number, one) => sum + (one ?? 0), 0) / means.length;
  expect(Math.abs(mean)).toBeLessThan(0.2);
});

it('each judgement has a seed of its own, and the same the next time', async () => {
  const seeds: number[][] = [];
  for (const seed of [5, 5, 6]) {
    const asked: number[] = [];
    await judgePair(
      judgeBy((_row, _a, _b, each) => asked.push(each)),
      row,
      ['a', 'b'],
      4,
      seed,
    );
    seeds.push(asked);
  }
  expect(new Set(seeds[0]).size).toBe(4);
  expect(seeds[1]).toEqual(seeds[0]);
  expect(seeds[2]).not.toEqual(seeds[0]);
});

it('a judgement without a verdict is none, and leaves its pair without a mean', async () => {
  let number = 0;
  const judge = judgeBy(() => {
    if (number++ === 2) throw new NoVerdict('nonsense');
    return 2;
  });
  const judgements = await judgePair(judge, row, ['a', 'b'], 4, 1);
  expect(judgements.map(({ points }) => points === null)).toEqual([false, false, true, false]);
  expect(meanPoints(judgements)).toBeNull();
  expect(meanPoints([{ points: 2 }, { points: -1 }])).toBe(0.5);
});

it.each([
  ['NaN', () => Number.NaN, /returned NaN/],
  ['no number', () => 'A' as unknown as number, /returned A/],
  ['an error', () => Promise.reject(new Error('out of order')), /threw: out of order/],
])('%s of a judge is told with the row', async (_, compare, words) => {
  const judged = judgePair(judgeBy(compare), row, ['a', 'b'], 1, 1);
  await expect(judged).rejects.toThrow(words);
  await expect(judged).rejects.toThrow(/row: r1/);
});
