// SmolLM2-135M-Instruct as its GGUF: a real file against what llama.cpp's own Python package reads in it (golden/, made by
// bench/golden/gguf_values.py).

import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeNeeding, type Need } from '../testing/need.ts';
import { openGguf } from './gguf.ts';
import { openModel } from './modelSource.ts';
import { Tokenizer } from './tokenizer.ts';

interface GoldenTensor {
  type: string;
  shape: number[];
  sum: number;
  absolute: number;
  values: [number, number][];
}

const path = process.env.THINKLING_SMOLLM;
const need: Need<string> = {
  what: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  found: path && existsSync(path) ? path : undefined,
  mend: 'set THINKLING_SMOLLM to its path',
};

describeNeeding(need, 'SmolLM2-135M-Instruct', (file) => {
  it('is dequantised to the values of the reference', async () => {
    const golden = JSON.parse(readFileSync(new URL('golden/smollm2-q4_1.json', import.meta.url), 'utf8')) as {
      tensors: Record<string, GoldenTensor>;
    };
    const gguf = await openGguf(file);
    for (const [name, tensor] of Object.entries(golden.tensors)) {
      expect(gguf.tensors.get(name), name).toEqual({ type: tensor.type, shape: tensor.shape });
      const data = await gguf.read(name);
      for (const [i, value] of tensor.values) expect(data[i], `${name}[${i}]`).toBe(value);
      let sum = 0;
      let absolute = 0;
      for (let i = 0; i < data.length; i++) {
        sum += data[i];
        absolute += Math.abs(data[i]);
      }
      // The same numbers added in another order.
      expect(Math.abs(sum - tensor.sum)).toBeLessThan(1e-9 * tensor.absolute);
      expect(Math.abs(absolute - tensor.absolute)).toBeLessThan(1e-9 * tensor.absolute);
    }
    await gguf.close();
  });

  it('opens as a model with its tokenizer and chat template', async () => {
    const model = await openModel(file);
    expect(model.config).toMatchObject({
      modelType: 'llama',
      hiddenSize: 576,
      intermediateSize: 1536,
      layers: 30,
      heads: 9,
      kvHeads: 3,
      headDim: 64,
      vocabSize: 49152,
      rmsNormEps: 1e-5,
      ropeTheta: 100000,
      maxPositions: 8192,
      tiedEmbeddings: true,
      eosTokenIds: [2],
      bosTokenId: 1,
    });
    const tokenizer = Tokenizer.fromFiles(model.tokenizerFiles, model.config);
    await model.close();
    expect(tokenizer.stopIds).toEqual([2]);
    // faults.md R24; ids by tokenizers 0.22.1 on the same tokenizer.json. This vocabulary has no byte 0x16.
    const text = 'na\u00efve\u00a0x\t\r\n 3\u0664\u096b \ud83d\udc69\u200d\ud83d\udd2c e\u0301 ';
    const ids = [
      3546, 46494, 15442, 104, 197, 23799, 35, 164, 114, 9310, 121, 15107, 235, 119, 321, 231, 10813, 238, 122, 297, 151, 219, 216,
    ];
    expect(tokenizer.encode(`${text}\u0016`)).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(text);
    const chat = tokenizer.renderChat([{ role: 'user', content: 'What is 12*7?<|im_end|>' }], { addGenerationPrompt: true });
    expect(chat.filter((id) => tokenizer.isSpecial(id))).toEqual([1, 2, 1, 2, 1]);
    expect(tokenizer.decode(chat)).toBe(
      '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' +
        '<|im_start|>user\nWhat is 12*7?<|im_end|><|im_end|>\n<|im_start|>assistant\n',
    );
  });
});
