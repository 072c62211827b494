// The k largest of each row, and what a softplus makes of numbers far beyond where exp overflows.

import { expect, it } from 'vitest';
import { gradients } from './autodiff.ts';
import { softplus, sum, topK } from './ops/index.ts';
import { CompiledGraph } from './session.ts';
import { input } from './tensor.ts';

it('topK: largest first, of equals the lower id first', async () => {
  const graph = await CompiledGraph.compile({ ...topK(input('x', ['N', 5]), 3) }, { threads: 1 });
  const x = { data: Float32Array.of(3, -1, 7, 7, 0, -2, -2, -2, -2, -1), dims: [2, 5] };
  const { values, ids } = await graph.run({ x });
  expect([...ids]).toEqual([2, 3, 0, 4, 0, 1]);
  expect([...values]).toEqual([7, 7, 3, -1, -2, -2]);
  await graph.dispose();
  expect(() => topK(input('x', ['N', 5]), 6)).toThrow('operator topK: wants [N, V] with V of 6 or more');
});

it('softplus of 20,000 and of -20,000 is 20,000 and 0, with slopes 1 and 0', async () => {
  const x = input('x', [3]);
  const y = softplus(x);
  const graph = await CompiledGraph.compile({ y, d: gradients(sum(y), [x])[0] }, { threads: 1 });
  const outputs = await graph.run({ x: { data: Float32Array.of(2e4, -2e4, 0), dims: [3] } });
  for (const [i, value] of [2e4, 0, Math.log(2)].entries()) expect(outputs.y[i]).toBeCloseTo(value, 6);
  for (const [i, slope] of [1, 0, 0.5].entries()) expect(outputs.d[i]).toBeCloseTo(slope, 6);
  await graph.dispose();
});
