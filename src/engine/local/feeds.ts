// The inputs that every graph over packed rows, or every graph of a model, is fed with.

import type { LlamaConfig } from '../../formats/modelConfig.ts';
import type { ArrayValue } from '../../graph/session.ts';
import { ropeTables } from '../../models/rope.ts';
import { longestRow, type MicroBatch } from './packing.ts';
import type { Parameter } from './parameters.ts';

type Feeds = Record<string, ArrayValue>;

/** The weights, where they lie. */
export function weightFeeds(parameters: ReadonlyMap<string, Parameter>): Feeds {
  return Object.fromEntries([...parameters].map(([name, { data, shape }]) => [name, { data, dims: shape }]));
}

/** RoPE's tables, for any row that packing makes of `maxTokens` a micro-batch. */
export function tableFeeds(config: LlamaConfig, maxTokens: number): Feeds {
  const { cos, sin, dims } = ropeTables(config, longestRow(config.maxPositions, maxTokens));
  return { cos: { data: cos, dims }, sin: { data: sin, dims } };
}

/** `tokens`, `positions`, `mask` and `lossPositions` of a micro-batch. */
export function rowFeeds({ rows, length, tokens, positions, mask, lossPositions }: MicroBatch): Feeds {
  return {
    tokens: { data: tokens, dims: [rows, length] },
    positions: { data: positions, dims: [rows, length] },
    mask: { data: mask, dims: [rows, 1, length, length] },
    lossPositions: { data: lossPositions, dims: [lossPositions.length] },
  };
}
