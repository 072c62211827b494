// A real trained model, stories260K of llama2.c: the greedy text of 256 tokens is that of its authors' program, letter for letter, and
// the trainer says of sampled stories what the sampler said.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LlamaConfig } from '../../formats/modelConfig.ts';
import type { ModelSource } from '../../formats/modelSource.ts';
import { breathe } from '../../platform/clock.ts';
import { readText } from '../../platform/files.ts';
import { agreement } from '../../testing/agreement.ts';
import { readLlama2c, readLlama2cTokenizer } from '../../testing/llama2c.ts';
import { describeNeeding, shared } from '../../testing/need.ts';
import { ParameterStore } from './parameters.ts';
import { DecodeGraphs, type SampleOptions, Sampler } from './sampler.ts';

const BOS = 1;
const options: SampleOptions = { n: 1, maxTokens: 256, temperature: 0, topP: 1, topK: 0, stop: [BOS], seed: 0 };

describeNeeding(shared('data/models'), 'stories260K', (models) => {
  let config: LlamaConfig;
  let store: ParameterStore;
  let decode: DecodeGraphs;
  beforeAll(async () => {
    const model = await readLlama2c(`${models}/stories260K.bin`);
    config = model.config;
    const read: ModelSource['read'] = async (name) => (model.tensors.get(name) as { data: Float32Array }).data;
    store = await ParameterStore.load({ config, read });
    decode = new DecodeGraphs(config, 1);
  });
  afterAll(async () => {
    await decode.dispose();
  });

  it("tells the story that its authors' program tells", async () => {
    const [{ done }] = new Sampler(decode, store.snapshot(), breathe).submit([{ prompt: Int32Array.of(BOS), options }]);
    const [{ tokens }] = await done;
    const tokenizer = await readLlama2cTokenizer(`${models}/tok512.bin`, 512);
    expect(`${tokenizer.decode(tokens)}\n`).toBe(await readText(`${models}/stories260K_greedy.txt`));
  });

  it.each([1, 0.6])('sampler and trainer agree at temperature %s over 200 tokens', async (temperature) => {
    const { worst, tokens } = await agreement(config, store, [Int32Array.of(BOS)], { n: 4, maxTokens: 200, temperature });
    expect(tokens).toBe(800);
    expect(worst).toBeLessThan(1e-3);
  });
});
