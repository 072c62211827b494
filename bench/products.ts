// Matrix products alone, ours (ONNX Runtime's kernels, as our graphs call them) and PyTorch's, at the shapes of the models of bench/peers.ts:
// how much of forward + backward is decided below this program.
//   npx tsx bench/products.ts --python peers/bin/python [--repetitions 15]
// Both run the same product, and add up what comes out so that nothing has to be copied; two threads each, one after the other.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../src/algorithms/summary.ts';
import { matmul, sum } from '../src/graph/ops/index.ts';
import { type ArrayValue, CompiledGraph } from '../src/graph/session.ts';
import { input, type Tensor } from '../src/graph/tensor.ts';
import { sizes } from './peers/works.ts';

const { values } = parseArgs({
  options: { python: { type: 'string', default: 'python' }, repetitions: { type: 'string', default: '15' } },
});
const repetitions = Number(values.repetitions);
const THREADS = 2;

/** Tokens of a micro-batch in bench/peers.ts. */
const tokens: Readonly<Record<string, number>> = { '4.5M': 8192, '24.7M': 4096, '134.5M': 768 };
/** T tokens through a weight [N, K]: a layer's square one, and those of its MLP. */
const shapes = Object.entries(tokens).flatMap(([model, T]) => {
  const { hidden_size: hidden, intermediate_size: wide } = sizes[model];
  return [
    { model, T, N: hidden, K: hidden },
    { model, T, N: wide, K: hidden },
    { model, T, N: hidden, K: wide },
  ];
});

/** `x [T, K]`, `weight [N, K]`, `g [T, N]`: the product, and the two of its gradient. */
const products: Readonly<Record<string, (x: Tensor, weight: Tensor, g: Tensor) => Tensor>> = {
  forward: (x, weight) => matmul(x, weight, { transB: true }),
  'dL/dx': (_, weight, g) => matmul(g, weight),
  'dL/dW': (x, _, g) => matmul(g, x, { transA: true }),
};

/** Seconds of each product, medians. */
async function ours(T: number, N: number, K: number): Promise<number[]> {
  const array = (rows: number, columns: number): ArrayValue => ({
    data: Float32Array.from({ length: rows * columns }, () => Math.random() - 0.5),
    dims: [rows, columns],
  });
  const feeds = { x: array(T, K), weight: array(N, K), g: array(T, N) };
  const found: number[] = [];
  for (const product of Object.values(products)) {
    const made = product(input('x', [T, K]), input('weight', [N, K]), input('g', [T, N]));
    const graph = await CompiledGraph.compile({ total: sum(made) }, { threads: THREADS });
    const seconds: number[] = [];
    for (let i = 0; i < repetitions + 3; i++) {
      const started = performance.now();
      await graph.run(feeds);
      seconds.push((performance.now() - started) / 1000);
    }
    await graph.dispose();
    found.push(median(seconds.slice(3)) as number);
  }
  return found;
}

function torchs(T: number, N: number, K: number): number[] {
  const script = fileURLToPath(new URL('./peers/products.py', import.meta.url));
  const told = JSON.stringify({ T, N, K, repetitions, threads: THREADS });
  return JSON.parse(execFileSync(values.python, [script, told], { encoding: 'utf8' })) as number[];
}

console.log(
  `GFLOP/s, ours / PyTorch's and the ratio\n| model | T x N x K | ${Object.keys(products).join(' | ')} |\n| --- | --- | --- | --- | --- |`,
);
for (const { model, T, N, K } of shapes) {
  const [a, b] = [await ours(T, N, K), torchs(T, N, K)];
  const rate = (seconds: number): string => ((2 * T * N * K) / seconds / 1e9).toFixed(0);
  const cells = a.map((seconds, i) => `${rate(seconds)} / ${rate(b[i])}: ${(b[i] / seconds).toFixed(2)}`);
  console.log(`| ${model} | ${T} x ${N} x ${K} | ${cells.join(' | ')} |`);
}
