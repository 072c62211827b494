// A Hugging Face config.json of a model of the Llama family, read strictly into a typed, camelCase LlamaConfig.
// models/llama builds its graph from it; `raw` is what was read, kept so that a checkpoint can be written back with nothing lost.

import { z } from 'zod';
import { InputError } from '../platform/errors.ts';
import { type LayerKinds, layerFields, readLayerKinds } from './layerKinds.ts';
import { type RopeScaling, readRopeScaling, ropeSchema } from './ropeConfig.ts';

/** What a model ends in: logits of the next token (lm_head, or the embeddings), or one number a position (`score.weight`, a reward model). */
export type Head = 'lm' | 'scalar';

export type ModelType = 'llama' | 'mistral' | 'qwen2' | 'qwen3' | 'smollm3';

/** The sizes and constants of a Llama-family model. */
export interface LlamaConfig extends LayerKinds {
  modelType: ModelType;
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
  ropeScaling?: RopeScaling;
  /** The projections that have a bias: 'q_proj', ... */
  biases: string[];
  /** Each head's queries and keys pass an RMSNorm of their own before they are rotated. */
  queryKeyNorm: boolean;
  maxPositions: number;
  /** The output projection is the embedding matrix; there is no lm_head.weight. */
  tiedEmbeddings: boolean;
  head: Head;
  /** Every id that config.json calls an end; may be empty. 0 is an id. */
  eosTokenIds: number[];
  bosTokenId?: number;
  /** The JSON as it was read. */
  raw: Record<string, unknown>;
}

/** What tells the families apart where config.json says nothing: the defaults of their config classes in transformers 5.23. */
const families: Record<
  ModelType,
  { name: string; kvHeads?: number; headDim?: number; maxPositions: number; ropeTheta: number; tied: boolean }
> = {
  llama: { name: 'Llama', maxPositions: 2048, ropeTheta: 10000, tied: false },
  mistral: { name: 'Mistral', kvHeads: 8, maxPositions: 131072, ropeTheta: 10000, tied: false },
  qwen2: { name: 'Qwen2', kvHeads: 32, maxPositions: 32768, ropeTheta: 10000, tied: false },
  qwen3: { name: 'Qwen3', kvHeads: 32, headDim: 128, maxPositions: 32768, ropeTheta: 10000, tied: false },
  smollm3: { name: 'SmolLM3', kvHeads: 4, maxPositions: 32768, ropeTheta: 2e6, tied: true },
};
const modelTypes = Object.keys(families) as ModelType[];
/** The class of transformers, by what it ends in. */
const architecture = (type: ModelType, head: Head): string =>
  `${families[type].name}${head === 'lm' ? 'ForCausalLM' : 'ForSequenceClassification'}`;

const attentionProjections = ['q_proj', 'k_proj', 'v_proj', 'o_proj'];
const mlpProjections = ['gate_proj', 'up_proj', 'down_proj'];

const count = z.number().int().positive();
// Lists as long as this are made before any tensor is looked at: a file that lies must not take the memory or minutes. Real ones have up to about 130.
const maxLayers = 4096;
const tokenId = z.number().int().nonnegative();

