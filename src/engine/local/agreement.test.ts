// In float32 the sampler's and the trainer's log-probabilities agree on the model that ships.

import { expect, it } from 'vitest';
import { openModel } from '../../formats/modelSource.ts';
import { pathOf } from '../../platform/files.ts';
import { agreement } from '../../testing/agreement.ts';
import { randomTokens } from '../../testing/tinyModel.ts';
import { ParameterStore } from './parameters.ts';

it.each([1, 0.6])('lab:base at temperature %s, 100 tokens a sample, packed and with the prompt shared', async (temperature) => {
  const source = await openModel(pathOf(new URL('../../../models/lab-base', import.meta.url)));
  const store = await ParameterStore.load(source);
  await source.close();
  const prompts = [randomTokens(1, 24, 512), randomTokens(2, 1, 512), randomTokens(3, 70, 512)];
  const { worst, tokens } = await agreement(source.config, store, prompts, { n: 4, maxTokens: 100, temperature });
  expect(tokens).toBe(1200);
  expect(worst).toBeLessThan(1e-3);
});
