// The rotary embedding in a config.json: its base and how it is scaled to a longer context. transformers 4 writes `rope_theta` and
// `rope_scaling`, transformers 5 one object `rope_parameters`. models/rope.ts makes frequencies of it.

import { z } from 'zod';
import { InputError } from '../platform/errors.ts';

/** How RoPE's frequencies are changed; `originalPositions` is the context before the change. */
export type RopeScaling =
  | { type: 'linear'; factor: number }
  | { type: 'llama3'; factor: number; lowFrequencyFactor: number; highFrequencyFactor: number; originalPositions: number }
  | {
      type: 'yarn';
      factor: number;
      betaFast: number;
      betaSlow: number;
      originalPositions: number;
      /** Cosine and sine are multiplied by it, so that scores grow by its square. */
      attentionFactor: number;
      /** Whether the range of interpolated channels ends at whole channels. */
      truncate: boolean;
    };

const positive = z.number().positive();
const count = z.number().int().positive();

const perKind = z.null('a rotation of its own for each kind of layer is not supported').optional();

/** The object itself; what a type needs is looked at where the type is known. */
export const ropeSchema = z.object({
  rope_theta: positive.nullish(),
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  factor: positive.nullish(),
  low_freq_factor: positive.nullish(),
  high_freq_factor: positive.nullish(),
  original_max_position_embeddings: count.nullish(),
  beta_fast: positive.nullish(),
  beta_slow: positive.nullish(),
  attention_factor: positive.nullish(),
  mscale: z.number().nonnegative().nullish(),
  mscale_all_dim: z.number().nonnegative().nullish(),
  truncate: z.boolean().nullish(),
  partial_rotary_factor: z.literal(1, 'heads that are rotated in part are not supported').nullish(),
  // transformers 5 may nest one rotation for each kind of layer.
  full_attention: perKind,
  sliding_attention: perKind,
});

export type RawRope = z.infer<typeof ropeSchema>;

/**
 * @param rope `rope_parameters` or `rope_scaling`
 * @param field which of the two, for messages
 * @returns nothing where the frequencies are unchanged
 * @throws InputError for a type that is not supported and for one that lacks a number
 */
export function readRopeScaling(rope: RawRope, field: string, maxPositions: number, where: string): RopeScaling | undefined {
  const type = rope.rope_type ?? rope.type ?? 'default';
  const needed = (name: 'factor' | 'low_freq_factor' | 'high_freq_factor' | 'original_max_position_embeddings'): number => {
    const value = rope[name];
    if (value == null) throw new InputError(`${where}: ${field}.${name} is missing; rope_type '${type}' needs it`);
    return value;
  };
  switch (type) {
    case 'default':
      return undefined;
    case 'linear':
      return { type, factor: needed('factor') };
    case 'llama3': {
      const scaling = {
        type,
        factor: needed('factor'),
        lowFrequencyFactor: needed('low_freq_factor'),
        highFrequencyFactor: needed('high_freq_factor'),
        originalPositions: needed('original_max_position_embeddings'),
      } as const;
      if (scaling.highFrequencyFactor <= scaling.lowFrequencyFactor)
        throw new InputError(`${where}: ${field}.high_freq_factor must be larger than ${field}.low_freq_factor`);
      return scaling;
    }
    case 'yarn': {
      const factor = needed('factor');
      return {
        type,
        factor,
        betaFast: rope.beta_fast ?? 32,
        betaSlow: rope.beta_slow ?? 1,
        originalPositions: rope.original_max_position_embeddings ?? maxPositions,
        attentionFactor: rope.attention_factor ?? yarnAttentionFactor(factor, rope),
        truncate: rope.truncate ?? true,
      };
    }
    default:
      throw new InputError(`${where}: ${field}: RoPE scaling of type '${type}' is not supported; supported: default, linear, llama3, yarn`);
  }
}

/**
 * Llama 3.1's rule, by what a frequency is divided: waves that turn often within the original context stay, those that turn less than
 * once are stretched by the factor, and between the two the frequency is interpolated.
 */
export function llama3Divisor(frequency: number, scaling: RopeScaling & { type: 'llama3' }): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalPositions } = scaling;
  const turns = (originalPositions * frequency) / (2 * Math.PI);
  if (turns > high) return 1;
  if (turns < low) return factor;
  const kept = (turns - low) / (high - low);
  return 1 / ((1 - kept) / factor + kept);
}

// YaRN (Peng et al. 2023), eq. 22, and DeepSeek's two coefficients where a config brings them.
function yarnAttentionFactor(factor: number, { mscale, mscale_all_dim: allDim }: RawRope): number {
  const magnitude = (coefficient: number): number => (factor <= 1 ? 1 : 0.1 * coefficient * Math.log(factor) + 1);
  return mscale && allDim ? magnitude(mscale) / magnitude(allDim) : magnitude(1);
}
