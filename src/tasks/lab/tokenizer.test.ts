import { describe, expect, it } from 'vitest';
import { stream } from '../../algorithms/random.ts';
import { generalDocument, goodResponse } from './general/documents.ts';
import { drawGeneral, generalPrompt } from './general/draw.ts';
import { labReflectionWords } from './language.ts';
import { labTokenizerFiles } from './tokenizer.ts';
import { labWords } from './vocabulary.ts';

describe('the lab vocabulary', () => {
  it('has exactly 608 tokens, at fixed ids', () => {
    const { model } = labTokenizerFiles().tokenizerJson as { model: { vocab: Record<string, number> } };
    expect(Object.keys(model.vocab)).toHaveLength(608);
    // The shipped bases depend on these.
    expect(['<unk>', '<eos>', '<pad>', '<think>', '0', '400', 'wait', 'first', '试', '钱'].map((word) => model.vocab[word])).toEqual([
      0, 1, 2, 3, 18, 418, 424, 438, 538, 607,
    ]);
  });

  it('holds every word of the general prompts, of all their answers and thoughts, and the reflection words; and no word besides', () => {
    const known = new Set(labWords);
    const random = stream(3, 'words');
    const words = new Set(labReflectionWords);
    const read = (text: string) => {
      for (const word of text.split(' ')) words.add(word);
    };
    for (let i = 0; i < 6000; i++) {
      const item = drawGeneral(random, i % 2 === 0);
      for (const text of [generalPrompt(item), ...item.good, ...item.curt, ...item.wrong, item.foreign, goodResponse(item, random)])
        read(text);
      for (const phrase of [...item.facts.says.flat(), ...item.facts.short, ...item.facts.never]) read(phrase);
      read(generalDocument(random).response);
    }
    expect([...words].filter((word) => !known.has(word))).toEqual([]);
    // What only problems use.
    const problems = 'user assistant make from try wait no wrong yes again but maybe check so guess i in order the first then'.split(' ');
    const chinese = '试 等 不 错 对 猜 再 但 查 那 也许 依次'.split(' ');
    const idle = labWords.filter((word) => /^[a-z]|[一-鿿]/.test(word) && !words.has(word));
    expect(idle.filter((word) => ![...problems, ...chinese].includes(word))).toEqual([]);
  });
});
