// RoPE's tables (Su et al. 2021): the cosine and sine of each position times each frequency, the frequencies scaled as the model's
// config says. The rotation itself is an operator (graph/ops/rope.ts) that reads them.

import type { LlamaConfig } from '../formats/modelConfig.ts';
import { llama3Divisor, type RopeScaling } from '../formats/ropeConfig.ts';

type Rotation = Pick<LlamaConfig, 'headDim' | 'ropeTheta' | 'ropeScaling'>;

/**
 * The angle by which each pair of a head's channels turns a position, [D/2]: theta^(-2i/D), scaled.
 * Rounded to float32 as Hugging Face does, so that far positions turn by the same angle.
 */
export function ropeFrequencies({ headDim, ropeTheta, ropeScaling }: Rotation): Float32Array {
  const plain = Float32Array.from({ length: headDim / 2 }, (_, i) => 1 / ropeTheta ** ((2 * i) / headDim));
  switch (ropeScaling?.type) {
    case undefined:
      return plain;
    case 'linear':
      return plain.map((frequency) => frequency / ropeScaling.factor);
    case 'llama3':
      return plain.map((frequency) => frequency / llama3Divisor(frequency, ropeScaling));
    case 'yarn':
      return yarnFrequencies(plain, headDim, ropeTheta, ropeScaling);
  }
}

/** YaRN (Peng et al. 2023), section 3.2: a ramp over the channels, from unchanged to divided by the factor. */
function yarnFrequencies(plain: Float32Array, headDim: number, theta: number, scaling: RopeScaling & { type: 'yarn' }): Float32Array {
  const { factor, betaFast, betaSlow, originalPositions, truncate } = scaling;
  // The channel that turns `turns` times within the original context.
  const channel = (turns: number): number => (headDim * Math.log(originalPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [fast, slow] = [channel(betaFast), channel(betaSlow)];
  const first = Math.max(0, truncate ? Math.floor(fast) : fast);
  const last = Math.min(headDim - 1, truncate ? Math.ceil(slow) : slow);
  const width = last === first ? 0.001 : last - first;
  return plain.map((frequency, i) => {
    const stretched = Math.min(1, Math.max(0, (i - first) / width));
    return (frequency / factor) * stretched + frequency * (1 - stretched);
  });
}

/** The values of RoPE's tables for positions 0 .. positions-1. */
export function ropeTables(config: Rotation, positions: number): { cos: Float32Array; sin: Float32Array; dims: number[] } {
  const half = config.headDim / 2;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  const magnitude = config.ropeScaling?.type === 'yarn' ? config.ropeScaling.attentionFactor : 1;
  for (const [i, frequency] of ropeFrequencies(config).entries()) {
    for (let p = 0; p < positions; p++) {
      const angle = Math.fround(p * frequency);
      cos[p * half + i] = magnitude * Math.cos(angle);
      sin[p * half + i] = magnitude * Math.sin(angle);
    }
  }
  return { cos, sin, dims: [positions, half] };
}
