// Completions by a model on this machine: the only place where held-out problems are sampled.
import { deriveSeed } from '../../algorithms/random.ts';
import type { Sample, SampleParams, SamplingClient } from '../../engine/engine.ts';
import type { Tokenizer } from '../../formats/tokenizer.ts';
import type { Task } from '../../tasks/task.ts';
import { type Prompt, responseText } from '../prompts.ts';
import type { Completion, CompletionSource } from './completions.ts';

/** Samples asked for together: the engine takes as many as fit, one after another. */
const samplesAtOnce = 128;

export interface SamplingOptions {
  /** Of each problem. */
  samples: number;
  temperature: number;
  topP: number;
  maxTokens: number;
  seed: number;
  /** Ends the sampling early; what is returned then is worth nothing. */
  signal?: AbortSignal;
  onTokens?: SampleParams['onTokens'];
}

export interface LocalCompletion extends Completion {
  tokens: number;
  stopReason: Sample['stopReason'];
}

export interface LocalCompletions extends CompletionSource {
  complete(problem: number): Promise<LocalCompletion[]>;
}

/** Problem i draws from the seed (seed, i), so two policies meet the same draws. */
export function localCompletions(
  sampler: SamplingClient,
  tokenizer: Tokenizer,
  task: Pick<Task, 'prefill'>,
  prompts: readonly Prompt[],
  { samples, temperature, topP, maxTokens, seed, signal, onTokens }: SamplingOptions,
): LocalCompletions {
  return {
    async complete(problem) {
      const prompt = prompts[problem].tokens;
      const drawn = await sampler.sample(prompt, {
        n: samples,
        maxTokens,
        temperature,
        topP,
        topK: 0,
        stop: tokenizer.stopIds,
        seed: deriveSeed(seed, 'heldOut', problem),
        signal,
        onTokens,
      });
      return drawn.map(({ tokens, stopReason }) => ({
        text: responseText(tokenizer, task, tokens, prompt),
        tokens: tokens.length,
        stopReason,
      }));
    },
    atOnce: Math.max(4, Math.ceil(samplesAtOnce / samples)),
    // What is computed together is then the same at every run, and so are its last bits.
    sliding: false,
  };
}
