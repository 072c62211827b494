// A Hugging Face config.json of a Llama-family model, read strictly into a typed, camelCase LlamaConfig.
// models/llama builds its graph from it; `raw` is what was read, kept so that a checkpoint can be written back with nothing lost.

import { z } from 'zod';
import { InputError } from '../platform/errors.ts';

/** The sizes and constants of a Llama-family model. */
export interface LlamaConfig {
  modelType: 'llama';
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  /** Query heads. */
  heads: number;
  /** Key and value heads; `heads / kvHeads` queries share one. */
  kvHeads: number;
  headDim: number;
  vocabSize: number;
  rmsNormEps: number;
  ropeTheta: number;
  maxPositions: number;
  /** The output projection is the embedding matrix; there is no lm_head.weight. */
  tiedEmbeddings: boolean;
  /** Every id that config.json calls an end; may be empty. 0 is an id. */
  eosTokenIds: number[];
  bosTokenId?: number;
  /** The JSON as it was read. */
  raw: Record<string, unknown>;
}

const supported = { modelTypes: ['llama'], architectures: ['LlamaForCausalLM'] };

const count = z.number().int().positive();
const tokenId = z.number().int().nonnegative();
const rope = z.object({ rope_theta: z.number().positive().optional(), rope_type: z.string().optional(), type: z.string().optional() });

const schema = z.object({
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  vocab_size: count,
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().nullish(),
  rope_parameters: rope.nullish(),
  rope_scaling: rope.nullish(),
  max_position_embeddings: count.default(2048),
  tie_word_embeddings: z.boolean().default(false),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  bos_token_id: tokenId.nullish(),
  hidden_act: z.literal('silu', 'only silu is supported').default('silu'),
  attention_bias: z.literal(false, 'biases are not supported yet').nullish(),
  mlp_bias: z.literal(false, 'biases are not supported yet').nullish(),
});

/**
 * Reads the parsed JSON of a config.json. `where` (its path) opens every message.
 * Missing fields take the defaults of transformers' LlamaConfig where it has one that does not fix a size.
 * @throws InputError for another architecture, a missing or ill-typed field, and sizes that contradict each other.
 */
export function readModelConfig(json: unknown, where: string): LlamaConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new InputError(`${where}: expected a JSON object`);
  const raw = json as Record<string, unknown>;
  const named = Array.isArray(raw.architectures) ? raw.architectures.map(String) : [];
  const known = raw.model_type === undefined ? named.length > 0 : supported.modelTypes.includes(String(raw.model_type));
  if (!known || (named.length > 0 && !named.some((name) => supported.architectures.includes(name)))) {
    const found = [raw.model_type === undefined ? 'no model_type' : `model_type '${String(raw.model_type)}'`, ...named].join(', ');
    throw new InputError(
      `${where}: the architecture (${found}) is not supported; supported: ` +
        `model_type ${supported.modelTypes.join(', ')} with architecture ${supported.architectures.join(', ')}`,
    );
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new InputError(`${where}: ${problems.join('; ')}`);
  }
  const c = parsed.data;
  const scaling = c.rope_parameters ?? c.rope_scaling;
  const ropeType = scaling?.rope_type ?? scaling?.type ?? 'default';
  if (ropeType !== 'default') throw new InputError(`${where}: rope scaling of type '${ropeType}' is not supported; only 'default' is`);
  const heads = c.num_attention_heads;
  const kvHeads = c.num_key_value_heads ?? heads;
  if (heads % kvHeads !== 0) {
    throw new InputError(`${where}: num_attention_heads (${heads}) is not a multiple of num_key_value_heads (${kvHeads})`);
  }
  if (c.head_dim == null && c.hidden_size % heads !== 0) {
    throw new InputError(
      `${where}: hidden_size (${c.hidden_size}) is not a multiple of num_attention_heads (${heads}) and there is no head_dim`,
    );
  }
  const headDim = c.head_dim ?? c.hidden_size / heads;
  if (headDim % 2 !== 0) throw new InputError(`${where}: head_dim is ${headDim}; rotary embeddings need an even number`);
  const eos = c.eos_token_id;
  return {
    modelType: 'llama',
    hiddenSize: c.hidden_size,
    intermediateSize: c.intermediate_size,
    layers: c.num_hidden_layers,
    heads,
    kvHeads,
    headDim,
    vocabSize: c.vocab_size,
    rmsNormEps: c.rms_norm_eps,
    ropeTheta: c.rope_parameters?.rope_theta ?? c.rope_theta ?? 10000,
    maxPositions: c.max_position_embeddings,
    tiedEmbeddings: c.tie_word_embeddings,
    eosTokenIds: eos == null ? [] : Array.isArray(eos) ? eos : [eos],
    ...(c.bos_token_id == null ? {} : { bosTokenId: c.bos_token_id }),
    raw,
  };
}

/**
 * The tensors that a model of this config has, by their Hugging Face names, and their shapes ([out, in] for a projection).
 * The order is that of the layers; `lm_head.weight` only where the embeddings are not tied.
 */
export function parameterShapes(config: LlamaConfig): Map<string, number[]> {
  const { hiddenSize, intermediateSize, headDim } = config;
  const q = config.heads * headDim;
  const kv = config.kvHeads * headDim;
  const shapes = new Map<string, number[]>([['model.embed_tokens.weight', [config.vocabSize, hiddenSize]]]);
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`;
    shapes.set(`${layer}.input_layernorm.weight`, [hiddenSize]);
    shapes.set(`${layer}.self_attn.q_proj.weight`, [q, hiddenSize]);
    shapes.set(`${layer}.self_attn.k_proj.weight`, [kv, hiddenSize]);
    shapes.set(`${layer}.self_attn.v_proj.weight`, [kv, hiddenSize]);
    shapes.set(`${layer}.self_attn.o_proj.weight`, [hiddenSize, q]);
    shapes.set(`${layer}.post_attention_layernorm.weight`, [hiddenSize]);
    shapes.set(`${layer}.mlp.gate_proj.weight`, [intermediateSize, hiddenSize]);
    shapes.set(`${layer}.mlp.up_proj.weight`, [intermediateSize, hiddenSize]);
    shapes.set(`${layer}.mlp.down_proj.weight`, [hiddenSize, intermediateSize]);
  }
  shapes.set('model.norm.weight', [hiddenSize]);
  if (!config.tiedEmbeddings) shapes.set('lm_head.weight', [config.vocabSize, hiddenSize]);
  return shapes;
}
