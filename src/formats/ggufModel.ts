// A GGUF as a Hugging Face model: its config, its tensors under their Hugging Face names, and q and k in the layout that the half-split
// rotation of Hugging Face expects.

import { InputError } from '../platform/errors.ts';
import type { Gguf } from './gguf.ts';
import { idOf, numberOf, tokensOf } from './ggufFields.ts';
import { type LlamaConfig, type ModelType, readModelConfig } from './modelConfig.ts';
import { llama3Divisor } from './ropeConfig.ts';

/** llama.cpp's architectures and what they are on the hub. `permuted`: the converter interleaves the rows of q and k. */
const architectures: Record<string, { modelType: ModelType; className: string; permuted: boolean }> = {
  // Mistral too: its files have no window, and llama.cpp uses none.
  llama: { modelType: 'llama', className: 'LlamaForCausalLM', permuted: true },
  qwen2: { modelType: 'qwen2', className: 'Qwen2ForCausalLM', permuted: false },
  qwen3: { modelType: 'qwen3', className: 'Qwen3ForCausalLM', permuted: false },
  // Every fourth layer does not rotate: llama.cpp has no key for it, and transformers' default is the same.
  smollm3: { modelType: 'smollm3', className: 'SmolLM3ForCausalLM', permuted: true },
};

/** The divisors of RoPE's frequencies, where the model scales them as Llama 3.1 does. They are no weights. */
const ROPE_DIVISORS = 'rope_freqs.weight';

/** The config.json that says the same as the metadata. @throws InputError for another architecture, a missing key or one of another model. */
export async function ggufConfig(gguf: Gguf): Promise<LlamaConfig> {
  const parts = numberOf(gguf, 'split.count', 0);
  if (parts > 1)
    throw new InputError(
      `${gguf.path}: it is one of ${parts} parts of a model; merge them into one file, with llama.cpp's program: llama-gguf-split --merge FIRST-PART MERGED.gguf`,
    );
  const arch = String(gguf.metadata.get('general.architecture'));
  if (!Object.hasOwn(architectures, arch)) {
    const supported = Object.keys(architectures).join(', ');
    throw new InputError(`${gguf.path}: the architecture '${arch}' is not supported in GGUF files; supported: ${supported}`);
  }
  const { modelType, className } = architectures[arch];
  const number = (key: string, fallback?: number): number => numberOf(gguf, `${arch}.${key}`, fallback);
  // Each makes another model of the same tensors.
  for (const key of ['expert_count', 'attention.sliding_window', 'attention.scale'])
    if (number(key, 0) !== 0) throw new InputError(`${gguf.path}: metadata key '${arch}.${key}' is ${number(key)}, which is not supported`);
  const heads = number('attention.head_count');
  const vocab = tokensOf(gguf).length;
  const embedding = gguf.tensors.get('token_embd.weight');
  if (embedding && embedding.shape[0] !== vocab) {
    throw new InputError(
      `${gguf.path}: 'tokenizer.ggml.tokens' has ${vocab} tokens, but the tensor 'token_embd.weight' has ${embedding.shape[0]} rows`,
    );
  }
  const headDim = number('attention.key_length', number('rope.dimension_count', 0));
  const rotated = number('rope.dimension_count', headDim);
  if (rotated !== headDim)
    throw new InputError(
      `${gguf.path}: metadata key '${arch}.rope.dimension_count' is ${rotated}, of heads of ${headDim}: heads that are rotated in part are not supported`,
    );
  const theta = shortest(number('rope.freq_base', 10000));
  const scaling = await ropeScaling(gguf, arch, theta);
  const bos = idOf(gguf, 'tokenizer.ggml.bos_token_id');
  const eos = idOf(gguf, 'tokenizer.ggml.eos_token_id');
  const json = {
    architectures: [className],
    model_type: modelType,
    vocab_size: vocab,
    hidden_size: number('embedding_length'),
    intermediate_size: number('feed_forward_length'),
    num_hidden_layers: number('block_count'),
    num_attention_heads: heads,
    num_key_value_heads: number('attention.head_count_kv', heads),
    ...(headDim === 0 ? {} : { head_dim: headDim }),
    max_position_embeddings: number('context_length'),
    rms_norm_eps: shortest(number('attention.layer_norm_rms_epsilon')),
    rope_theta: theta,
    ...(scaling ? { rope_scaling: scaling } : {}),
    tie_word_embeddings: !gguf.tensors.has('output.weight'),
    hidden_act: 'silu',
    attention_bias: gguf.tensors.has('blk.0.attn_output.bias'),
    mlp_bias: gguf.tensors.has('blk.0.ffn_down.bias'),
    ...(bos === undefined ? {} : { bos_token_id: bos }),
    ...(eos === undefined ? {} : { eos_token_id: eos }),
    torch_dtype: 'float32',
  };
  return readModelConfig(json, gguf.path);
}

