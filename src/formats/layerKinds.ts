// Which layers of a model rotate their queries and keys, and which see only a window of what came before: read from a config.json's
// no_rope_layers, sliding_window and layer_types as transformers reads them.

import { z } from 'zod';
import { InputError } from '../platform/errors.ts';

const count = z.number().int().positive();

export const layerFields = {
  sliding_window: count.nullish(),
  use_sliding_window: z.boolean().nullish(),
  max_window_layers: z.number().int().nonnegative().nullish(),
  layer_types: z.array(z.string()).nullish(),
  no_rope_layers: z.array(z.union([z.literal(0), z.literal(1), z.boolean()])).nullish(),
  no_rope_layer_interval: count.nullish(),
};
type RawLayers = z.infer<z.ZodObject<typeof layerFields>>;

export interface LayerKinds {
  /** Per layer: whether queries and keys turn with their position (RoPE), or know none (NoPE). */
  rotates: boolean[];
  /** Per layer: whether a position sees itself and the `slidingWindow - 1` before it, instead of all. */
  slides: boolean[];
  /** Only where a layer slides, and within the model's context. */
  slidingWindow?: number;
}

/** @throws InputError for lists of another length than `layers`, unknown kinds of layers and sliding layers without a window */
export function readLayerKinds(raw: RawLayers, modelType: string, layers: number, maxPositions: number, where: string): LayerKinds {
  const rotates = modelType === 'smollm3' ? rotating(raw, layers, where) : Array<boolean>(layers).fill(true);
  const window = windowOf(raw, modelType);
  const implied = rotates.map((rotated, i) => {
    if (window === null) return false;
    if (modelType === 'mistral') return true;
    return modelType === 'smollm3' ? !rotated : i >= (raw.max_window_layers ?? 28);
  });
  const slides = raw.layer_types == null ? implied : named(raw.layer_types, layers, where);
  if (modelType === 'mistral' && slides.some((slide, i) => slide !== implied[i]))
    throw new InputError(`${where}: layer_types: a mistral model slides in all of its layers, or in none where sliding_window is null`);
  if (window === null && slides.includes(true))
    throw new InputError(
      `${where}: layer_types has sliding_attention, but no sliding_window is in use (use_sliding_window, sliding_window)`,
    );
  // A window that no position outgrows is none.
  if (window === null || window >= maxPositions || !slides.includes(true)) return { rotates, slides: slides.map(() => false) };
  return { rotates, slides, slidingWindow: window };
}

/** The window in use; null where there is none. */
function windowOf({ sliding_window: window, use_sliding_window: used }: RawLayers, modelType: string): number | null {
  switch (modelType) {
    case 'mistral':
      // Mistral has no switch.
      return window === undefined ? 4096 : window;
    case 'qwen2':
    case 'qwen3':
      return used ? (window === undefined ? 4096 : window) : null;
    case 'smollm3':
      return used ? (window ?? null) : null;
    default:
      return null;
  }
}

function rotating({ no_rope_layers: list, no_rope_layer_interval: interval }: RawLayers, layers: number, where: string): boolean[] {
  if (list == null) return Array.from({ length: layers }, (_, i) => (i + 1) % (interval ?? 4) !== 0);
  if (list.length < layers) throw new InputError(`${where}: no_rope_layers has ${list.length} entries for ${layers} layers`);
  return list.slice(0, layers).map(Boolean);
}

function named(types: string[], layers: number, where: string): boolean[] {
  if (types.length !== layers) throw new InputError(`${where}: layer_types has ${types.length} entries for ${layers} layers`);
  return types.map((type, i) => {
    if (type !== 'full_attention' && type !== 'sliding_attention')
      throw new InputError(`${where}: layer_types[${i}] is '${type}'; supported: full_attention, sliding_attention`);
    return type === 'sliding_attention';
  });
}
