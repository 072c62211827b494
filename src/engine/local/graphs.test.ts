// The draw of a token against the cumulative distribution in double precision, for vocabularies of one block, of several, and of a last
// block that is not full.

import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { stream } from '../../algorithms/random.ts';
import { CompiledGraph } from '../../graph/session.ts';
import { input } from '../../graph/tensor.ts';
import { drawnToken } from './graphs.ts';

const graphs = new Map<number, Promise<CompiledGraph>>();
afterAll(async () => {
  for (const graph of graphs.values()) await (await graph).dispose();
});

async function draw(rows: readonly Float32Array[], uniforms: readonly number[]): Promise<number[]> {
  const [B, V] = [rows.length, rows[0].length];
  const graph = graphs.get(V) ?? CompiledGraph.compile({ token: drawnToken(input('probabilities', ['B', V])) }, { threads: 1 });
  graphs.set(V, graph);
  const { token } = await (await graph).run({
    probabilities: { data: Float32Array.from(rows.flatMap((row) => [...row])), dims: [B, V] },
    uniforms: { data: Float32Array.from(uniforms), dims: [B, 1] },
  });
  return [...token];
}

/** The largest uniform that the sampler feeds. */
const LAST = 1 - 2 ** -24;

describe.each([3, 40, 128, 129, 300, 1000])('a draw from %s ids', (V) => {
  // Peaked, flat and with ids, whole blocks even, that have no mass.
  const distribution = fc
    .record({ sharpness: fc.constantFrom(0, 1, 20), zeros: fc.double({ min: 0, max: 0.99, noNaN: true }), seed: fc.nat() })
    .map(({ sharpness, zeros, seed }) => {
      const random = stream(seed, 'distribution');
      const weights = Array.from({ length: V }, () => Math.exp(sharpness * random.next()));
      if (V > 256) weights.fill(0, 128, 256);
      const kept = weights.map((weight) => (random.next() < zeros ? 0 : weight));
      if (!kept.some((weight) => weight > 0)) kept[Math.floor(random.next() * V)] = 1;
      const total = kept.reduce((a, b) => a + b, 0);
      return Float32Array.from(kept, (weight) => weight / total);
    });
  const uniform = fc.oneof(fc.constantFrom<number>(0, LAST), fc.double({ min: 0, max: LAST, noNaN: true }));

  it('is where the cumulative distribution passes the uniform, and never an id without mass', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(distribution, uniform), { minLength: 1, maxLength: 5 }), async (cases) => {
        const ids = await draw(
          cases.map(([row]) => row),
          cases.map(([, u]) => u),
        );
        for (const [i, [row, u]] of cases.entries()) {
          const id = ids[i];
          expect(row[id]).toBeGreaterThan(0);
          let before = 0;
          for (let other = 0; other < id; other++) before += row[other];
          const total = row.reduce<number>((a, b) => a + b, 0);
          expect(before).toBeLessThanOrEqual(u * total + 1e-6);
          expect(before + row[id]).toBeGreaterThanOrEqual(u * total - 1e-6);
        }
      }),
      { numRuns: 60 },
    );
  });
});
