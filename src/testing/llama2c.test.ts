import { describe, expect, it } from 'vitest';
import { parameterShapes } from '../formats/modelConfig.ts';
import { readText } from '../platform/files.ts';
import { readLlama2c, readLlama2cTokenizer } from './llama2c.ts';
import { describeNeeding, shared } from './need.ts';

describeNeeding(shared('data/models'), 'stories260K', (models) => {
  it('has the tensors of its config', async () => {
    const { config, tensors } = await readLlama2c(`${models}/stories260K.bin`);
    expect(config).toMatchObject({ hiddenSize: 64, layers: 5, heads: 8, kvHeads: 4, vocabSize: 512, tiedEmbeddings: true });
    expect(new Map([...tensors].map(([name, { shape }]) => [name, shape]))).toEqual(parameterShapes(config));
    for (const { shape, data } of tensors.values()) {
      expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
      expect(data.every(Number.isFinite)).toBe(true);
    }
  });

  describe('its tokenizer', () => {
    it('gives back its authors text, and other text by bytes', async () => {
      const tokenizer = await readLlama2cTokenizer(`${models}/tok512.bin`, 512);
      const story = await readText(`${models}/stories260K_greedy.txt`);
      for (const text of [story, 'na\u00efve \ud83d\udc69', ' two  spaces', '']) {
        const ids = tokenizer.encode(text);
        expect(ids[0]).toBe(1);
        expect(tokenizer.decode(ids.slice(1))).toBe(text);
      }
      expect(tokenizer.encode(story).length).toBeLessThan(story.length / 2);
    });
  });
});
