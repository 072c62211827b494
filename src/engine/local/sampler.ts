// The local sampler: continuous batching over a cache of keys and values. A request's prompt is computed once for all its samples;
// every running sequence takes one token a step; finished ones leave the batch and waiting ones enter it.

import { type Stream, stream } from '../../algorithms/random.ts';
import type { AdaptedConfig } from '../../formats/lora.ts';
import type { ArrayValue, CompiledGraph } from '../../graph/session.ts';
import type { Sample, SampleParams } from '../engine.ts';
import { KeyValueCache } from './cache.ts';
import { chooseTruncated } from './choose.ts';
import { rowFeeds, tableFeeds, weightFeeds } from './feeds.ts';
import { GraphCache } from './graphCache.ts';
import { prefillGraph, type StepKind, stepGraph } from './graphs.ts';
import { mostSequences, packingFor } from './memory.ts';
import { microBatches } from './packing.ts';
import type { Snapshot } from './parameters.ts';

export type SampleOptions = Omit<SampleParams, 'signal' | 'onTokens'>;

interface Request {
  prompt: Int32Array;
  options: SampleOptions;
  onTokens?: (sample: number, tokens: number[]) => void;
  cancelled: boolean;
  /** Per cache array, [prompt length - 1, kvHeads*D], once computed. */
  prefix?: Float32Array[];
  started: number;
  samples: Sample[];
  left: number;
  resolve(samples: Sample[]): void;
  reject(error: unknown): void;
}

interface Sequence {
  request: Request;
  index: number;
  random: Stream;
  next: number;
  tokens: number[];
  logprobs: number[];
}

/** Graphs of one model's decoding, and the memory of its cache; shared by all samplers of that model. */
export class DecodeGraphs {
  private readonly cache: GraphCache;
  private spare: KeyValueCache | undefined;
  readonly tables: Record<string, ArrayValue>;

  constructor(
    readonly config: AdaptedConfig,
    threads: number,
  ) {
    this.cache = new GraphCache(threads);
    this.tables = tableFeeds(config, packingFor(config).maxTokens);
  }

  step(kind: StepKind): Promise<CompiledGraph> {
    return this.cache.get(JSON.stringify(kind), () => stepGraph(this.config, kind));
  }

  prefill(): Promise<CompiledGraph> {
    return this.cache.get('prefill', () => prefillGraph(this.config));
  }

  /** An empty cache for a sampler, which gives it back when it is done. */
  takeCache(): KeyValueCache {
    const cache = this.spare ?? new KeyValueCache(this.config);
    this.spare = undefined;
    return cache;
  }

  giveCache(cache: KeyValueCache): void {
    this.spare = cache;
  }

  dispose(): Promise<void> {
    this.spare = undefined;
    return this.cache.dispose();
  }
}

export class Sampler {
  /** Held while something runs. */
  private cache!: KeyValueCache;
  private readonly running: Sequence[] = [];
  private waiting: Request[] = [];
  private looping = false;
  /** The pinned weights: the same arrays at every step. */
  private readonly weights: Record<string, ArrayValue>;

  constructor(
    private readonly graphs: DecodeGraphs,
    readonly snapshot: Snapshot,
    /** Lets messages in between two steps. */
    private readonly breathe: () => Promise<void>,
    /** For texts that end a response. */
    private readonly decode: (tokens: number[]) => string = withoutTokenizer,
  ) {
    this.weights = weightFeeds(snapshot.parameters);
  }

  /** Queues requests that came together; each resolves when its samples are done. `cancel` stops one. */
  submit(
    requests: readonly { prompt: Int32Array; options: SampleOptions; onTokens?: (sample: number, tokens: number[]) => void }[],
  ): { done: Promise<Sample[]>; cancel(): void }[] {
    const { maxPositions, vocabSize } = this.graphs.config;
    // All are looked at before any is queued: what is refused leaves nothing behind.
    for (const { prompt } of requests) {
      if (prompt.length === 0) throw new Error('an empty prompt: there is nothing to continue');
      for (const id of prompt)
        if (id < 0 || id >= vocabSize) throw new Error(`the prompt holds token ${id}; the vocabulary has ${vocabSize}`);
      if (prompt.length >= maxPositions) throw new Error(`the prompt has ${prompt.length} tokens; the model's context is ${maxPositions}`);
    }
    const handles = requests.map(({ prompt, options, onTokens }) => {
      let request: Request | undefined;
      const done = new Promise<Sample[]>((resolve, reject) => {
        // Responses end where the context does.
        const maxTokens = Math.min(options.maxTokens, maxPositions - prompt.length);
        request = {
          prompt,
          options: { ...options, maxTokens },
          onTokens,
          cancelled: false,
          started: 0,
          samples: [],
          left: options.n,
          resolve,
          reject,
        };
        if (options.n === 0) resolve([]);
        else if (maxTokens > 0) this.waiting.push(request);
        else for (let index = 0; index < options.n; index++) this.record(request, index, [], [], 'length');
      });
      return {
        done,
        cancel: () => {
          if (request) request.cancelled = true;
        },
      };
    });
    if (!this.looping) {
      this.looping = true;
      void this.loop();
    }
    return handles;
  }