// As `rope_scaling` of a config.json has it.
async function ropeScaling(gguf: Gguf, arch: string, theta: number): Promise<Record<string, unknown> | undefined> {
  if (gguf.tensors.has(ROPE_DIVISORS)) return llama3Scaling(gguf, theta);
  const key = (name: string): string => `${arch}.rope.scaling.${name}`;
  const type = gguf.metadata.get(key('type'));
  if (type === undefined || type === 'none') return undefined;
  // What these make of the rotation has no counterpart in a config.json.
  for (const name of ['attn_factor', 'yarn_attn_factor', 'yarn_ext_factor', 'yarn_log_multiplier'])
    if (gguf.metadata.has(key(name))) throw new InputError(`${gguf.path}: metadata key '${key(name)}' is not supported`);
  const given = (name: string) => (gguf.metadata.has(key(name)) ? numberOf(gguf, key(name)) : undefined);
  return {
    rope_type: String(type),
    factor: given('factor'),
    original_max_position_embeddings: given('original_context_length'),
    beta_fast: given('yarn_beta_fast'),
    beta_slow: given('yarn_beta_slow'),
  };
}

/**
 * The numbers that gave the divisors. The converter leaves them out; all Llama 3.x have 1 and 4 for the two factors, and an original
 * context of a power of two.
 */
async function llama3Scaling(gguf: Gguf, theta: number): Promise<Record<string, unknown> | undefined> {
  const divisors = await gguf.read(ROPE_DIVISORS);
  const factor = shortest(Math.max(...divisors));
  if (factor === 1) return undefined;
  for (let original = 1; original <= 2 ** 24; original *= 2) {
    const scaling = { type: 'llama3', factor, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: original } as const;
    const fits = divisors.every((divisor, i) => {
      const expected = llama3Divisor(theta ** (-i / divisors.length), scaling);
      return Math.abs(divisor - expected) < 1e-3 * expected;
    });
    if (fits) return { rope_type: 'llama3', factor, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: original };
  }
  throw new InputError(
    `${gguf.path}: the tensor '${ROPE_DIVISORS}' scales the rotation in another way than Llama 3.x, which is not supported`,
  );
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
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
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

/** The weights by their Hugging Face names, each with its name in the file; one that we do not know keeps its own. */
export function ggufWeights(gguf: Gguf): Map<string, string> {
  return new Map([...gguf.tensors.keys()].filter((name) => name !== ROPE_DIVISORS).map((name) => [huggingFaceName(name), name]));
}

function huggingFaceName(name: string): string {
  const layer = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(name);
  const inner = layer ? layerNames[layer[2]] : undefined;
  return layer && inner ? `model.layers.${layer[1]}.${inner}.${layer[3]}` : (outerNames[name] ?? name);
}

/**
 * Undoes the permutation that llama.cpp's converter applies to q and k of some architectures: within a head it interleaves the two
 * halves that a rotation pairs (row 2j + s there is row s headDim/2 + j here). Other tensors come back as they are.
 * @param data [heads x headDim, in] or a bias [heads x headDim], flat.
 */
export function unpermute(hfName: string, data: Float32Array, config: LlamaConfig): Float32Array {
  const projection = /self_attn\.([qk])_proj\.(weight|bias)$/.exec(hfName)?.[1];
  if (
    projection === undefined ||
    !Object.values(architectures).some(({ modelType, permuted }) => permuted && modelType === config.modelType)
  )
    return data;
  return halfSplitRows(data, projection === 'q' ? config.heads : config.kvHeads, config.headDim);
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
