// What judged responses become, by hand: no engine, no judge.

import { expect, it } from 'vitest';
import { type JudgedPrompt, judgedData } from './judgedPairs.ts';

/** A pair a prompt, of which the first is preferred; it is the longer in every other prompt. */
const prompts = Array.from({ length: 60 }, (_, n): JudgedPrompt => {
  const texts = n % 2 ? ['long', 's'] : ['s', 'long'];
  return {
    row: { id: `row ${n}`, prompt: `prompt ${n}` },
    responses: texts.map((text) => ({ text })),
    pairs: [{ a: 0, b: 1, judgements: [{ points: 2, swapped: false }] }],
  };
});

it('lengths are balanced among the pairs to learn from, and among those held out', () => {
  for (let seed = 0; seed < 10; seed++) {
    const { pairs } = judgedData(prompts, { margin: 1, balance: 'response', heldOut: 0.3 }, seed, ({ length }) => length);
    for (const part of [pairs.train, pairs.heldOut]) {
      expect(part.length).toBeGreaterThan(6);
      expect(part.filter(({ chosen, rejected }) => chosen.length > rejected.length)).toHaveLength(part.length / 2);
    }
    const all = judgedData(prompts, { margin: 1, balance: 'none', heldOut: 0.3 }, seed, ({ length }) => length);
    expect([all.pairs.train.length, all.pairs.heldOut.length]).toEqual([42, 18]);
  }
});