const schema = z.object({
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count.max(maxLayers, `more than ${maxLayers} layers are not supported`),
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  vocab_size: count,
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().nullish(),
  rope_parameters: ropeSchema.nullish(),
  rope_scaling: ropeSchema.nullish(),
  original_max_position_embeddings: count.nullish(),
  max_position_embeddings: count.optional(),
  tie_word_embeddings: z.boolean().optional(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  bos_token_id: tokenId.nullish(),
  num_labels: count.nullish(),
  id2label: z.record(z.string(), z.unknown()).nullish(),
  hidden_act: z.literal('silu', 'only silu is supported').default('silu'),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  ...layerFields,
  // Each of these makes another model of the same sizes.
  partial_rotary_factor: z.literal(1, 'heads that are rotated in part are not supported').nullish(),
  use_mrope: z.literal(false, 'rotations of several axes are not supported').nullish(),
  quantization_config: z.null('quantised weights are not supported; use the checkpoint in bf16, fp16 or fp32').optional(),
});
type Raw = z.infer<typeof schema>;

/**
 * Reads the parsed JSON of a config.json, of transformers 4 or 5. `where` (its path) opens every message.
 * Missing fields take the defaults of the family's config class in transformers, but hidden size, layers, query heads and vocabulary,
 * which must be there.
 * @throws InputError for another architecture, a missing or ill-typed field, an option that makes another model of it, and sizes that
 * contradict each other.
 */
export function readModelConfig(json: unknown, where: string): LlamaConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new InputError(`${where}: expected a JSON object`);
  const raw = json as Record<string, unknown>;
  const { modelType, head } = modelTypeOf(raw, where);
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new InputError(`${where}: ${problems.join('; ')}`);
  }
  const c = parsed.data;
  // transformers' default is two.
  const labels = c.num_labels ?? (c.id2label ? Object.keys(c.id2label).length : 2);
  if (head === 'scalar' && labels !== 1)
    throw new InputError(
      `${where}: it is a classifier of ${labels} labels; only a reward model, which has one (num_labels 1), is supported`,
    );
  const family = families[modelType];
  const heads = c.num_attention_heads;
  const kvHeads = c.num_key_value_heads === undefined ? (family.kvHeads ?? heads) : (c.num_key_value_heads ?? heads);
  const maxPositions = c.max_position_embeddings ?? family.maxPositions;
  if (heads % kvHeads !== 0) {
    throw new InputError(`${where}: num_attention_heads (${heads}) is not a multiple of num_key_value_heads (${kvHeads})`);
  }
  const givenHeadDim = c.head_dim ?? family.headDim;
  if (givenHeadDim === undefined && c.hidden_size % heads !== 0) {
    throw new InputError(
      `${where}: hidden_size (${c.hidden_size}) is not a multiple of num_attention_heads (${heads}) and there is no head_dim`,
    );
  }
  const headDim = givenHeadDim ?? c.hidden_size / heads;
  if (headDim % 2 !== 0) throw new InputError(`${where}: head_dim is ${headDim}; rotary embeddings need an even number`);
  const eos = c.eos_token_id;
  return {
    modelType,
    hiddenSize: c.hidden_size,
    intermediateSize: c.intermediate_size,
    layers: c.num_hidden_layers,
    heads,
    kvHeads,
    headDim,
    vocabSize: c.vocab_size,
    rmsNormEps: c.rms_norm_eps,
    ...readRope(c, family.ropeTheta, maxPositions, where),
    biases: biasesOf(c, modelType),
    queryKeyNorm: modelType === 'qwen3',
    ...readLayerKinds(c, modelType, c.num_hidden_layers, maxPositions, where),
    maxPositions,
    tiedEmbeddings: c.tie_word_embeddings ?? family.tied,
    head,
    eosTokenIds: eos == null ? [] : Array.isArray(eos) ? eos : [eos],
    ...(c.bos_token_id == null ? {} : { bosTokenId: c.bos_token_id }),
    raw,
  };
}

/** The same model with a scalar head in place of its own, as transformers' AutoModelForSequenceClassification has it for num_labels 1. */
export function withScalarHead(config: LlamaConfig): LlamaConfig {
  if (config.head === 'scalar') return config;
  const { num_labels: _, ...raw } = config.raw;
  return {
    ...config,
    head: 'scalar',
    raw: {
      ...raw,
      model_type: config.modelType,
      architectures: [architecture(config.modelType, 'scalar')],
      id2label: { 0: 'LABEL_0' },
      label2id: { LABEL_0: 0 },
      // transformers reads the score at the last token that is no padding: were the end of the text padding, at the one before it.
      ...(config.eosTokenIds.some((id) => id === raw.pad_token_id) ? { pad_token_id: null } : {}),
    },
  };
}

function modelTypeOf(raw: Record<string, unknown>, where: string): { modelType: ModelType; head: Head } {
  const named = Array.isArray(raw.architectures) ? raw.architectures.map(String) : [];
  for (const modelType of modelTypes) {
    if (raw.model_type !== undefined && raw.model_type !== modelType) continue;
    if (named.includes(architecture(modelType, 'lm')) || (named.length === 0 && raw.model_type !== undefined))
      return { modelType, head: 'lm' };
    if (named.includes(architecture(modelType, 'scalar'))) return { modelType, head: 'scalar' };
  }
  const what = [raw.model_type === undefined ? 'no model_type' : `model_type '${String(raw.model_type)}'`, ...named].join(', ');
  const supported = modelTypes.map((type) => `${type} (${architecture(type, 'lm')})`).join(', ');
  throw new InputError(`${where}: the architecture (${what}) is not supported; supported: model_type ${supported}`);
}

