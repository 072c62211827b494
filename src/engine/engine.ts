// The engine seam: what a stage may ask of the thing that holds weights. The verbs and data are the Tinker API's, so that a
// remote engine is a client of an existing server; engine/local implements them in a worker on this machine.
// Stages import this file and never an implementation's insides.

import type { Head } from '../formats/modelConfig.ts';
import type { TokenizerFiles } from '../formats/tokenizer.ts';

/**
 * One training example. `tokens [T]` is the input (the sequence without its last token) and `targets [T]` the token that
 * follows each of them. Every other input is aligned with `targets`; a position whose weight is 0 has no loss and is not computed.
 */
export interface Datum {
  tokens: Int32Array;
  targets: Int32Array;
  /** [T] Every denominator of the loss is in here: a loss is a plain sum of weight x token loss. */
  weights: Float32Array;
  /** [T] log pi_old(target). Absent in a policy loss: the update is on-policy and the ratio is exp(lp - stopgrad(lp)) = 1. */
  logprobs?: Float32Array;
  /** [T] What the sampler said of the same tokens; only needed by truncated importance sampling. */
  samplerLogprobs?: Float32Array;
  /** [T] */
  advantages?: Float32Array;
  /** [T] log pi_ref(target), for the k3 KL term. */
  refLogprobs?: Float32Array;
  /** Data with the same `group` share their first `sharedPrefix` tokens, which are then computed once per packed row. */
  group?: string;
  sharedPrefix?: number;
  /** bradley_terry, dpo: two data with the same `pair` are compared, the preferred one first. They are never computed apart. */
  pair?: string;
  /** binary: 1 or 0. */
  label?: number;
  /** [T*K] teacher_kl: the K ids that the teacher finds likeliest at each position, in any order; all data bring the same K. */
  teacherIds?: Int32Array;
  /** [T*K] The teacher's log-probabilities of them. Only their differences matter: they are renormalised over the K. */
  teacherLogprobs?: Float32Array;
}

export type { Head };

/**
 * The names of the losses an engine may know. `ppo` with equal old log-probabilities and clip off is REINFORCE. `bradley_terry` and
 * `binary` are of a scalar head, which is read at a datum's last position whose weight is not 0; that weight is the datum's (of
 * a pair: the preferred datum's). `dpo` weighs a pair likewise, and sums log-probabilities over every position whose weight is not 0.
 */
export type LossName =
  | 'cross_entropy'
  | 'importance_sampling'
  | 'ppo'
  | 'gspo'
  | 'cispo'
  | 'bradley_terry'
  | 'binary'
  | 'dpo'
  | 'teacher_kl';

export interface Loss {
  name: LossName;
  /** The ratio is clipped to [1 - clipLow, 1 + clipHigh]. */
  clipLow?: number;
  clipHigh?: number;
  /** Coefficient of the k3 KL estimate to `refLogprobs`; 0 or absent: no KL term. */
  klBeta?: number;
  /** Truncated importance sampling: token losses are multiplied by min(pi_old / pi_sampler, tisCap), no gradient through it. */
  tisCap?: number;
  /** dpo: how strongly the policy is held to the reference; default 0.1. */
  beta?: number;
  /** Log-probabilities are those of softmax(logits / temperature); default 1. */
  temperature?: number;
}

/** Per datum, aligned with its `targets`; positions of weight 0 hold 0. */
export interface ForwardResult {
  logprobs: Float32Array[];
  /** Present where it was wanted: entropy of the next-token distribution, nats. */
  entropy?: Float32Array[];
  /** Of a scalar head, one a datum (NaN where all its weights are 0); `logprobs` are then all 0. */
  scores?: number[];
  /** sum over tokens of weight x token loss; 0 without a loss. */
  loss: number;
}

export interface AdamParams {
  learningRate: number;
  beta1: number;
  beta2: number;
  eps: number;
  weightDecay: number;
  /** Clip the global gradient norm to this; 0 = no clipping. */
  gradClipNorm: number;
}

export interface OptimResult {
  /** Global L2 norm before clipping. */
  gradNorm: number;
  /** False where the gradient was not finite: then nothing was changed and the gradients were dropped. */
  applied: boolean;
}

export interface SampleParams {
  n: number;
  maxTokens: number;
  /** 0 = greedy. */
  temperature: number;
  /** 1 = off. */
  topP: number;
  /** 0 = off. */
  topK: number;
  /** Ids that end a response; the stop token is part of `tokens`. */
  stop: number[];
  /** Texts that end a response with the token that completes one of them. */
  stopTexts?: readonly string[];
  /** Sample i of the request draws from the stream (seed, i), whatever else is being sampled. */
  seed: number;
  signal?: AbortSignal;
  /** Called as tokens arrive: which of the n samples, and its new tokens. */
  onTokens?: (sample: number, tokens: number[]) => void;
}

export interface Sample {
  /** Generated tokens only, the stop token included. */
  tokens: Int32Array;
  /** log softmax(logits / temperature)[token] over the whole vocabulary (temperature 1 where sampling is greedy). */
  logprobs: Float32Array;
  stopReason: 'stop' | 'length' | 'cancelled';
  /** The version of the policy that made it. */
  version: number;
}