  private async loop(): Promise<void> {
    this.cache = this.graphs.takeCache();
    try {
      while (this.waiting.length > 0 || this.running.length > 0) {
        this.dropCancelled();
        await this.admit();
        if (this.running.length > 0) await this.step();
        await this.breathe();
      }
    } catch (error) {
      const requests = new Set([...this.waiting, ...this.running.map((sequence) => sequence.request)]);
      while (this.running.length > 0) this.leave(this.running.length - 1);
      // It may hold what is no number, which a mask does not hide.
      this.cache.clear();
      this.waiting = [];
      for (const request of requests) request.reject(error);
    } finally {
      this.graphs.giveCache(this.cache);
      this.looping = false;
    }
  }

  private dropCancelled(): void {
    for (let row = this.running.length - 1; row >= 0; row--) if (this.running[row].request.cancelled) this.finish(row, 'cancelled');
    for (const request of this.waiting.filter(({ cancelled }) => cancelled))
      while (request.started < request.options.n) this.record(request, request.started++, [], [], 'cancelled');
    this.waiting = this.waiting.filter(({ cancelled }) => !cancelled);
  }

  /** Starts as many waiting samples as there is room for, in the order in which they came. */
  private async admit(): Promise<void> {
    let longest = Math.max(0, ...this.running.map(({ request }) => positionsOf(request)));
    const entering: { request: Request; index: number }[] = [];
    for (const request of this.waiting) {
      const most = mostSequences(this.graphs.config, Math.max(longest, positionsOf(request)));
      while (this.running.length + entering.length < most && request.started < request.options.n) {
        entering.push({ request, index: request.started++ });
        longest = Math.max(longest, positionsOf(request));
      }
      if (request.started < request.options.n) break;
    }
    if (entering.length === 0) return;
    await this.prefill([...new Set(entering.map(({ request }) => request))].filter((request) => request.prefix === undefined));
    this.cache.open(
      entering.map(({ request }) => ({ length: request.prompt.length - 1, arrays: request.prefix as Float32Array[] })),
      this.running.length + entering.length,
    );
    for (const { request, index } of entering)
      this.running.push({
        request,
        index,
        random: stream(request.options.seed, 'sample', index),
        next: request.prompt[request.prompt.length - 1],
        tokens: [],
        logprobs: [],
      });
    for (const request of this.waiting) if (request.started === request.options.n) request.prefix = undefined;
    this.waiting = this.waiting.filter((request) => request.started < request.options.n);
  }

  /** Keys and values of all of a prompt but its last token, which the first step takes. */
  private async prefill(requests: readonly Request[]): Promise<void> {
    const { config } = this.graphs;
    const width = config.kvHeads * config.headDim;
    for (const request of requests)
      request.prefix = Array.from({ length: 2 * config.layers }, () => new Float32Array((request.prompt.length - 1) * width));
    const long = requests.filter((request) => request.prompt.length > 1);
    const data = long.map(({ prompt }) => ({
      tokens: prompt.subarray(0, -1),
      targets: prompt.subarray(1),
      weights: new Float32Array(prompt.length - 1).fill(1),
    }));
    const graph = await this.graphs.prefill();
    for (const batch of microBatches(data, packingFor(config))) {
      const outputs = await graph.run({ ...this.weights, ...this.graphs.tables, ...rowFeeds(batch) });
      for (const { datum, offset, positions } of batch.placements)
        for (let layer = 0; layer < config.layers; layer++)
          for (const [part, name] of ['keys', 'values'].entries()) {
            const values = (outputs[`${name}.${layer}`] as Float32Array).subarray(offset * width, (offset + positions.length) * width);
            (long[datum].prefix as Float32Array[])[2 * layer + part].set(values);
          }
    }
  }

