// Completions by a model on this machine: the only place where held-out problems are sampled.
import { deriveSeed } from '../../algorithms/random.ts';
import type { Sample, SampleParams, SamplingClient } from '../../engine/engine.ts';
import type { Tokenizer } from '../../formats/tokenizer.ts';
import type { Task } from '../../tasks/task.ts';
import type { Prompt } from '../prompts.ts';
import { ownTokens, type Response, type ResponseRequest, sampleResponses } from '../responses.ts';
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
  /** Default: throw. Where it is only told of, the response is not judged. */
  onEnvironmentError?: ResponseRequest['onEnvironmentError'];
}

export interface LocalCompletion extends Completion {
  tokens: number;
  stopReason: Sample['stopReason'];
}

export interface LocalCompletions extends CompletionSource {
  complete(problem: number): Promise<LocalCompletion[]>;
}

/**
 * Problem i draws from the seed (seed, i), so two policies meet the same draws. Problems asked for in one turn of the event loop are sampled
 * together.
 */
export function localCompletions(
  sampler: SamplingClient,
  tokenizer: Tokenizer,
  task: Pick<Task, 'prefill' | 'environment'>,
  prompts: readonly Prompt[],
  { samples, temperature, topP, maxTokens, seed, signal, onTokens, onEnvironmentError = 'throw' }: SamplingOptions,
): LocalCompletions {
  interface Asked {
    problem: number;
    resolve(completions: LocalCompletion[]): void;
    reject(error: unknown): void;
  }
  let asked: Asked[] = [];
  const sample = async (): Promise<void> => {
    const batch = asked;
    asked = [];
    try {
      await sampleResponses(
        sampler,
        tokenizer,
        task,
        batch.map(({ problem }) => prompts[problem]),
        {
          ...{ n: samples, maxTokens, temperature, topP, signal, onTokens },
          seedOf: (i) => deriveSeed(seed, 'heldOut', batch[i].problem),
          onEnvironmentError,
        },
        (i, responses) => batch[i].resolve(responses.map(completionOf)),
      );
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  return {
    complete: (problem) =>
      new Promise((resolve, reject) => {
        asked.push({ problem, resolve, reject });
        if (asked.length === 1) queueMicrotask(sample);
      }),
    atOnce: Math.max(4, Math.ceil(samplesAtOnce / samples)),
    // What is computed together is then the same at every run, and so are its last bits.
    sliding: false,
  };
}

function completionOf(response: Response): LocalCompletion {
  const { text, stopReason, episode } = response;
  return { text, tokens: ownTokens(response), stopReason, ...(episode && { turns: episode.turns, failed: episode.failed }) };
}
