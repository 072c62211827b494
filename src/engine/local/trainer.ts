// The local trainer: accumulates the gradients of what rowGraphs.ts runs, and applies AdamW.

import type { AdamParams, Datum, ForwardResult, Loss, OptimResult } from '../engine.ts';
import { adamUpdate, globalNorm } from './adam.ts';
import type { ParameterStore } from './parameters.ts';
import type { RowGraphs } from './rowGraphs.ts';

export interface Moments {
  m: Float32Array;
  v: Float32Array;
}

/** The optimizer's state. */
export interface OptimizerState {
  step: number;
  moments: Map<string, Moments>;
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
