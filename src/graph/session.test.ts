// A compiled graph: what is wrong with it, or fails while it runs, is said in one readable error, and it can be run again.

import { describe, expect, it } from 'vitest';
import { add, gatherRows, mul, reshape } from './ops/index.ts';
import { CompiledGraph } from './session.ts';
import { apply, input, scope } from './tensor.ts';

const compile = (outputs: Parameters<typeof CompiledGraph.compile>[0]) => CompiledGraph.compile(outputs, { threads: 1 });

describe('compile', () => {
  it('refuses a name that two inputs bear, or an input and an output', async () => {
    await expect(compile({ y: add(input('x', [2]), input('x', [2])) })).rejects.toThrow(
      /the name x is taken by another input or output.*float32\[2\]/,
    );
    await expect(compile({ x: mul(input('x', [2]), 2) })).rejects.toThrow(/the name x is taken/);
  });

  it('says which operator a device cannot do, and where it stands', async () => {
    const mystery = scope('model.layers.1', () => apply({ name: 'mystery' }, [input('x', [2])], {}, [2]));
    await expect(compile({ y: mystery })).rejects.toThrow(
      /operator mystery in model\.layers\.1: this device has no lowering for it.*float32\[2\]/,
    );
  });
});

describe('run', () => {
  it('names the operator that failed and where in the model it stands; the graph goes on', async () => {
    const rows = scope('model.embed', () => gatherRows(input('table', [3, 2]), input('ids', ['N'], 'int32')));
    const graph = await compile({ rows });
    const table = { data: Float32Array.of(1, 2, 3, 4, 5, 6), dims: [3, 2] };
    const at = (id: number) => graph.run({ table, ids: { data: Int32Array.of(id), dims: [1] } });
    for (let n = 0; n < 20; n++) await expect(at(7)).rejects.toThrow(/Gather.*model\.embed\/Gather_0.*idx=7/s);
    expect([...(await at(2)).rows]).toEqual([5, 6]);
    await graph.dispose();
  });

  it('says which input was not fed, and which has other sizes than the graph was built for', async () => {
    const graph = await compile({ y: add(input('a', [2]), input('b', [2])) });
    const a = { data: Float32Array.of(1, 2), dims: [2] };
    await expect(graph.run({ a })).rejects.toThrow('input b was not fed');
    await expect(graph.run({ a, b: { data: Float32Array.of(1, 2, 3), dims: [3] } })).rejects.toThrow(/\bb\b.*3.*2/s);
    await graph.dispose();
  });

  it('gives constants back exactly, integers and fractions alike, and shapes with two symbols', async () => {
    const x = input('x', ['B', 'T', 2]);
    const graph = await compile({ y: reshape(mul(x, 0.1), ['B*T', 2]) });
    const { y } = await graph.run({ x: { data: Float32Array.from({ length: 12 }, (_, i) => i), dims: [3, 2, 2] } });
    expect([...y]).toEqual(Array.from({ length: 12 }, (_, i) => Math.fround(i * Math.fround(0.1))));
    await graph.dispose();
  });
});
