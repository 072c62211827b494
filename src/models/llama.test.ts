// The Llama graph against Hugging Face transformers, on tiny random models, one for each family and option (bench/golden/llama.py made
// them): logits and the gradient of every weight, whole sequences apart, packed into one row and behind a shared prompt, and token by
// token over a cache. The sequences outgrow every window and the context that a scaled rotation was made from.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Datum } from '../engine/engine.ts';
import { KeyValueCache } from '../engine/local/cache.ts';
import { packData } from '../engine/local/packing.ts';
import { ParameterStore } from '../engine/local/parameters.ts';
import { RowGraphs } from '../engine/local/rowGraphs.ts';
import { Trainer } from '../engine/local/trainer.ts';
import { type ModelSource, openModel } from '../formats/modelSource.ts';
import { openSafetensors, type Safetensors } from '../formats/safetensors.ts';
import { gatherRows, reshape } from '../graph/ops/index.ts';
import { type ArrayValue, CompiledGraph } from '../graph/session.ts';
import { input } from '../graph/tensor.ts';
import { pathOf } from '../platform/files.ts';
import { agreement } from '../testing/agreement.ts';
import { datumOf, normError } from '../testing/tinyModel.ts';
import { decodeStep, forwardRows, logitsOf, weightInputs } from './llama.ts';
import { ropeTables } from './rope.ts';

/** What the issue asks for; the two programs round differently, so that 1e-6 is what is to be expected. */
const LIMIT = 1e-4;

const models = [
  'tied',
  'untied',
  'llama3',
  'llama-biases',
  'mistral',
  'qwen2',
  'qwen2-window',
  'qwen2-yarn',
  'qwen3',
  'smollm3',
  'smollm3-window',
];

