// What work would take of memory, before anything is loaded: the sum of what its steps hold at once. What ONNX Runtime takes is found by
// replaying the graphs (graph/runMemory.ts); what the engine holds beside it follows from the config. bench/doctorMemory.ts holds it against
// what is measured.

import { type AdaptedConfig, adapterShapes } from '../../formats/lora.ts';
import { type Head, type LlamaConfig, parameterShapes, withScalarHead } from '../../formats/modelConfig.ts';
import { type RunMemory, runMemory } from '../../graph/runMemory.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Datum, LoraOptions, MemoryNeed, PlannedReading, PlannedSampling, PlannedTraining } from '../engine.ts';
import { KEPT_CACHE } from './cache.ts';
import { prefillGraph, rowGraph, stepGraph } from './graphs.ts';
import { lossShape, teacherWidth } from './lossGraph.ts';
import { cacheBytes, mostSequences, packingFor } from './memory.ts';
import { longestRow, packedSizes } from './packing.ts';
import { atLastWeighted } from './pairs.ts';

/** Node, this program's code, the engine's thread, and what ONNX Runtime takes for its first session. bench/README.md says how this and the next two were settled. */
const PROCESS = 230e6;
const PROGRAM = 'the program';
/** A token of the vocabulary with its place in tokenizer.json, in the main thread and in the engine's. */
const TOKEN = 800;
/** What a compiled session keeps for a node of its graph. */
const NODE = 8e3;
/** The cache's slots come in steps of this many. */
const SLOT_STEP = 64;

/** What is planned for one model. */
export interface Plan {
  config: LlamaConfig;
  lora?: LoraOptions;
  head?: Head;
  sampling?: PlannedSampling;
  training?: PlannedTraining;
  reading?: PlannedReading;
}

/** Beside the needs of other models that are held all the while, each one part; the program itself is there once. */
export function withOthers(need: MemoryNeed, others: readonly (readonly [name: string, MemoryNeed])[]): MemoryNeed {
  const parts = { ...need.parts };
  for (const [name, other] of others) parts[name] = (parts[name] ?? 0) + other.bytes - other.parts[PROGRAM];
  return { bytes: total(parts), parts };
}

/**
 * The memory that the plan comes to, at its highest: while it samples or while it trains; what it reads comes to both. What ONNX Runtime took once it keeps for the next
 * step; arrays of one of the two are gone in the other.
 */
export function estimateMemory({ config: own, lora, head, sampling, training, reading }: Plan): MemoryNeed {
  const base = head === 'scalar' ? withScalarHead(own) : own;
  const adapter = lora && { ...lora, scale: lora.alpha / lora.rank };
  const config: AdaptedConfig = adapter ? { ...base, lora: adapter } : base;
  const weights = bytesOf(parameterShapes(base).values());
  const trained = adapter ? bytesOf(adapterShapes(base, adapter).values()) : weights;
  const packing = packingFor(base);
  const P = longestRow(base.maxPositions, packing.maxTokens);
  const models = training?.reference ? 2 : 1;
  const kept: Parts = {
    [PROGRAM]: PROCESS,
    tokenizers: TOKEN * base.vocabSize,
    weights: weights + (adapter ? trained : training?.reference ? weights : 0),
    // Cosines and sines, for the rows and for decoding.
    'tables of positions': models * 2 * 4 * P * base.headDim,
  };
  const add = (name: string, bytes: number): void => {
    kept[name] = (kept[name] ?? 0) + bytes;
  };
  const session = (name: string, graph: Record<string, Tensor>, runs: { [symbol: string]: number }[]): RunMemory => {
    const memory = runMemory(
      graph,
      runs.map((run) => ({ ...run, P })),
    );
    add(name, memory.arena + memory.constants);
    add('compiled graphs', NODE * memory.nodes);
    return memory;
  };

  const whileSampling: Parts = {};
  if (sampling) {
    const { prompts, samples, maxTokens, truncated = false } = sampling;
    const positions = Math.min(base.maxPositions, prompts.reduce((a, b) => Math.max(a, b), 0) + maxTokens);
    const B = Math.min(prompts.length * samples, mostSequences(base, positions));
    const S = Math.ceil(positions / SLOT_STEP) * SLOT_STEP;
    const step = session('sampling', stepGraph(config, { alone: B === 1, greedy: false, all: truncated }), [{ B, S }]);
    add('sampling', step.outputs);
    const cache = B * S * cacheBytes(base);
    if (cache > KEPT_CACHE) whileSampling['keys and values'] = cache;
    else add('keys and values', cache);
    const entering = prompts.slice(0, Math.ceil(B / samples)).filter((tokens) => tokens > 1);
    if (entering.length > 0) {
      const batches = distinct(
        packedSizes(
          entering.map((tokens) => plainDatum(tokens - 1)),
          packing,
        ),
      );
      const { outputs } = session('prompts', prefillGraph(config), batches);
      // A prompt's keys and values are kept until all its samples have begun, and once more as they come out of the graph.
      add('prompts', outputs + entering.reduce((sum, tokens) => sum + tokens - 1, 0) * cacheBytes(base));
    }
  }
  if (reading) {
    const { data, top } = reading;
    const sizes = packedSizes(base.head === 'scalar' ? atLastWeighted(data) : data, packing);
    add('reading', session('reading', rowGraph(config, { top }), distinct(sizes)).outputs);
  }
  const whileTraining: Parts = {};
  if (training) {
    const { data, loss, entropy = false, reference } = training;
    const sizes = packedSizes(base.head === 'scalar' ? atLastWeighted(data) : data, packing);
    const batches = distinct(sizes.map((size) => ({ ...size, K: data.length > 0 ? teacherWidth(data[0]) : 0 })));
    const shape = lossShape(loss, data, base.head);
    const { outputs } = session('forward and backward', rowGraph(config, { shape, entropy, backward: true }), batches);
    // Copied out of the graph; added up over micro-batches.
    whileTraining.gradients = sizes.length > 1 ? outputs + trained : outputs;
    whileTraining['attention masks'] = sizes.reduce((sum, { B, T }) => sum + 4 * B * T * T, 0);
    add("AdamW's moments", 2 * trained);
    if (reference) session('reference', rowGraph(base, {}), batches);
    if (data.some(({ logprobs }) => logprobs !== undefined)) session('old log-probabilities', rowGraph(config, {}), batches);
  }
  const parts = { ...kept, ...(total(whileSampling) > total(whileTraining) ? whileSampling : whileTraining) };
  return { bytes: total(parts), parts };
}

/** Bytes by what takes them. */
type Parts = Record<string, number>;

const total = (parts: Parts): number => Object.values(parts).reduce((a, b) => a + b, 0);

/** A datum of which every token is learnt. */
function plainDatum(length: number): Datum {
  return { tokens: new Int32Array(length), targets: new Int32Array(length), weights: new Float32Array(length).fill(1) };
}

function bytesOf(shapes: Iterable<readonly number[]>): number {
  let total = 0;
  for (const shape of shapes) total += 4 * shape.reduce((a, b) => a * b, 1);
  return total;
}

function distinct<T>(sizes: readonly T[]): T[] {
  return [...new Map(sizes.map((size) => [JSON.stringify(size), size])).values()];
}
