// In float32 the sampler's and the trainer's log-probabilities agree on SmolLM2-135M-Instruct.

import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openModel } from '../../formats/modelSource.ts';
import { Tokenizer } from '../../formats/tokenizer.ts';
import { agreement } from '../../testing/agreement.ts';
import { describeNeeding } from '../../testing/need.ts';
import { ParameterStore } from './parameters.ts';

const path = process.env.THINKLING_SMOLLM;
const need = {
  what: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  found: path && existsSync(path) ? path : undefined,
  mend: 'set THINKLING_SMOLLM to its path',
};

describeNeeding(need, 'SmolLM2-135M-Instruct', (file) => {
  it.each([1, 0.6])('at temperature %s, 80 tokens a sample, packed and with the prompt shared', async (temperature) => {
    const source = await openModel(file);
    const store = await ParameterStore.load(source);
    const tokenizer = Tokenizer.fromFiles(source.tokenizerFiles);
    await source.close();
    const prompts = ['What is 48 / 2?', 'A train leaves at nine and arrives at noon. How long is it under way?'].map((text) =>
      Int32Array.from(tokenizer.encode(text)),
    );
    const { worst, tokens } = await agreement(source.config, store, prompts, { n: 2, maxTokens: 80, temperature });
    expect(tokens).toBe(320);
    expect(worst).toBeLessThan(1e-3);
  });
});
