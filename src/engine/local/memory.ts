// What the local engine allows itself of memory, and what its work takes of it: bounds micro-batches and running sequences, and is what
// `thinkling doctor` estimates with.

import type { LlamaConfig } from '../../formats/modelConfig.ts';
import type { Packing } from './packing.ts';

/** What a run of forward + backward may keep alive, bytes: bounds the micro-batch. */
export const ACTIVATION_BUDGET = 3 * 2 ** 30;
export const MAX_MICRO_TOKENS = 8192;
const MAX_SEQUENCES = 256;
/**
 * What a token costs beside attention, in columns attended to, for a unit of the model's width: by time, of forward and backward of models
 * 256 and 576 wide (3.3 and 3.6). By floating-point operations it would be 5 to 6, but a softmax is slower than a product.
 */
const LINEAR_COST = 3.5;
/** Keys and values of all running sequences, bytes. */
export const CACHE_BUDGET = 2 * 2 ** 30;

/** Bytes that forward + backward keep alive for a token: attention at rows of 256, logits at every position. */
export function activationBytes({ layers, hiddenSize, intermediateSize, heads, vocabSize }: LlamaConfig): number {
  const perLayer = 14 * hiddenSize + 7 * intermediateSize + 3 * heads * 256;
  return 4 * (layers * perLayer + 3 * vocabSize);
}

/** How the model's data are packed. */
export function packingFor(config: LlamaConfig): Packing {
  const maxTokens = Math.max(256, Math.min(MAX_MICRO_TOKENS, Math.floor(ACTIVATION_BUDGET / activationBytes(config) / 64) * 64));
  return { maxTokens, linearCost: LINEAR_COST * config.hiddenSize };
}

/** Bytes of the keys and values of one token. */
export function cacheBytes({ layers, kvHeads, headDim }: LlamaConfig): number {
  return 8 * layers * kvHeads * headDim;
}

/** How many sequences may run at once where the longest may come to `positions`: the cache grows to that, not to the model's context. */
export function mostSequences(config: LlamaConfig, positions: number): number {
  return Math.max(1, Math.min(MAX_SEQUENCES, Math.floor(CACHE_BUDGET / (cacheBytes(config) * positions))));
}