  private async step(): Promise<void> {
    const rows = this.running.length;
    const kind: StepKind = {
      alone: rows === 1,
      greedy: this.running.some(({ request: { options } }) => options.temperature === 0),
      all: this.running.some(({ request: { options } }) => isTruncated(options)),
    };
    const uniforms = new Float32Array(rows);
    const draws = this.running.map(({ random }) => random.next());
    // The float32 nearest to a draw just below 1 is 1.
    for (const [row, draw] of draws.entries()) uniforms[row] = Math.min(draw, 1 - 2 ** -24);
    const greedy = Float32Array.from(this.running, ({ request }) => (request.options.temperature === 0 ? 1 : 0));
    const temperatures = Float32Array.from(this.running, ({ request }) => request.options.temperature || 1);
    const outputs = await (await this.graphs.step(kind)).run({
      ...this.weights,
      ...this.graphs.tables,
      ...this.cache.feeds(),
      tokens: { data: Int32Array.from(this.running, ({ next }) => next), dims: [rows] },
      positions: { data: Int32Array.from(this.running, (_, row) => this.cache.lengthOf(row)), dims: [rows] },
      uniforms: { data: uniforms, dims: [rows, 1] },
      greedy: { data: greedy, dims: [rows] },
      temperatures: { data: temperatures, dims: [rows, 1] },
    });
    this.cache.append(outputs.newCache as Float32Array);
    const { vocabSize } = this.graphs.config;
    for (const [row, sequence] of this.running.entries()) {
      const { options, onTokens } = sequence.request;
      let token = outputs.token[row];
      let logprob = outputs.logprobs[row];
      if (isTruncated(options) && options.temperature > 0) {
        const all = (outputs.all as Float32Array).subarray(row * vocabSize, (row + 1) * vocabSize);
        token = chooseTruncated(all, options.topK, options.topP, draws[row]);
        logprob = all[token];
      }
      if (!Number.isFinite(logprob))
        throw new Error(`the model's log-probability of a sampled token is ${logprob}: its weights hold NaN or infinity`);
      sequence.tokens.push(token);
      sequence.logprobs.push(logprob);
      sequence.next = token;
      onTokens?.(sequence.index, [token]);
    }
    for (let row = rows - 1; row >= 0; row--) {
      const { request, next, tokens } = this.running[row];
      if (request.options.stop.includes(next) || this.endsInText(tokens, request.options)) this.finish(row, 'stop');
      else if (tokens.length >= request.options.maxTokens) this.finish(row, 'length');
    }
  }

  /** Whether the last token completed a text that ends the response. */
  private endsInText(tokens: readonly number[], { stopTexts = [] }: SampleOptions): boolean {
    if (stopTexts.length === 0) return false;
    // A token of a byte-level vocabulary may hold no more than a quarter of a character.
    const end = this.decode(tokens.slice(-4 * Math.max(...stopTexts.map((text) => text.length))));
    return stopTexts.some((text) => end.includes(text));
  }

  private finish(row: number, stopReason: Sample['stopReason']): void {
    const { request, index, tokens, logprobs } = this.running[row];
    this.leave(row);
    this.record(request, index, tokens, logprobs, stopReason);
  }

  private leave(row: number): void {
    this.cache.remove(row);
    const last = this.running.pop() as Sequence;
    if (row < this.running.length) this.running[row] = last;
  }

  private record(request: Request, index: number, tokens: number[], logprobs: number[], stopReason: Sample['stopReason']): void {
    request.samples[index] = {
      tokens: Int32Array.from(tokens),
      logprobs: Float32Array.from(logprobs),
      stopReason,
      version: this.snapshot.version,
    };
    if (--request.left === 0) request.resolve(request.samples);
  }
}

function withoutTokenizer(): never {
  throw new Error('this sampler has no tokenizer: no text can end a response');
}

/** The positions that a sequence of the request may come to. */
function positionsOf({ prompt, options }: Request): number {
  return prompt.length + options.maxTokens;
}

function isTruncated({ topK, topP }: SampleOptions): boolean {
  return topK > 0 || topP < 1;
}