describe.each(models)('a tiny random model: %s', (name) => {
  const dir = pathOf(new URL(`./golden/${name}`, import.meta.url));
  const { sequences, loss: goldenLoss } = JSON.parse(readFileSync(`${dir}/golden.json`, 'utf8')) as { sequences: number[][]; loss: number };
  const predicted = sequences.reduce((sum, { length }) => sum + length - 1, 0);
  let source: ModelSource;
  let golden: Safetensors;
  let store: ParameterStore;
  let feeds: Record<string, ArrayValue>;
  const graphs: { dispose(): Promise<void> }[] = [];
  beforeAll(async () => {
    source = await openModel(dir);
    golden = await openSafetensors(`${dir}/golden.safetensors`);
    store = await ParameterStore.load(source);
    const { cos, sin, dims } = ropeTables(source.config, 192);
    feeds = { cos: { data: cos, dims }, sin: { data: sin, dims } };
    for (const [weight, { data, shape }] of store.parameters) feeds[weight] = { data, dims: shape };
  });
  afterAll(async () => {
    for (const graph of graphs) await graph.dispose();
    await golden.close();
    await source.close();
  });
  const compile = async (outputs: Parameters<typeof CompiledGraph.compile>[0]): Promise<CompiledGraph> => {
    const graph = await CompiledGraph.compile(outputs, { threads: 1 });
    graphs.push(graph);
    return graph;
  };

  it.each(['apart', 'packed into one row'])('logits of two sequences, %s', async (how) => {
    const { config } = source;
    const weights = weightInputs(config);
    const flat = reshape(forwardRows(config, weights).hidden, ['B*T', config.hiddenSize]);
    const graph = await compile({ logits: logitsOf(config, weights, gatherRows(flat, input('lossPositions', ['N'], 'int32'))) });
    // Every position of a sequence, its last one too.
    const data = sequences.map(
      (ids): Datum => ({ tokens: Int32Array.from(ids), targets: Int32Array.from(ids), weights: new Float32Array(ids.length).fill(1) }),
    );
    const batches = (how === 'apart' ? data.map((datum) => [datum]) : [data]).map((part) =>
      packData(part, { maxTokens: 8192, linearCost: 512 }),
    );
    expect(batches.map(([{ rows }]) => rows)).toEqual(batches.map(() => 1));
    let compared = 0;
    for (const [b, [packed]] of batches.entries()) {
      const dims = [packed.rows, packed.length];
      const { logits } = await graph.run({
        ...feeds,
        tokens: { data: packed.tokens, dims },
        positions: { data: packed.positions, dims },
        mask: { data: packed.mask, dims: [packed.rows, 1, packed.length, packed.length] },
        lossPositions: { data: packed.lossPositions, dims: [packed.lossPositions.length] },
      });
      for (const { datum, offset, positions } of packed.placements) {
        const ours = logits.subarray(offset * config.vocabSize, (offset + positions.length) * config.vocabSize);
        expect(normError(ours, await golden.read(`logits.${how === 'apart' ? b : datum}`))).toBeLessThan(LIMIT);
        compared += ours.length;
      }
    }
    expect(compared).toBe((predicted + sequences.length) * config.vocabSize);
  });

  it.each(['apart', 'packed into one row'])('the gradient of the mean cross-entropy with respect to every weight, %s', async (how) => {
    const rows = new RowGraphs(source.config, 1);
    graphs.push(rows);
    const trainer = new Trainer(rows, store);
    const data = sequences.map((ids) => datumOf(ids, 1, 1 / predicted));
    let loss = 0;
    for (const part of how === 'apart' ? data.map((datum) => [datum]) : [data])
      loss += (await trainer.forwardBackward(part, { name: 'cross_entropy' })).loss;
    expect(Math.abs(loss - goldenLoss) / goldenLoss).toBeLessThan(LIMIT);
    const gradients = trainer.gradients();
    expect([...gradients.keys()]).toEqual([...source.shapes.keys()]);
    for (const [weight, gradient] of gradients) expect(normError(gradient, await golden.read(`d ${weight}`)), weight).toBeLessThan(LIMIT);
  });

  it('log-probabilities behind a prompt that is computed once for two sequences', async () => {
    const { vocabSize } = source.config;
    const rows = new RowGraphs(source.config, 1);
    graphs.push(rows);
    const scored = async (data: Datum[]): Promise<Float32Array[]> => (await rows.run(store.parameters, data, { temperature: 1 })).logprobs;
    const [short, long] = sequences;
    // The second sequence is the shorter one after the longer one's first tokens; there are no golden values for it on its own.
    const prompt = 16;
    const other = [...long.slice(0, prompt), ...short];
    const together = [long, other].map((ids) => ({ ...datumOf(ids, prompt), group: 'g', sharedPrefix: prompt }));
    const [ours, others] = await scored(together);
    const [alone] = await scored([datumOf(other, prompt)]);
    expect(normError(others, alone)).toBeLessThan(LIMIT);
    const logits = await golden.read('logits.1');
    const theirs = long.slice(1).map((id, t) => {
      const row = logits.subarray(t * vocabSize, (t + 1) * vocabSize);
      return row[id] - Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    });
    expect(normError(ours.subarray(prompt - 1), theirs.slice(prompt - 1))).toBeLessThan(LIMIT);
  });

  it('the same log-probabilities from sampling, prompt and all, and from training', async () => {
    // Past every window and, with the longer prompt, past the original context of a scaled rotation.
    const prompts = sequences.map((ids, i) => Int32Array.from(ids.slice(0, 20 * (i + 1))));
    const { worst, tokens } = await agreement(source.config, store, prompts, { n: 3, maxTokens: 40, temperature: 1 });
    expect(tokens).toBe(240);
    expect(worst).toBeLessThan(1e-3);
  });

  it('logits of both sequences at once, token by token over a cache', async () => {
    const { config } = source;
    const weights = weightInputs(config);
    const [together, alone] = [
      await compile({ ...decodeStep(config, weights, false) }),
      await compile({ ...decodeStep(config, weights, true) }),
    ];
    const cache = new KeyValueCache(config);
    cache.open(
      sequences.map(() => ({ length: 0, arrays: Array.from({ length: 2 * config.layers }, () => new Float32Array(0)) })),
      2,
    );
    const ours: number[][] = sequences.map(() => []);
    const [longest, shortest] = [Math.max(...sequences.map(({ length }) => length)), Math.min(...sequences.map(({ length }) => length))];
    for (let t = 0; t < longest; t++) {
      // The first sequence is the shorter one; where it ends the other takes its row.
      if (t === shortest) cache.remove(0);
      const running = sequences.flatMap((ids, s) => (t < ids.length ? [s] : []));
      const { logits, newCache: fresh } = await (running.length === 1 ? alone : together).run({
        ...feeds,
        ...cache.feeds(),
        tokens: { data: Int32Array.from(running, (s) => sequences[s][t]), dims: [running.length] },
        positions: { data: Int32Array.from(running, () => t), dims: [running.length] },
        temperatures: { data: new Float32Array(running.length).fill(1), dims: [running.length, 1] },
      });
      cache.append(fresh as Float32Array);
      for (const [row, s] of running.entries()) ours[s].push(...logits.subarray(row * config.vocabSize, (row + 1) * config.vocabSize));
    }
    for (const [s, logits] of ours.entries()) expect(normError(logits, await golden.read(`logits.${s}`))).toBeLessThan(LIMIT);
  });
});
