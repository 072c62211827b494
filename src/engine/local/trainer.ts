// The local trainer: packs a batch, runs one graph of forward + backward a micro-batch, accumulates gradients, and applies AdamW.

import type { AdaptedConfig } from '../../formats/lora.ts';
import type { ArrayValue } from '../../graph/session.ts';
import { trainableNames } from '../../models/llama.ts';
import type { AdamParams, Datum, ForwardResult, Loss, OptimResult } from '../engine.ts';
import { adamUpdate, globalNorm } from './adam.ts';
import { rowFeeds, tableFeeds, weightFeeds } from './feeds.ts';
import { GraphCache } from './graphCache.ts';
import { GRADIENT, rowGraph } from './graphs.ts';
import { inputName, type LossShape, lossShape, requiredInputs, tokenInputs } from './lossGraph.ts';
import { packingFor } from './memory.ts';
import { type MicroBatch, microBatches } from './packing.ts';
import type { Parameter, ParameterStore } from './parameters.ts';

export interface Moments {
  m: Float32Array;
  v: Float32Array;
}

/** The optimizer's state. */
export interface OptimizerState {
  step: number;
  moments: Map<string, Moments>;
}

/** Graphs over packed rows, compiled once for each kind of use, shared by a trainer and the snapshots of its policy. */
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

  /** Runs `data` through the model in micro-batches; `onGradients` is given each one's gradients where `backward` is set. */
  async run(
    parameters: ReadonlyMap<string, Parameter>,
    data: readonly Datum[],
    options: { loss?: Loss; entropy?: boolean; temperature: number; backward?: (gradients: Map<string, Float32Array>) => void },
  ): Promise<ForwardResult> {
    this.check(data);
    const shape = options.loss && lossShape(options.loss, data);
    const [entropy, backward] = [options.entropy === true, options.backward !== undefined];
    const graph = await this.cache.get(JSON.stringify([shape, entropy, backward]), () => rowGraph(this.config, shape, entropy, backward));
    const result: ForwardResult = { logprobs: data.map((datum) => new Float32Array(datum.targets.length)), loss: 0 };
    if (options.entropy) result.entropy = data.map((datum) => new Float32Array(datum.targets.length));
    for (const batch of microBatches(data, this.packing)) {
      if (batch.lossPositions.length === 0) continue;
      const outputs = await graph.run(this.feeds(parameters, batch, data, shape, options.temperature));
      for (const { datum, offset, positions } of batch.placements)
        for (const [i, t] of positions.entries()) {
          result.logprobs[datum][t] = outputs.logprobs[offset + i];
          if (result.entropy) result.entropy[datum][t] = outputs.entropy[offset + i];
        }
      if (shape) result.loss += outputs.loss[0];
      if (options.backward)
        options.backward(new Map(trainableNames(this.config).map((name) => [name, outputs[GRADIENT + name] as Float32Array])));
    }
    return result;
  }

  dispose(): Promise<void> {
    return this.cache.dispose();
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
    shape: LossShape | undefined,
    temperature: number,
  ): Record<string, ArrayValue> {
    const { placements } = batch;
    const n = batch.lossPositions.length;
    const feeds: Record<string, ArrayValue> = {
      ...weightFeeds(parameters),
      ...this.tables,
      ...rowFeeds(batch),
      temperature: { data: Float32Array.of(temperature), dims: [] },
    };
    const targets = new Int32Array(n);
    for (const { datum, offset, positions } of placements)
      for (const [i, t] of positions.entries()) targets[offset + i] = data[datum].targets[t];
    feeds.targets = { data: targets, dims: [n] };
    if (shape === undefined) return feeds;
    for (const name of requiredInputs(shape)) {
      const values = new Float32Array(n);
      for (const { datum, offset, positions } of placements) {
        const source = data[datum][name] as Float32Array;
        for (const [i, t] of positions.entries()) values[offset + i] = source[t];
      }
      feeds[inputName(name)] = { data: values, dims: [n] };
    }
    if (shape.name === 'gspo') {
      const sequence = new Int32Array(n);
      const inverseLengths = new Float32Array(placements.length);
      for (const [s, { offset, positions }] of placements.entries()) {
        sequence.fill(s, offset, offset + positions.length);
        inverseLengths[s] = positions.length > 0 ? 1 / positions.length : 0;
      }
      feeds.sequence = { data: sequence, dims: [n] };
      feeds.inverseLengths = { data: inverseLengths, dims: [placements.length, 1] };
    }
    return feeds;
  }
}

export class Trainer {
  private accumulated: Map<string, Float32Array> | undefined;
  readonly optimizer: OptimizerState = { step: 0, moments: new Map() };

  constructor(
    readonly graphs: RowGraphs,
    readonly store: ParameterStore,
  ) {}

  async forward(data: readonly Datum[], loss?: Loss, want: { entropy?: boolean; temperature?: number } = {}): Promise<ForwardResult> {
    return this.graphs.run(this.store.parameters, data, {
      loss,
      entropy: want.entropy,
      temperature: loss?.temperature ?? want.temperature ?? 1,
    });
  }

  async forwardBackward(data: readonly Datum[], loss: Loss, want: { entropy?: boolean } = {}): Promise<ForwardResult> {
    const backward = (gradients: Map<string, Float32Array>): void => this.accumulate(gradients);
    const result = await this.graphs.run(this.store.parameters, data, {
      loss,
      entropy: want.entropy,
      temperature: loss.temperature ?? 1,
      backward,
    });
    // Where nothing bore a loss (every response masked) the gradient is zero, which is a gradient too.
    this.accumulated ??= new Map([...this.store.trainable].map(([name, { data }]) => [name, new Float32Array(data.length)]));
    return result;
  }

  private accumulate(gradients: Map<string, Float32Array>): void {
    const sums = this.accumulated;
    if (sums === undefined) {
      this.accumulated = gradients;
      return;
    }
    for (const [name, gradient] of gradients) {
      const total = sums.get(name) as Float32Array;
      for (let i = 0; i < total.length; i++) total[i] += gradient[i];
    }
  }

  /** Forgets what was accumulated: it is of weights that are no more. */
  dropGradients(): void {
    this.accumulated = undefined;
  }

  /** The accumulated gradient of each parameter, for tests. */
  gradients(): ReadonlyMap<string, Float32Array> {
    return this.accumulated ?? new Map();
  }

  optimStep(adam: AdamParams): OptimResult {
    const gradients = this.accumulated;
    this.accumulated = undefined;
    if (gradients === undefined) throw new Error('optimStep without gradients: call forwardBackward first');
    const gradNorm = globalNorm(gradients.values());
    if (!Number.isFinite(gradNorm)) return { gradNorm, applied: false };
    const scale = adam.gradClipNorm > 0 && gradNorm > adam.gradClipNorm ? adam.gradClipNorm / gradNorm : 1;
    const { moments } = this.optimizer;
    const t = ++this.optimizer.step;
    for (const [name, { data, shape }] of this.store.beginUpdate()) {
      let state = moments.get(name);
      if (state === undefined) {
        state = { m: new Float32Array(data.length), v: new Float32Array(data.length) };
        moments.set(name, state);
      }
      // Norm scales are not decayed.
      adamUpdate(data, gradients.get(name) as Float32Array, state.m, state.v, t, scale, adam, shape.length > 1);
    }
    return { gradNorm, applied: true };
  }
}
