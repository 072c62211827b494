// What identifying a language leaves behind: nothing. A chain of thought of 5,000 tokens is some 300 questions, a curation many thousand of those.
import { expect, it, vi } from 'vitest';
import { identify } from './identify.ts';

const { given } = vi.hoisted(() => ({ given: [] as { isDeleted(): boolean }[] }));

// The real model, looked at: each answer of it lies in WebAssembly's memory until it is deleted.
vi.mock('fasttext.wasm.js', async (original) => {
  const real = await original<typeof import('fasttext.wasm.js')>();
  return {
    ...real,
    getLIDModel: async () => {
      const model = await real.getLIDModel();
      const fastText = await model.load();
      const predict = fastText.predict.bind(fastText);
      fastText.predict = (...question: unknown[]) => {
        const answer = predict(...question);
        given.push(answer as unknown as { isDeleted(): boolean });
        return answer;
      };
      return model;
    },
  };
});

it('every answer of the model is freed, and read before that', async () => {
  for (const text of ['How many apples are there on the table?', 'Combien de pommes y a-t-il sur la table ?', '']) {
    const found = await identify(text);
    for (const { probability } of found) expect(probability).toBeGreaterThan(0);
    if (text !== '') expect(found[0].language).toBe(text.startsWith('How') ? 'en' : 'fr');
  }
  expect(given).toHaveLength(3);
  expect(given.map((answer) => answer.isDeleted())).toEqual([true, true, true]);
});
