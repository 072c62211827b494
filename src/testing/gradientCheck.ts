// Holds an operator's gradient rule against central finite differences, on random inputs and a random weighting of its output.

import { expect } from 'vitest';
import { gradients } from '../graph/autodiff.ts';
import { mul, sum } from '../graph/ops/index.ts';
import { type ArrayValue, CompiledGraph } from '../graph/session.ts';
import { input, type Shape, type Tensor } from '../graph/tensor.ts';

export interface CheckInput {
  dims: readonly number[];
  /** The symbolic shape, where it is not `dims`. */
  shape?: Shape;
  /** Integer inputs are fed as they are and not differentiated. */
  ints?: readonly number[];
  /** Fed as it is and not differentiated. */
  fixed?: boolean;
  /** Floats in [low, high); default [-1, 1). */
  low?: number;
  high?: number;
  values?: readonly number[];
}

function pseudoRandom(seed: number): () => number {
  let state = seed * 2654435761 + 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Checks d sum(weights * f(inputs)) / d every float input, element by element.
 * The difference quotient in float32 is good to about 1e-3; a wrong rule is off by far more.
 */
export async function checkGradient(
  inputs: Record<string, CheckInput>,
  build: (tensors: Record<string, Tensor>) => Tensor,
  seed = 1,
): Promise<void> {
  const random = pseudoRandom(seed);
  const tensors: Record<string, Tensor> = {};
  const feeds: Record<string, ArrayValue> = {};
  const floats: string[] = [];
  for (const [name, { dims, shape, ints, fixed, low = -1, high = 1, values }] of Object.entries(inputs)) {
    tensors[name] = input(name, shape ?? dims, ints ? 'int32' : 'float32');
    const size = dims.reduce((a, b) => a * b, 1);
    if (ints) feeds[name] = { data: Int32Array.from(ints), dims };
    else {
      feeds[name] = { data: Float32Array.from({ length: size }, (_, i) => values?.[i] ?? low + (high - low) * random()), dims };
      if (!fixed) floats.push(name);
    }
  }
  const output = build(tensors);
  const probe = await CompiledGraph.compile({ output }, { threads: 1 });
  const size = (await probe.run(feeds)).output.length;
  await probe.dispose();
  // A weighting of the whole output, so that every element matters differently.
  const weights = input('outputWeights', output.shape);
  const outputDims = output.shape.every((dim) => typeof dim === 'number') ? (output.shape as number[]) : undefined;
  const loss = sum(mul(output, weights));
  const graph = await CompiledGraph.compile(
    {
      loss,
      ...Object.fromEntries(
        gradients(
          loss,
          floats.map((name) => tensors[name]),
        ).map((g, i) => [`d_${floats[i]}`, g]),
      ),
    },
    { threads: 1 },
  );
  feeds.outputWeights = {
    data: Float32Array.from({ length: size }, () => random() * 2 - 1),
    dims: outputDims ?? boundDims(output.shape, inputs),
  };
  const analytic = await graph.run(feeds);
  const step = 1 / 128;
  for (const name of floats) {
    const data = feeds[name].data;
    const rule = analytic[`d_${name}`];
    expect(rule.length).toBe(data.length);
    for (let i = 0; i < data.length; i++) {
      const before = data[i];
      data[i] = before + step;
      const above = (await graph.run(feeds, ['loss'])).loss[0];
      data[i] = before - step;
      const below = (await graph.run(feeds, ['loss'])).loss[0];
      data[i] = before;
      const quotient = (above - below) / (2 * step);
      expect(Math.abs(rule[i] - quotient), `d ${name}[${i}]: rule ${rule[i]}, differences ${quotient}`).toBeLessThan(
        4e-3 * Math.max(1, Math.abs(quotient)),
      );
    }
  }
  await graph.dispose();
}

function boundDims(shape: Shape, inputs: Record<string, CheckInput>): number[] {
  const bound = new Map<string, number>();
  for (const { shape: symbols, dims } of Object.values(inputs))
    for (const [axis, dim] of (symbols ?? []).entries()) if (typeof dim === 'string') bound.set(dim, dims[axis]);
  return shape.map((dim) =>
    typeof dim === 'number' ? dim : dim.split('*').reduce((product, part) => product * (bound.get(part) ?? Number(part)), 1),
  );
}