// transformers 5 writes one object, 4 two fields; a file that has both must not say two things.
function readRope(c: Raw, defaultTheta: number, maxPositions: number, where: string): Pick<LlamaConfig, 'ropeTheta' | 'ropeScaling'> {
  const read = (field: 'rope_parameters' | 'rope_scaling'): RopeScaling | undefined => {
    const rope = c[field];
    const original = c.original_max_position_embeddings ?? rope?.original_max_position_embeddings;
    return rope ? readRopeScaling({ ...rope, original_max_position_embeddings: original }, field, maxPositions, where) : undefined;
  };
  const [parameters, scaling] = [read('rope_parameters'), read('rope_scaling')];
  if (c.rope_parameters && c.rope_scaling && JSON.stringify(parameters) !== JSON.stringify(scaling))
    throw new InputError(`${where}: rope_parameters and rope_scaling say different things; remove one of them`);
  const ropeScaling = parameters ?? scaling;
  return {
    ropeTheta: c.rope_parameters?.rope_theta ?? c.rope_scaling?.rope_theta ?? c.rope_theta ?? defaultTheta,
    ...(ropeScaling ? { ropeScaling } : {}),
  };
}

// Qwen2's are implied; Mistral has none whatever its config says.
function biasesOf(c: Raw, modelType: ModelType): string[] {
  if (modelType === 'qwen2') return ['q_proj', 'k_proj', 'v_proj'];
  if (modelType === 'mistral') return [];
  const mlp = modelType !== 'qwen3' && c.mlp_bias;
  return [...(c.attention_bias ? attentionProjections : []), ...(mlp ? mlpProjections : [])];
}

/** The scalar head, by its Hugging Face name. */
export const SCORE = 'score.weight';

/**
 * The tensors that a model of this config has, by their Hugging Face names, and their shapes ([out, in] for a projection).
 * The order is that of the layers; last `score.weight [1, hidden]` of a scalar head, or `lm_head.weight` where the embeddings are not tied.
 */
export function parameterShapes(config: LlamaConfig): Map<string, number[]> {
  const { hiddenSize, intermediateSize, headDim } = config;
  const q = config.heads * headDim;
  const kv = config.kvHeads * headDim;
  const shapes = new Map<string, number[]>([['model.embed_tokens.weight', [config.vocabSize, hiddenSize]]]);
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`;
    const projection = (name: string, out: number, input: number): void => {
      shapes.set(`${layer}.${name}.weight`, [out, input]);
      if (config.biases.includes(name.slice(name.indexOf('.') + 1))) shapes.set(`${layer}.${name}.bias`, [out]);
    };
    shapes.set(`${layer}.input_layernorm.weight`, [hiddenSize]);
    projection('self_attn.q_proj', q, hiddenSize);
    projection('self_attn.k_proj', kv, hiddenSize);
    projection('self_attn.v_proj', kv, hiddenSize);
    projection('self_attn.o_proj', hiddenSize, q);
    if (config.queryKeyNorm) for (const name of ['q_norm', 'k_norm']) shapes.set(`${layer}.self_attn.${name}.weight`, [headDim]);
    shapes.set(`${layer}.post_attention_layernorm.weight`, [hiddenSize]);
    projection('mlp.gate_proj', intermediateSize, hiddenSize);
    projection('mlp.up_proj', intermediateSize, hiddenSize);
    projection('mlp.down_proj', hiddenSize, intermediateSize);
  }
  shapes.set('model.norm.weight', [hiddenSize]);
  if (config.head === 'scalar') shapes.set(SCORE, [1, hiddenSize]);
  else if (!config.tiedEmbeddings) shapes.set('lm_head.weight', [config.vocabSize, hiddenSize]);
  return shapes;
}
