// Completions by a model on this machine: the only place where held-out problems are sampled.
import { deriveSeed } from '../../algorithms/random.ts';
import type { Sample, SampleParams, SamplingClient } from '../../engine/engine.ts';
import type { Tokenizer } from '../../formats/tokenizer.ts';
import type { Task } from '../../tasks/task.ts';
import type { Prompt } from '../prompts.ts';
import { ownTokens, type ResponseRequest, sampleResponses } from '../responses.ts';
import type { Completion, CompletionSource } from './completions.ts';

/** Samples asked for together: as many as fit are drawn at a time. More would be lost where the evaluation is stopped. */
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
  complete(problems: readonly number[], each: (problem: number, completions: LocalCompletion[]) => void): Promise<void>;
}

/**
 * Problem i draws from the seed (seed, i), so two policies meet the same draws.
 * @param opened the sampler, asked for when there is something to sample
 * @param onEnvironmentError by default what a task's environment throws ends the evaluation
 */
export function localCompletions(
  opened: () => Promise<SamplingClient>,
  tokenizer: Tokenizer,
  task: Pick<Task, 'prefill' | 'environment' | 'partOf'>,
  prompts: readonly Prompt[],
  { samples, seed, ...sampling }: SamplingOptions,
  onEnvironmentError: ResponseRequest['onEnvironmentError'] = 'throw',
): LocalCompletions {
  return {
    complete: async (problems, each) =>
      sampleResponses(
        await opened(),
        tokenizer,
        task,
        problems.map((problem) => prompts[problem]),
        { ...sampling, n: samples, seedOf: (at) => deriveSeed(seed, 'heldOut', problems[at]), onEnvironmentError },
        (at, responses) =>
          each(
            problems[at],
            responses.map((response) => ({
              text: response.text,
              tokens: ownTokens(response),
              stopReason: response.stopReason,
              ...(response.episode && { turns: response.episode.turns, failed: response.episode.failed }),
            })),
          ),
      ),
    atOnce: Math.max(4, Math.ceil(samplesAtOnce / samples)),
    // What is computed together is then the same at every run, and so are its last bits.
    sliding: false,
  };
}
