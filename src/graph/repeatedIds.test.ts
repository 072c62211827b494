// The gradient of an embedding with thousands of repeated ids: exact, and the same bits in every run, on several threads.
// (ONNX Runtime's ScatterND with reduction=add loses updates there.)

import { expect, it } from 'vitest';
import { gradients } from './autodiff.ts';
import { gatherRows, mul, sum } from './ops/index.ts';
import { CompiledGraph } from './session.ts';
import { input } from './tensor.ts';

it('8,192 rows onto 5 distinct ids add up right and bit-equal in 100 runs with 2 threads', async () => {
  const [rows, width, table] = [8192, 160, 5];
  const weight = input('weight', [table, width]);
  const upstream = input('upstream', ['N', width]);
  const [gradient] = gradients(sum(mul(gatherRows(weight, input('ids', ['N'], 'int32')), upstream)), [weight]);
  const graph = await CompiledGraph.compile({ gradient }, { threads: 2 });
  const ids = Int32Array.from({ length: rows }, (_, n) => (n * 7 + (n >> 3)) % table);
  const g = Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i));
  const expected = new Float64Array(table * width);
  for (let n = 0; n < rows; n++) for (let d = 0; d < width; d++) expected[ids[n] * width + d] += g[n * width + d];
  const feeds = {
    weight: { data: new Float32Array(table * width), dims: [table, width] },
    ids: { data: ids, dims: [rows] },
    upstream: { data: g, dims: [rows, width] },
  };
  const first = (await graph.run(feeds)).gradient;
  for (let i = 0; i < expected.length; i++) expect(Math.abs(first[i] - expected[i])).toBeLessThan(1e-2);
  for (let run = 1; run < 100; run++)
    expect(Buffer.compare(Buffer.from((await graph.run(feeds)).gradient.buffer), Buffer.from(first.buffer))).toBe(0);
  await graph.dispose();
});
