import { describe, expect, it } from 'vitest';
import { generalPrompts } from './general.ts';
import { labReflectionWords } from './language.ts';
import { labTokenizerFiles } from './tokenizer.ts';
import { labWords } from './vocabulary.ts';

describe('the lab vocabulary', () => {
  it('has exactly 512 tokens, at fixed ids', () => {
    const { model } = labTokenizerFiles().tokenizerJson as { model: { vocab: Record<string, number> } };
    expect(Object.keys(model.vocab)).toHaveLength(512);
    // The shipped base depends on these.
    expect(['<unk>', '<eos>', '<pad>', '<think>', '0', '400', 'wait', '帮'].map((word) => model.vocab[word])).toEqual([
      0, 1, 2, 3, 18, 418, 424, 507,
    ]);
  });

  it('holds every word of the general prompts, their answers and the reflection words', () => {
    const known = new Set(labWords);
    const texts = generalPrompts().flatMap(({ prompt, good, poor }) => [prompt, ...good, ...poor]);
    const words = new Set([...texts.join(' ').split(' '), ...labReflectionWords]);
    expect([...words].filter((word) => !known.has(word))).toEqual([]);
  });

  it('has over a hundred different general prompts in English, some in Chinese, and of every kind a good and a poor answer', () => {
    const prompts = generalPrompts();
    expect(new Set(prompts.map(({ prompt }) => prompt)).size).toBe(prompts.length);
    expect(prompts.filter(({ language }) => language === 'en').length).toBeGreaterThanOrEqual(100);
    expect(prompts.filter(({ language }) => language === 'zh').length).toBeGreaterThanOrEqual(20);
    for (const { prompt, good, poor } of prompts) {
      expect(good.length, prompt).toBeGreaterThan(0);
      expect(poor.length, prompt).toBeGreaterThan(1);
      expect(
        good.filter((answer) => poor.includes(answer)),
        prompt,
      ).toEqual([]);
    }
  });
});
