// A judge behind an endpoint: what it is shown, how its answers are read, and what is made of nonsense.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type AskedModel, endpointHarm, endpointJudge, readVerdict } from './endpointJudge.ts';
import { NoVerdict } from './preference.ts';
import type { TaskRow } from './reward.ts';

const row: TaskRow = { id: '1', prompt: [{ role: 'user', content: 'How hot is the sun?' }] };
const options = { maxTokens: 50, temperature: 0.7 };

/** A model that says these, one after another, and then again. */
function says(...answers: string[]): AskedModel & { asked: string[]; seeds: number[] } {
  const asked: string[] = [];
  const seeds: number[] = [];
  return {
    asked,
    seeds,
    complete: async (prompt, { seed }) => {
      asked.push(typeof prompt === 'string' ? prompt : prompt.map(({ content }) => content).join('\n'));
      seeds.push(seed);
      return { text: answers[(asked.length - 1) % answers.length] };
    },
  };
}

const compare = (model: AskedModel, sees: 'summary' | 'response' = 'summary') =>
  endpointJudge(model, { ...options, sees }).compare(row, '<think> secret </think> hot', 'cold', 3);

it.each([
  ['[[A>>B]]', 2],
  ['A is right. [[A>B]]', 1],
  ['<think> maybe [[B>A]] </think> [[A = B]] and so [[A=B]].', 0],
  ['[[b>a]]', -1],
  ['[[B>>A]]', -2],
])('%j gives %i points', async (answer, expected) => {
  expect(await compare(says(answer))).toBe(expected);
});

it.each(['', 'A is better', '[[A>B]] or rather [[B>A]]', '[[A]]', '[[C>B]]', '<think> [[A>B]]', '[A>B]', '[[toString]]', '7'])(
  '%j is no verdict: it is asked for again, with another seed, and never becomes a draw',
  async (nonsense) => {
    const once = says(nonsense, '[[B>A]]');
    expect(await compare(once)).toBe(-1);
    expect(new Set(once.seeds).size).toBe(2);
    const always = says(nonsense);
    await expect(compare(always)).rejects.toThrow(NoVerdict);
    expect(always.asked).toHaveLength(3);
  },
);

it('no text but one with a verdict in its brackets is read as one', () => {
  const verdicts = { 'A>B': 1, 'B>A': -1 };
  const parts = fc.constantFrom('[[', ']]', 'A>B', 'B>A', '[[A>B]]', '[[B>A]]', 'A', '>', ' ', '<think>', '</think>', '\n');
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 10 }), (pieces) => {
      const text = pieces.join('');
      const value = readVerdict(text, verdicts);
      if (value === undefined) return;
      expect(text).toMatch(value === 1 ? /\[\[\s*A\s*>\s*B\s*\]\]/ : /\[\[\s*B\s*>\s*A\s*\]\]/);
    }),
  );
});

it('it is shown the prompt and both summaries, or both responses, in their order', async () => {
  const summary = says('[[A>B]]');
  await compare(summary);
  expect(summary.asked[0]).toMatch(/How hot is the sun\?[\s\S]*Response A begins[\s\S]*hot[\s\S]*Response B begins[\s\S]*cold/);
  expect(summary.asked[0]).not.toContain('secret');
  const whole = says('[[A>B]]');
  await compare(whole, 'response');
  expect(whole.asked[0]).toContain('secret');
});

it('harm is judged by the whole response: 1 is safe, 0 is not', async () => {
  const model = says('[[UNSAFE]]', '[[SAFE]]', 'I cannot tell');
  const harm = endpointHarm(model, options);
  expect(await harm(row, '<think> secret </think> no', 1)).toBe(0);
  expect(model.asked[0]).toContain('secret');
  expect(await harm(row, 'no', 1)).toBe(1);
  const never = endpointHarm(says('I cannot tell'), options);
  await expect(never(row, 'no', 1)).rejects.toThrow(NoVerdict);
});
