// Graphs over packed rows, as a trainer, a reference or a reward model runs them: packs data, runs one graph a micro-batch, and brings what
// comes out back to where each datum has it.

import type { AdaptedConfig } from '../../formats/lora.ts';
import type { ArrayValue, Values } from '../../graph/session.ts';
import { trainableNames } from '../../models/llama.ts';
import type { Datum, ForwardResult, Loss } from '../engine.ts';
import { rowFeeds, tableFeeds, weightFeeds } from './feeds.ts';
import { GraphCache } from './graphCache.ts';
import { GRADIENT, type RowsWanted, rowGraph } from './graphs.ts';
import { lossFeeds } from './lossFeeds.ts';
import { lossShape, tokenInputs } from './lossGraph.ts';
import { packingFor } from './memory.ts';
import { type MicroBatch, microBatches } from './packing.ts';
import { atLastWeighted } from './pairs.ts';
import type { Parameter } from './parameters.ts';

export interface RowsOptions {
  loss?: Loss;
  entropy?: boolean;
  temperature: number;
  /** Wants the gradients of the loss; is given each micro-batch's. */
  backward?: (gradients: Map<string, Float32Array>) => void;
}

/** The likeliest next tokens of a datum's positions, [T*k] each. */
export interface TopTokens {
  ids: Int32Array;
  logprobs: Float32Array;
}

/** Compiled once for each kind of use, shared by a trainer and the snapshots of its policy. */
export class RowGraphs {
  private readonly cache: GraphCache;
  private readonly tables: Record<string, ArrayValue>;

  constructor(
    readonly config: AdaptedConfig,
    threads: number,
    private readonly packing = packingFor(config),
  ) {
    this.cache = new GraphCache(threads);
    this.tables = tableFeeds(config, packing.maxTokens);
  }

  /** Runs `data` through the model in micro-batches. */
  async run(parameters: ReadonlyMap<string, Parameter>, data: readonly Datum[], options: RowsOptions): Promise<ForwardResult> {
    const { loss, entropy = false, temperature, backward } = options;
    this.check(data);
    const { head } = this.config;
    if (entropy && head === 'scalar') throw new Error('a scalar head has no entropy');
    const shape = loss && lossShape(loss, data, head);
    const result: ForwardResult = { logprobs: data.map((datum) => new Float32Array(datum.targets.length)), loss: 0 };
    if (entropy) result.entropy = data.map((datum) => new Float32Array(datum.targets.length));
    const scores = head === 'scalar' ? new Array<number>(data.length).fill(Number.NaN) : undefined;
    if (scores) result.scores = scores;
    const wanted: RowsWanted = { shape, entropy, backward: backward !== undefined };
    await this.each(parameters, data, wanted, temperature, (outputs, { placements }) => {
      for (const { datum, offset, positions } of placements)
        for (const [i, t] of positions.entries()) {
          if (scores) scores[datum] = outputs.scores[offset + i];
          else result.logprobs[datum][t] = outputs.logprobs[offset + i];
          if (result.entropy) result.entropy[datum][t] = outputs.entropy[offset + i];
        }
      if (shape) result.loss += outputs.loss[0];
      backward?.(new Map(trainableNames(this.config).map((name) => [name, outputs[GRADIENT + name] as Float32Array])));
    });
    return result;
  }

  /** The `k` likeliest next tokens at the data's weighted positions, likeliest first; zeros elsewhere. */
  async top(parameters: ReadonlyMap<string, Parameter>, data: readonly Datum[], k: number, temperature: number): Promise<TopTokens[]> {
    this.check(data);
    const { vocabSize } = this.config;
    if (!(Number.isInteger(k) && k > 0 && k <= vocabSize))
      throw new Error(`${k} likeliest tokens of a vocabulary of ${vocabSize} cannot be given`);
    const results = data.map(({ tokens }) => ({ ids: new Int32Array(tokens.length * k), logprobs: new Float32Array(tokens.length * k) }));
    await this.each(parameters, data, { top: k }, temperature, ({ topIds, topLogprobs }, { placements }) => {
      for (const { datum, offset, positions } of placements)
        for (const [i, t] of positions.entries()) {
          const [from, to] = [(offset + i) * k, (offset + i + 1) * k];
          results[datum].ids.set(topIds.subarray(from, to), t * k);
          results[datum].logprobs.set(topLogprobs.subarray(from, to), t * k);
        }
    });
    return results;
  }

  dispose(): Promise<void> {
    return this.cache.dispose();
  }

  /** Runs the graph of what is wanted on one micro-batch after another. */
  private async each(
    parameters: ReadonlyMap<string, Parameter>,
    data: readonly Datum[],
    wanted: RowsWanted,
    temperature: number,
    take: (outputs: Record<string, Values>, batch: MicroBatch) => void,
  ): Promise<void> {
    const graph = await this.cache.get(JSON.stringify(wanted), () => rowGraph(this.config, wanted));
    for (const batch of microBatches(this.config.head === 'scalar' ? atLastWeighted(data) : data, this.packing)) {
      if (batch.lossPositions.length === 0) continue;
      take(await graph.run(this.feeds(parameters, batch, data, wanted, temperature)), batch);
    }
  }

  private check(data: readonly Datum[]): void {
    for (const [index, datum] of data.entries()) {
      const { tokens, targets, weights } = datum;
      if (targets.length !== tokens.length || weights.length !== tokens.length)
        throw new Error(
          `datum ${index}: ${tokens.length} tokens, ${targets.length} targets and ${weights.length} weights; they must be equally many`,
        );
      for (const name of tokenInputs) {
        const given = datum[name]?.length ?? tokens.length;
        if (given !== tokens.length)
          throw new Error(`datum ${index}: ${tokens.length} tokens and ${given} ${name}; they must be equally many`);
      }
      if (tokens.length > this.config.maxPositions)
        throw new Error(`datum ${index} has ${tokens.length} tokens; the model's context is ${this.config.maxPositions}`);
      for (const ids of [tokens, targets])
        for (const id of ids)
          if (id < 0 || id >= this.config.vocabSize)
            throw new Error(`datum ${index} holds token ${id}; the vocabulary has ${this.config.vocabSize}`);
    }
  }

  private feeds(
    parameters: ReadonlyMap<string, Parameter>,
    batch: MicroBatch,
    data: readonly Datum[],
    { shape }: RowsWanted,
    temperature: number,
  ): Record<string, ArrayValue> {
    const n = batch.lossPositions.length;
    const targets = new Int32Array(n);
    for (const { datum, offset, positions } of batch.placements)
      for (const [i, t] of positions.entries()) targets[offset + i] = data[datum].targets[t];
    return {
      ...weightFeeds(parameters),
      ...this.tables,
      ...rowFeeds(batch),
      temperature: { data: Float32Array.of(temperature), dims: [] },
      targets: { data: targets, dims: [n] },
      ...(shape ? lossFeeds(shape, batch, data, this.config.vocabSize) : {}),
    };
  }
}
