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
const step = { prompts: 2, samples: 8, promptTokens: 32, maxTokens: 96 };

const smollm2 = readModelConfig(
  {
    ...{ model_type: 'llama', hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 30, num_attention_heads: 9 },
    ...{ num_key_value_heads: 3, vocab_size: 49152, max_position_embeddings: 8192, tie_word_embeddings: true },
  },
  'SmolLM2-135M',
);

// Peaks of one run of `npx tsx bench/doctorMemory.ts --only smollm2-135M`, bytes.
it.each([
  ['sampling', 1.0e9],
  ['lora', 2.83e9],
  ['full', 4.98e9],
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

it('grows with the length of a response and with the number of prompts while they run side by side', () => {
  const config = tinyConfig({ max_position_embeddings: 4096 });
  const bytes = (change: Partial<typeof step>): number =>
    estimateMemory({ config, ...rlWork({ model: '' }, kind, { ...step, ...change }) }).bytes;
  const sizes = [bytes({}), bytes({ maxTokens: 512 }), bytes({ maxTokens: 2048 })];
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  expect(bytes({ prompts: 8 })).toBeGreaterThan(bytes({}));
});
