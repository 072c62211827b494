// A llama GGUF as a Hugging Face model: its config, its tensors under their Hugging Face names, and q and k in the layout that the
// half-split rotation of Hugging Face expects.

import { InputError } from '../platform/errors.ts';
import type { Gguf } from './gguf.ts';
import { idOf, numberOf, tokensOf } from './ggufFields.ts';
import { type LlamaConfig, readModelConfig } from './modelConfig.ts';

/** The config.json that says the same as the metadata. @throws InputError for another architecture or a missing key. */
export function ggufConfig(gguf: Gguf): LlamaConfig {
  const architecture = gguf.metadata.get('general.architecture');
  if (architecture !== 'llama') {
    throw new InputError(`${gguf.path}: the architecture '${String(architecture)}' is not supported in GGUF files; supported: llama`);
  }
  const scaling = gguf.metadata.get('llama.rope.scaling.type');
  const heads = numberOf(gguf, 'llama.attention.head_count');
  const vocab = tokensOf(gguf).length;
  const embedding = gguf.tensors.get('token_embd.weight');
  if (embedding && embedding.shape[0] !== vocab) {
    throw new InputError(
      `${gguf.path}: 'tokenizer.ggml.tokens' has ${vocab} tokens, but the tensor 'token_embd.weight' has ${embedding.shape[0]} rows`,
    );
  }
  const headDim = numberOf(gguf, 'llama.attention.key_length', numberOf(gguf, 'llama.rope.dimension_count', 0));
  const bos = idOf(gguf, 'tokenizer.ggml.bos_token_id');
  const eos = idOf(gguf, 'tokenizer.ggml.eos_token_id');
  const json = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: vocab,
    hidden_size: numberOf(gguf, 'llama.embedding_length'),
    intermediate_size: numberOf(gguf, 'llama.feed_forward_length'),
    num_hidden_layers: numberOf(gguf, 'llama.block_count'),
    num_attention_heads: heads,
    num_key_value_heads: numberOf(gguf, 'llama.attention.head_count_kv', heads),
    ...(headDim === 0 ? {} : { head_dim: headDim }),
    max_position_embeddings: numberOf(gguf, 'llama.context_length'),
    rms_norm_eps: shortest(numberOf(gguf, 'llama.attention.layer_norm_rms_epsilon')),
    rope_theta: shortest(numberOf(gguf, 'llama.rope.freq_base', 10000)),
    ...(scaling === undefined || scaling === 'none' ? {} : { rope_scaling: { rope_type: String(scaling) } }),
    tie_word_embeddings: !gguf.tensors.has('output.weight'),
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    ...(bos === undefined ? {} : { bos_token_id: bos }),
    ...(eos === undefined ? {} : { eos_token_id: eos }),
    torch_dtype: 'float32',
  };
  return readModelConfig(json, gguf.path);
}

// 9.999999747378752e-06 is the float32 of 1e-05: write that back.
function shortest(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

const layerNames: Record<string, string> = {
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
};
const outerNames: Record<string, string> = {
  'token_embd.weight': 'model.embed_tokens.weight',
  'output_norm.weight': 'model.norm.weight',
  'output.weight': 'lm_head.weight',
};

/** The Hugging Face name of a llama GGUF tensor; the name itself where there is none. */
export function huggingFaceName(name: string): string {
  const layer = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(name);
  const inner = layer ? layerNames[layer[2]] : undefined;
  return layer && inner ? `model.layers.${layer[1]}.${inner}.${layer[3]}` : (outerNames[name] ?? name);
}

/**
 * Undoes the permutation that llama.cpp's converter applies to q and k of llama models: within a head it interleaves the two halves
 * that a rotation pairs (row 2j + s there is row s headDim/2 + j here). Other tensors come back as they are.
 * @param data [heads x headDim, in], flat.
 */
export function unpermute(hfName: string, data: Float32Array, config: LlamaConfig): Float32Array {
  const heads = hfName.endsWith('self_attn.q_proj.weight') ? config.heads : hfName.endsWith('self_attn.k_proj.weight') ? config.kvHeads : 0;
  return heads === 0 ? data : halfSplitRows(data, heads, config.headDim);
}

/** Rows of each head from interleaved pairs to two halves: out[h, s, j] = in[h, j, s]. */
export function halfSplitRows(data: Float32Array, heads: number, headDim: number): Float32Array {
  const half = headDim / 2;
  const width = data.length / (heads * headDim);
  const out = new Float32Array(data.length);
  for (let h = 0; h < heads; h++) {
    for (let j = 0; j < half; j++) {
      for (let s = 0; s < 2; s++) {
        const from = (h * headDim + 2 * j + s) * width;
        out.set(data.subarray(from, from + width), (h * headDim + s * half + j) * width);
      }
    }
  }
  return out;
}
