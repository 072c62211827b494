// The Llama family as a graph: pre-norm decoder layers of grouped-query attention with RoPE and a SwiGLU, tied or untied
// embeddings. Mistral, Qwen2, Qwen3 and SmolLM3 are the same layers with biases, norms of queries and keys, layers that do not rotate
// or a sliding window, as their configs say. Names and layouts are Hugging Face's (a linear weight is [out, in]). The same layers serve
// training (whole rows under a mask) and decoding (one new token a sequence against a cache of keys and values).

import { type AdaptedConfig, adapterShapes } from '../formats/lora.ts';
import { type LlamaConfig, parameterShapes, SCORE } from '../formats/modelConfig.ts';
import {
  add,
  attention,
  concat,
  div,
  exp,
  gatherRows,
  lessEqual,
  matmul,
  max,
  maximum,
  mul,
  reshape,
  rmsNorm,
  rope,
  silu,
  sub,
  sum,
  transpose,
  where,
} from '../graph/ops/index.ts';
import { constant, input, scope, type Tensor } from '../graph/tensor.ts';

/** The number of weights. */
export function parameterCount(config: LlamaConfig): number {
  let count = 0;
  for (const shape of parameterShapes(config).values()) count += shape.reduce((a, b) => a * b, 1);
  return count;
}

export type Weights = ReadonlyMap<string, Tensor>;

/** The weights as graph inputs, by name; an adapter's after the model's own. */
export function weightInputs(config: AdaptedConfig): Weights {
  const shapes = [...parameterShapes(config), ...(config.lora ? adapterShapes(config, config.lora) : [])];
  return new Map(shapes.map(([name, shape]) => [name, input(name, shape)]));
}

/** The weights that training changes: all, or an adapter's alone. */
export function trainableNames(config: AdaptedConfig): string[] {
  return [...(config.lora ? adapterShapes(config, config.lora) : parameterShapes(config)).keys()];
}

/** RoPE's tables as graph inputs `cos`, `sin` [P, D/2]. */
export function ropeInputs(config: LlamaConfig): { cos: Tensor; sin: Tensor } {
  return { cos: input('cos', ['P', config.headDim / 2]), sin: input('sin', ['P', config.headDim / 2]) };
}

interface Projections {
  /** Values that fill [..., heads*D] and [..., kvHeads*D]; q and k already normed and rotated. */
  q: Tensor;
  k: Tensor;
  v: Tensor;
}

/** What differs between whole rows and a step of decoding. `x` is [..., width]. */
interface Layout {
  /** alpha x W^T: `weight [N, K]`, `x [..., K]` -> `[..., N]`. */
  product(x: Tensor, weight: Tensor, alpha?: number): Tensor;
  /** RoPE at the tokens' positions. */
  rotate(x: Tensor): Tensor;
  attend(projections: Projections, layer: number): Tensor;
}

