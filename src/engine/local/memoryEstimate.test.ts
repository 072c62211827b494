// The estimate, held against what processes measured, and against what must be more than what. bench/doctorMemory.ts measures again.

import { expect, it } from 'vitest';
import { readModelConfig } from '../../formats/modelConfig.ts';
import { smallAdapter } from '../../stages/memoryCheck.ts';
import { rlWork } from '../../stages/plannedWork.ts';
import { tinyConfig } from '../../testing/tinyModel.ts';
import { estimateMemory } from './memoryEstimate.ts';

const kind = {
  loss: 'ppo',
  clip: { low: 0.2, high: 0.2 },
  beta: 0,
  tisCap: undefined,
  temperature: 1,
  minibatches: 1,
  innerEpochs: 1,
} as const;
const step = { prompts: [32, 32], samples: 8, maxTokens: 96 };

const smollm2 = readModelConfig(
  {
    ...{ model_type: 'llama', hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 30, num_attention_heads: 9 },
    ...{ num_key_value_heads: 3, vocab_size: 49152, max_position_embeddings: 8192, tie_word_embeddings: true },
  },
  'SmolLM2-135M',
);

// Peaks of one run of `npx tsx bench/doctorMemory.ts --only smollm2-135M`, bytes.
it.each([
  ['sampling', 0.97e9],
  ['lora', 2.66e9],
  ['full', 5.1e9],
])('of SmolLM2-135M, %s: within 15 percent of the measured peak', (mode, measured) => {
  const { sampling, training } = rlWork({ model: '' }, kind, step);
  const need = estimateMemory({
    config: smollm2,
    sampling,
    ...(mode === 'sampling' ? {} : { training }),
    ...(mode === 'lora' ? { lora: smallAdapter } : {}),
  });
  expect(need.bytes / measured).toBeGreaterThan(0.85);
  expect(need.bytes / measured).toBeLessThan(1.15);
  expect(Object.values(need.parts).reduce((a, b) => a + b, 0)).toBe(need.bytes);
});

it('a reference is a second model, but under an adapter it shares the weights', () => {
  const config = tinyConfig({ hidden_size: 256, vocab_size: 4000 });
  const weights = (beta: number, lora = false): number =>
    estimateMemory({ config, ...rlWork({ model: '' }, { ...kind, beta }, step), ...(lora ? { lora: smallAdapter } : {}) }).parts.weights;
  expect(weights(0.1)).toBe(2 * weights(0));
  expect(weights(0.1, true)).toBe(weights(0, true));
});

it.each(['ppo', 'gspo', 'cispo'] as const)('is known of every loss, with all that it may be given: %s', (loss) => {
  const config = tinyConfig();
  for (const beta of [0, 0.1])
    for (const tisCap of [undefined, 2])
      for (const minibatches of [1, 2])
        expect(
          estimateMemory({ config, ...rlWork({ model: '' }, { ...kind, loss, beta, tisCap, minibatches }, step) }).bytes,
        ).toBeGreaterThan(0);
});

it('of one long prompt among short ones is that of its long rows', () => {
  const config = tinyConfig({ max_position_embeddings: 4096 });
  const of = (prompts: number[]) => estimateMemory({ config, ...rlWork({ model: '' }, kind, { ...step, prompts }) }).parts;
  const [mixed, even] = [of([3203, ...Array<number>(7).fill(32)]), of(Array<number>(8).fill(428))];
  expect(mixed['attention masks']).toBeGreaterThan(even['attention masks']);
});

it('a cache that is given back before training is not counted beside it', () => {
  const config = tinyConfig({ max_position_embeddings: 8192, num_hidden_layers: 16 });
  const plan = (samples: number) => ({ config, ...rlWork({ model: '' }, kind, { prompts: [32], samples, maxTokens: 4000 }) });
  const sampled = estimateMemory({ ...plan(128), training: undefined });
  const whole = estimateMemory(plan(128));
  expect(sampled.parts['keys and values']).toBeGreaterThan(2 ** 29);
  expect('keys and values' in whole.parts && 'gradients' in whole.parts).toBe(false);
  expect(Object.keys(estimateMemory(plan(2)).parts)).toEqual(expect.arrayContaining(['keys and values', 'gradients']));
});

it('grows with the length of a response and with the number of prompts while they run side by side', () => {
  const config = tinyConfig({ max_position_embeddings: 4096 });
  const bytes = (change: Partial<typeof step>): number =>
    estimateMemory({ config, ...rlWork({ model: '' }, kind, { ...step, ...change }) }).bytes;
  const sizes = [bytes({}), bytes({ maxTokens: 512 }), bytes({ maxTokens: 2048 })];
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  expect(bytes({ prompts: Array<number>(8).fill(32) })).toBeGreaterThan(bytes({}));
});
