// What the engine's worker serves, by name (platform/rpc.ts carries the calls), and the events it sends while it samples.

import type { AdamParams, Datum, ForwardResult, Head, LoraOptions, Loss, NewModel, OptimResult, Sample } from '../engine.ts';
import type { TopTokens } from './rowGraphs.ts';
import type { SampleOptions } from './sampler.ts';

export interface SampleRequest {
  /** Names the request in `cancel` and in events. */
  id: number;
  prompt: Int32Array;
  options: SampleOptions;
  /** Send tokens as they come. */
  stream: boolean;
}

export type WorkerApi = {
  createTrainer(from: { model: string; lora?: LoraOptions; head?: Head } | { init: NewModel }, seed: number): Promise<{ trainer: number }>;
  createSampler(model: string): Promise<{ sampler: number; version: number }>;
  createScorer(model: string): Promise<{ scorer: number }>;
  score(scorer: number, data: Datum[]): Promise<number[]>;
  closeScorer(scorer: number): Promise<void>;
  forward(
    trainer: number,
    data: Datum[],
    loss: Loss | undefined,
    want: { entropy?: boolean; temperature?: number },
  ): Promise<ForwardResult>;
  forwardBackward(trainer: number, data: Datum[], loss: Loss, want: { entropy?: boolean }): Promise<ForwardResult>;
  optimStep(trainer: number, adam: AdamParams): OptimResult;
  saveState(trainer: number, dir: string): Promise<string>;
  loadState(trainer: number, state: string): Promise<void>;
  samplingClient(trainer: number): { sampler: number; version: number };
  closeTrainer(trainer: number): Promise<void>;
  /** Each request's samples are an event of their own, as soon as they are done. */
  sample(sampler: number, requests: SampleRequest[]): Promise<void>;
  cancel(request: number): void;
  logprobs(sampler: number, data: Datum[], temperature: number): Promise<Float32Array[]>;
  topLogprobs(sampler: number, data: Datum[], k: number, temperature: number): Promise<TopTokens[]>;
  saveSampler(sampler: number, dir: string): Promise<void>;
  closeSampler(sampler: number): Promise<void>;
  peakMemory(): number;
  shutDown(): Promise<void>;
};

/** New tokens of one of a request's samples; or all of its samples. */
export type SamplingEvent = { request: number; sample: number; tokens: number[] } | { request: number; samples: Sample[] };