/** Embedding, all layers, final norm: `tokens [...]` -> hidden `[..., hidden]`. */
function decoder(config: AdaptedConfig, weights: Weights, tokens: Tensor, { product, rotate, attend }: Layout): Tensor {
  const weight = (name: string): Tensor => {
    const tensor = weights.get(name);
    if (tensor === undefined) throw new Error(`no weight ${name}`);
    return tensor;
  };
  const linear = (x: Tensor, name: string): Tensor =>
    scope(name, () => {
      const wide = product(x, weight(`${name}.weight`));
      const bias = weights.get(`${name}.bias`);
      const y = bias === undefined ? wide : add(wide, bias);
      const a = weights.get(`${name}.lora_A.weight`);
      if (a === undefined) return y;
      return add(y, product(product(x, a), weight(`${name}.lora_B.weight`), config.lora?.scale));
    });
  let x = gatherRows(weight('model.embed_tokens.weight'), tokens);
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`;
    const h = rmsNorm(x, weight(`${layer}.input_layernorm.weight`), config.rmsNormEps);
    // A head's queries or keys as they are compared: normed where the family does, then turned where the layer does.
    const compared = (x: Tensor, name: string): Tensor => {
      const normed = config.queryKeyNorm ? headNorm(x, weight(`${layer}.self_attn.${name}_norm.weight`), config) : x;
      return config.rotates[i] ? rotate(normed) : normed;
    };
    const q = compared(linear(h, `${layer}.self_attn.q_proj`), 'q');
    const k = compared(linear(h, `${layer}.self_attn.k_proj`), 'k');
    const v = linear(h, `${layer}.self_attn.v_proj`);
    x = add(
      x,
      linear(
        scope(`${layer}.self_attn`, () => attend({ q, k, v }, i)),
        `${layer}.self_attn.o_proj`,
      ),
    );
    const m = rmsNorm(x, weight(`${layer}.post_attention_layernorm.weight`), config.rmsNormEps);
    const gated = mul(silu(linear(m, `${layer}.mlp.gate_proj`)), linear(m, `${layer}.mlp.up_proj`));
    x = add(x, linear(gated, `${layer}.mlp.down_proj`));
  }
  return rmsNorm(x, weight('model.norm.weight'), config.rmsNormEps);
}

/** RMSNorm of each head by itself: `x [..., H*D]`, `scale [D]`. */
function headNorm(x: Tensor, scale: Tensor, { headDim, rmsNormEps }: LlamaConfig): Tensor {
  const heads = reshape(x, [...x.shape.slice(0, -1), (x.shape[x.rank - 1] as number) / headDim, headDim]);
  return reshape(rmsNorm(heads, scale, rmsNormEps), x.shape);
}

/** x W^T, the usual way: each weight is laid out anew for the kernel at every call, which many rows make up for. */
const rowsProduct = (x: Tensor, weight: Tensor, alpha?: number): Tensor => matmul(x, weight, { transB: true, alpha });

/** The same as (W x^T)^T, `x [B, K]`: the few rows are laid out for the kernel and the weights are read where they lie. */
const fewRowsProduct = (x: Tensor, weight: Tensor, alpha?: number): Tensor => transpose(matmul(weight, x, { transB: true, alpha }), [1, 0]);

/** `hidden [N, hidden]` -> logits `[N, V]`. A temperature divides the one as well as the other, which is larger. */
export function logitsOf(config: LlamaConfig, weights: Weights, hidden: Tensor, product: Layout['product'] = rowsProduct): Tensor {
  const head = weights.get(config.tiedEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight') as Tensor;
  return scope('lm_head', () => product(hidden, head));
}

/** `hidden [N, hidden]` -> scores `[N]`, of a scalar head. */
export function scoresOf(weights: Weights, hidden: Tensor): Tensor {
  return scope('score', () => reshape(rowsProduct(hidden, weights.get(SCORE) as Tensor), [hidden.shape[0]]));
}

export interface RowsForward {
  hidden: Tensor;
  /** Per layer, [B, T, kvHeads*D]: what a cache would hold. */
  keys: Tensor[];
  values: Tensor[];
}

/** Whole rows at once: inputs `tokens`, `positions [B, T]`, additive `mask [B, 1, T, T]` (row = query, column = key). */
export function forwardRows(config: AdaptedConfig, weights: Weights): RowsForward {
  const { heads, kvHeads, headDim } = config;
  const group = heads / kvHeads;
  const tokens = input('tokens', ['B', 'T'], 'int32');
  const positions = input('positions', ['B', 'T'], 'int32');
  const mask = input('mask', ['B', 1, 'T', 'T']);
  // A key head's query heads are folded into the time axis, so the mask repeats once for each.
  const perGroup = (mask: Tensor): Tensor => (group === 1 ? mask : concat(Array<Tensor>(group).fill(mask), 2));
  const groupMask = perGroup(mask);
  const windowMask = config.slidingWindow === undefined ? groupMask : perGroup(withinWindow(mask, positions, config.slidingWindow));
  const keys: Tensor[] = [];
  const values: Tensor[] = [];
  const foldedTime = groupMask.shape[2];
  const { cos, sin } = ropeInputs(config);
  const attend: Layout['attend'] = ({ q, k, v }, layer) => {
    keys.push(k);
    values.push(v);
    const queries = reshape(transpose(reshape(q, ['B', 'T', kvHeads, group, headDim]), [0, 2, 3, 1, 4]), [
      'B',
      kvHeads,
      foldedTime,
      headDim,
    ]);
    const perHead = (x: Tensor): Tensor => transpose(reshape(x, ['B', 'T', kvHeads, headDim]), [0, 2, 1, 3]);
    const out = attention(queries, perHead(k), perHead(v), config.slides[layer] ? windowMask : groupMask, headDim ** -0.5);
    return reshape(transpose(reshape(out, ['B', kvHeads, group, 'T', headDim]), [0, 3, 1, 2, 4]), ['B', 'T', heads * headDim]);
  };
  const rotate = (x: Tensor): Tensor => rope(x, positions, cos, sin);
  return { hidden: decoder(config, weights, tokens, { product: rowsProduct, rotate, attend }), keys, values };
}

/** `mask [B, 1, T, T]` without the keys that lie `window` positions or more before the query: a position sees itself and window - 1 others. */
function withinWindow(mask: Tensor, positions: Tensor, window: number): Tensor {
  const distance = sub(reshape(positions, ['B', 1, 'T', 1]), reshape(positions, ['B', 1, 1, 'T']));
  return where(lessEqual(distance, constant(window - 1, [], 'int32')), mask, constant(-1e9));
}

export interface DecodeStep {
  /** [B, V], divided by the temperatures. */
  logits: Tensor;
  /** The new keys and values of all layers: [2*layers*B, kvHeads, 1, D], layer i's keys at 2i*B and its values at (2i+1)*B. */
  newCache: Tensor;
}

/**
 * One token a sequence: inputs `tokens`, `positions [B]`, `temperatures [B, 1]`, caches `keys.i`, `values.i [B, kvHeads, S, D]`, and `cacheMask [B, 1, 1, S]`
 * (0 where the slot belongs to the sequence, else a large negative number); where layers slide also `windowMask`, which is 0 only within
 * the window. The new token attends to the cache and to itself; the cache is only read, its owner writes `newCache` where it belongs.
 * `alone`: B is 1, where the kernels read the weights where they lie either way.
 */
export function decodeStep(config: AdaptedConfig, weights: Weights, alone: boolean): DecodeStep {
  const { heads, kvHeads, headDim } = config;
  const group = heads / kvHeads;
  const positions = reshape(input('positions', ['B'], 'int32'), ['B', 1]);
  const { cos, sin } = ropeInputs(config);
  const mask = input('cacheMask', ['B', 1, 1, 'S']);
  const windowMask = input('windowMask', ['B', 1, 1, 'S']);
  const fresh: Tensor[] = [];
  const attend: Layout['attend'] = ({ q, k, v }, layer) => {
    const pastKeys = input(`keys.${layer}`, ['B', kvHeads, 'S', headDim]);
    const pastValues = input(`values.${layer}`, ['B', kvHeads, 'S', headDim]);
    // Scaled here and not within the products: of one row by many the kernel that reads the cache where it lies takes no factor.
    const queries = reshape(mul(q, headDim ** -0.5), ['B', kvHeads, group, headDim]);
    const key = reshape(k, ['B', kvHeads, 1, headDim]);
    const value = reshape(v, ['B', kvHeads, 1, headDim]);
    fresh.push(key, value);
    // Softmax over the cache and the token itself, without joining the two in memory.
    const past = add(matmul(queries, pastKeys, { transB: true }), config.slides[layer] ? windowMask : mask);
    const self = matmul(queries, key, { transB: true });
    const top = maximum(max(past, [-1], true), self);
    const pastWeight = exp(sub(past, top));
    const selfWeight = exp(sub(self, top));
    const total = add(sum(pastWeight, [-1], true), selfWeight);
    const out = div(add(matmul(pastWeight, pastValues), mul(selfWeight, value)), total);
    return reshape(out, ['B', heads * headDim]);
  };
  const rotate = (x: Tensor): Tensor => rope(reshape(x, ['B', 1, x.shape[1]]), positions, cos, sin);
  const product = alone ? rowsProduct : fewRowsProduct;
  const hidden = decoder(config, weights, input('tokens', ['B'], 'int32'), { product, rotate, attend });
  const logits = logitsOf(config, weights, div(hidden, input('temperatures', ['B', 1])), product);
  return { logits, newCache: concat(fresh, 0) };
}
