import { describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { parameterShapes, readModelConfig } from './modelConfig.ts';

const smallest = {
  model_type: 'llama',
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 1,
  num_attention_heads: 4,
  vocab_size: 100,
};

describe('a config.json', () => {
  it('takes the defaults of transformers for what it leaves out', () => {
    expect(readModelConfig(smallest, 'c')).toEqual({
      modelType: 'llama',
      head: 'lm',
      hiddenSize: 64,
      intermediateSize: 96,
      layers: 1,
      heads: 4,
      kvHeads: 4,
      headDim: 16,
      vocabSize: 100,
      rmsNormEps: 1e-6,
      ropeTheta: 10000,
      biases: [],
      queryKeyNorm: false,
      rotates: [true],
      slides: [false],
      maxPositions: 2048,
      tiedEmbeddings: false,
      eosTokenIds: [],
      raw: smallest,
    });
  });

  it('gives its rotation in the old and in the new place, the new one first', () => {
    expect(readModelConfig({ ...smallest, rope_theta: 5 }, 'c').ropeTheta).toBe(5);
    expect(readModelConfig({ ...smallest, rope_parameters: { rope_theta: 7, rope_type: 'default' } }, 'c').ropeTheta).toBe(7);
    expect(readModelConfig({ ...smallest, rope_theta: 5, rope_parameters: { rope_theta: 7 } }, 'c').ropeTheta).toBe(7);
  });

  it('takes one end or several, and 0 as one', () => {
    expect(readModelConfig({ ...smallest, eos_token_id: 0, bos_token_id: 0 }, 'c')).toMatchObject({ eosTokenIds: [0], bosTokenId: 0 });
    expect(readModelConfig({ ...smallest, eos_token_id: [2, 7] }, 'c').eosTokenIds).toEqual([2, 7]);
    expect(readModelConfig({ ...smallest, eos_token_id: null, bos_token_id: null }, 'c').eosTokenIds).toEqual([]);
  });

  it.each<[string, unknown, RegExp]>([
    [
      'is another model',
      { ...smallest, model_type: 'gpt2' },
      /^c: the architecture \(model_type 'gpt2'\) is not supported; supported: model_type llama \(LlamaForCausalLM\), mistral/,
    ],
    [
      'names another architecture',
      { ...smallest, architectures: ['LlamaForTokenClassification'] },
      /LlamaForTokenClassification.*LlamaForCausalLM/,
    ],
    ['names none', { ...smallest, model_type: undefined }, /no model_type/],
    ['lacks a size', { ...smallest, hidden_size: undefined }, /^c: hidden_size: /],
    ['has a size that is text', { ...smallest, vocab_size: '100' }, /vocab_size: .*string/],
    ['has a size of 0', { ...smallest, num_hidden_layers: 0 }, /num_hidden_layers/],
    ['claims a billion layers', { ...smallest, num_hidden_layers: 1e9 }, /^c: num_hidden_layers: more than 4096 layers are not supported/],
    [
      'has heads that do not divide',
      { ...smallest, num_key_value_heads: 3 },
      /num_attention_heads \(4\) is not a multiple of num_key_value_heads \(3\)/,
    ],
    ['has a width that does not divide', { ...smallest, hidden_size: 66 }, /hidden_size \(66\) is not a multiple/],
    ['has an odd head', { ...smallest, head_dim: 5 }, /head_dim is 5/],
    ['has another activation', { ...smallest, hidden_act: 'gelu' }, /hidden_act: only silu/],
    ['is no object', [1], /expected a JSON object/],
  ])('that %s is refused', (_, json, message) => {
    expect(() => readModelConfig(json, 'c')).toThrow(message);
    expect(() => readModelConfig(json, 'c')).toThrow(InputError);
  });

  it('asks for a head of its own only where the embeddings are not tied', () => {
    const names = (tied: boolean) => [...parameterShapes(readModelConfig({ ...smallest, tie_word_embeddings: tied }, 'c')).keys()];
    expect(names(true)).toHaveLength(11);
    expect(names(false).filter((name) => !names(true).includes(name))).toEqual(['lm_head.weight']);
  });
});
