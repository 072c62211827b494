// config.json's of published models, word for word: each is read to the sizes and the number of parameters that its makers publish
// (golden/, held against transformers by bench/golden/published_configs.py); of their relatives, what is not supported is refused by name.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parameterCount } from '../models/llama.ts';
import { InputError } from '../platform/errors.ts';
import { readModelConfig } from './modelConfig.ts';

type Json = Record<string, unknown>;
const published = JSON.parse(readFileSync(new URL('golden/published.json', import.meta.url), 'utf8')) as Record<
  string,
  { parameters: number; config: Json }
>;
const read = (name: string, change: Json = {}) => readModelConfig({ ...published[name].config, ...change }, 'config.json');

it.each(Object.entries(published).map(([name, { parameters }]) => [name, parameters] as const))(
  '%s has %i parameters',
  (name, parameters) => {
    expect(parameterCount(read(name))).toBe(parameters);
  },
);

it('their ends, rotations, windows and layers are as they say', () => {
  const llama3 = { type: 'llama3', lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: 8192 };
  expect(read('meta-llama/Llama-3.1-8B-Instruct')).toMatchObject({
    eosTokenIds: [128001, 128008, 128009],
    maxPositions: 131072,
    ropeTheta: 500000,
    ropeScaling: { ...llama3, factor: 8 },
  });
  expect(read('meta-llama/Llama-3.2-1B')).toMatchObject({ tiedEmbeddings: true, headDim: 64, ropeScaling: { ...llama3, factor: 32 } });
  expect(read('Qwen/Qwen2.5-0.5B')).toMatchObject({ biases: ['q_proj', 'k_proj', 'v_proj'], maxPositions: 32768, ropeTheta: 1e6 });
  // max_window_layers and a window that is not in use.
  expect(read('deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B')).toMatchObject({
    tiedEmbeddings: false,
    slides: Array(28).fill(false),
    ropeTheta: 1e4,
  });
  expect(read('Qwen/Qwen3-0.6B')).toMatchObject({ headDim: 128, queryKeyNorm: true, biases: [] });
  expect(read('HuggingFaceTB/SmolLM2-135M')).toMatchObject({ eosTokenIds: [0], bosTokenId: 0, tiedEmbeddings: true });
  const { rotates, tiedEmbeddings } = read('HuggingFaceTB/SmolLM3-3B');
  expect([rotates.filter((rotated) => !rotated).length, rotates[3], rotates[4], tiedEmbeddings]).toEqual([9, false, true, true]);
  expect(read('mistralai/Mistral-7B-v0.1')).toMatchObject({ slidingWindow: 4096, slides: Array(32).fill(true) });
  expect(read('mistralai/Mistral-7B-v0.3')).toMatchObject({ slides: Array(32).fill(false), ropeTheta: 1e6 });
});

describe('what is not supported of their relatives is refused by name:', () => {
  const quantised = { quantization_config: { quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_quant_type: 'nf4' } };
  it.each<[string, string, Json, RegExp]>([
    [
      'weights quantised by bitsandbytes',
      'meta-llama/Llama-3.2-1B',
      quantised,
      /quantization_config: quantised weights are not supported; use/,
    ],
    [
      'weights quantised by AWQ',
      'Qwen/Qwen2.5-0.5B',
      { quantization_config: { quant_method: 'awq', bits: 4 } },
      /quantization_config: quantised/,
    ],
    [
      'the mixture of experts Qwen3-30B-A3B',
      'Qwen/Qwen3-0.6B',
      { model_type: 'qwen3_moe', architectures: ['Qwen3MoeForCausalLM'], num_experts: 128 },
      /model_type 'qwen3_moe', Qwen3MoeForCausalLM\) is not supported; supported: model_type llama/,
    ],
    ['Mixtral', 'mistralai/Mistral-7B-v0.1', { model_type: 'mixtral', architectures: ['MixtralForCausalLM'] }, /model_type 'mixtral'/],
    [
      'DeepSeek-R1 itself',
      'meta-llama/Llama-3.1-8B',
      { model_type: 'deepseek_v3', architectures: ['DeepseekV3ForCausalLM'] },
      /'deepseek_v3'/,
    ],
    [
      'a model that sees',
      'Qwen/Qwen2.5-1.5B',
      { model_type: 'qwen2_5_vl', architectures: ['Qwen2_5_VLForConditionalGeneration'] },
      /model_type 'qwen2_5_vl'/,
    ],
    ['a classifier of two labels', 'meta-llama/Llama-3.1-8B', { architectures: ['LlamaForSequenceClassification'] }, /classifier of 2 /],
    ['rotations of several axes', 'Qwen/Qwen2.5-0.5B', { use_mrope: true }, /use_mrope: rotations of several axes are not supported/],
    [
      'dynamic scaling of the rotation',
      'meta-llama/Llama-3.1-8B',
      { rope_scaling: { type: 'dynamic', factor: 2 } },
      /rope_scaling: RoPE scaling of type 'dynamic' is not supported; supported: default, linear, llama3, yarn/,
    ],
    ['heads rotated in part', 'Qwen/Qwen3-0.6B', { partial_rotary_factor: 0.5 }, /partial_rotary_factor: heads that are rotated in part/],
    ['another activation', 'HuggingFaceTB/SmolLM2-135M', { hidden_act: 'gelu_pytorch_tanh' }, /hidden_act: only silu is supported/],
    [
      'windows in some layers of a Mistral',
      'mistralai/Mistral-7B-v0.1',
      { layer_types: Array.from({ length: 32 }, (_, i) => (i % 4 === 0 ? 'full_attention' : 'sliding_attention')) },
      /layer_types: a mistral model slides in all of its layers/,
    ],
    [
      'layers of another kind',
      'Qwen/Qwen3-0.6B',
      { layer_types: Array(28).fill('linear_attention') },
      /layer_types\[0\] is 'linear_attention'; supported: full_attention, sliding_attention/,
    ],
  ])('%s', (_, name, change, message) => {
    expect(() => read(name, change)).toThrow(message);
    expect(() => read(name, change)).toThrow(InputError);
  });
});