export interface SamplingClient {
  readonly version: number;
  sample(prompt: Int32Array, params: SampleParams): Promise<Sample[]>;
  /** Log-probabilities of the data's targets where their weight is not 0, at `temperature`. */
  logprobs(data: Datum[], temperature: number): Promise<Float32Array[]>;
  /**
   * The `k` likeliest next tokens where the data's weight is not 0, likeliest first, with their log-probabilities over the whole vocabulary at
   * `temperature`: [T*k] each, position t's at t*k; zeros elsewhere. What `teacher_kl` takes.
   */
  topLogprobs(data: Datum[], k: number, temperature: number): Promise<{ ids: Int32Array; logprobs: Float32Array }[]>;
  /** Write the pinned weights as a Hugging Face directory at `dir` (created); an adapter's as peft has them. */
  save(dir: string): Promise<void>;
  close(): Promise<void>;
}

/** A reward model's scores. */
export interface ScoringClient {
  /** One a datum, read at its last position whose weight is not 0. The same alone and among others. @throws where one is not finite */
  score(data: Datum[]): Promise<number[]>;
  close(): Promise<void>;
}

export interface TrainingClient {
  /** `temperature` is the loss's where one is given. */
  forward(data: Datum[], loss?: Loss, want?: { entropy?: boolean; temperature?: number }): Promise<ForwardResult>;
  /** As `forward`, and the gradients accumulate inside until `optimStep`. */
  forwardBackward(data: Datum[], loss: Loss, want?: { entropy?: boolean }): Promise<ForwardResult>;
  optimStep(adam: AdamParams): Promise<OptimResult>;
  /**
   * Writes weights (a Hugging Face directory: config.json, model.safetensors, tokenizer files; an adapter's as peft has them) and the
   * optimizer (optimizer.safetensors) into the existing directory `dir`. Returns the opaque name to give to `loadState`.
   */
  saveState(dir: string): Promise<string>;
  loadState(state: string): Promise<void>;
  /** Of a model with logits. Pinned to the policy as it is now. Close it when done: an open one makes the next update copy the weights. */
  samplingClient(): Promise<SamplingClient>;
  close(): Promise<void>;
}

/** What an engine can do, and with what, whatever the model. */
export interface Capabilities {
  losses: readonly LossName[];
  /** What the bits of a result depend on beside seed and data, in words ("2 threads of <processor>"): a checkpoint remembers it. */
  arithmetic: string;
}

export interface Engine {
  capabilities(): Promise<Capabilities>;
  /**
   * `model`: a directory or a .gguf file; `init`: seeded random weights. With `lora` the model's weights are frozen and an adapter is
   * trained; a sampler of the same `model` (a reference) then shares them. A scalar `head` (default: lm) is the model's own where it has
   * one, else drawn by `seed`; it is trained whole, beside an adapter too.
   */
  createTrainer(
    options: { model: string; lora?: LoraOptions; head?: Head; seed: number } | { init: NewModel; seed: number },
  ): Promise<TrainingClient>;
  createSampler(options: { model: string }): Promise<SamplingClient>;
  /** Of a model saved with a scalar head, whole or as an adapter. */
  createScorer(options: { model: string }): Promise<ScoringClient>;
  /** What the work would take of this machine's memory, before anything is loaded; absent where the weights lie elsewhere. */
  memoryNeed?(work: PlannedWork): Promise<MemoryNeed>;
  /** Peak resident memory of the process so far, bytes. */
  peakMemory(): Promise<number>;
  close(): Promise<void>;
}

/** Every response as long as it may be. */
export interface PlannedSampling {
  /** The length of each prompt, tokens. */
  prompts: readonly number[];
  /** Of each prompt. */
  samples: number;
  maxTokens: number;
  /** By topK or topP, which look at every log-probability. */
  truncated?: boolean;
}

export interface PlannedTraining {
  /** Of one optimiser step. */
  data: Datum[];
  loss: Loss;
  entropy?: boolean;
  /** Log-probabilities of the model as it was, beside those of the policy. */
  reference?: boolean;
}

/** Log-probabilities of data, or scores of a scalar head, without gradients. */
export interface PlannedReading {
  /** Of one call. */
  data: Datum[];
  /** The so many likeliest tokens at each position. */
  top?: number;
}

/** What is to be done with one model, and with others that are held all the while. */
export interface PlannedWork {
  from: { model: string; lora?: LoraOptions; head?: Head } | { init: NewModel };
  sampling?: PlannedSampling;
  training?: PlannedTraining;
  reading?: PlannedReading;
  /** By what they are, in words: a teacher, reward models. */
  beside?: Readonly<Record<string, PlannedWork>>;
}

export interface MemoryNeed {
  /** At its highest. */
  bytes: number;
  /** What it is made of, in words. */
  parts: Record<string, number>;
}

/** A low-rank adapter: W x + (alpha / rank) B A x for the projections in `targets`. */
export interface LoraOptions {
  rank: number;
  alpha: number;
  /** Of q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj. */
  targets: string[];
}

/** A model to be trained from nothing: its Hugging Face config and the tokenizer files that go with it. */
export interface NewModel {
  config: Record<string, unknown>;
  tokenizerFiles: TokenizerFiles;
}
