// A tiny random Llama for tests of the engine: grouped heads, a head size that is not hidden / heads, weights far from zero, so that
// attention is sharp and a wrong mask, position or cache slot moves every probability.

import { stream } from '../algorithms/random.ts';
import type { Datum, NewModel } from '../engine/engine.ts';
import { ParameterStore } from '../engine/local/parameters.ts';
import { type LlamaConfig, readModelConfig } from '../formats/modelConfig.ts';
import { writeModelDirectory } from '../formats/modelWriter.ts';

const sizes = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 24,
  intermediate_size: 40,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  vocab_size: 40,
  max_position_embeddings: 160,
  rms_norm_eps: 1e-5,
  rope_theta: 1000,
  tie_word_embeddings: true,
  eos_token_id: 0,
};

/** The config.json of the tiny model. */
export function tinyRaw(change: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...sizes, ...change };
}

export function tinyConfig(change: Record<string, unknown> = {}): LlamaConfig {
  return readModelConfig(tinyRaw(change), 'the tiny model');
}

/** The tiny model as an engine makes it, with a tokenizer of as many words. */
export function tinyNewModel(change: Record<string, unknown> = {}): NewModel {
  const config = tinyRaw(change);
  const vocab = Object.fromEntries(Array.from({ length: config.vocab_size as number }, (_, id) => [`w${id}`, id]));
  return {
    config,
    tokenizerFiles: {
      source: 'the tiny model',
      tokenizerJson: {
        version: '1.0',
        added_tokens: [],
        pre_tokenizer: { type: 'WhitespaceSplit' },
        model: { type: 'WordLevel', vocab, unk_token: 'w0' },
      },
      tokenizerConfig: { tokenizer_class: 'PreTrainedTokenizerFast', unk_token: 'w0' },
    },
  };
}

/** Weights as the engine draws them, 15 times as large: probabilities between 1e-5 and 0.99. */
export function tinyStore(config: LlamaConfig, seed = 1): ParameterStore {
  const store = ParameterStore.random(config, seed);
  for (const { data, shape } of store.parameters.values()) if (shape.length > 1) for (let i = 0; i < data.length; i++) data[i] *= 15;
  return store;
}

/** The tiny model with those weights as a Hugging Face directory. */
export async function writeTinyModel(dir: string, tokenizerConfig: Record<string, unknown> = {}): Promise<string> {
  const { config, tokenizerFiles } = tinyNewModel();
  tokenizerFiles.tokenizerConfig = { ...tokenizerFiles.tokenizerConfig, ...tokenizerConfig };
  const tensors = [...tinyStore(tinyConfig()).parameters].map(([name, { shape, data }]) => ({ name, shape, dtype: 'F32' as const, data }));
  await writeModelDirectory(dir, { config, tokenizerFiles, tensors });
  return dir;
}

/** `length` random ids. */
export function randomTokens(seed: number, length: number, vocabSize: number): Int32Array {
  const random = stream(seed, 'tokens', length);
  return Int32Array.from({ length }, () => random.int(vocabSize));
}

/** A datum that learns all of `sequence` after its first `promptLength` tokens, each at `weight`. */
export function datumOf(sequence: ArrayLike<number>, promptLength = 1, weight = 1): Datum {
  const all = Int32Array.from(sequence);
  const tokens = all.slice(0, -1);
  return { tokens, targets: all.slice(1), weights: Float32Array.from(tokens, (_, t) => (t >= promptLength - 1 ? weight : 0)) };
}

/** The largest |a - b| / max(|a|, |b|, floor) over all elements. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>, floor = 1e-3): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const error = Math.abs(a[i] - b[i]) / Math.max(Math.abs(a[i]), Math.abs(b[i]), floor);
    // NaN is the worst of all.
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

/** ||a - b|| / ||b||: what is meant by the relative error of a whole gradient. */
export function normError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < a.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}
