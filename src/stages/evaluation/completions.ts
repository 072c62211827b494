// Where an evaluation's completions come from: a model on this machine (localCompletions.ts), an endpoint (endpointCompletions.ts), a file
// (storedCompletions.ts). What is done with them is the same for all.
import type { Turn } from '../../rewards/reward.ts';

/** A response to a problem. */
export interface Completion {
  /** As rewards are given it: with what was prefilled, and without end tokens. */
  text: string;
  /** Tokens that the model wrote; absent where nobody counted them. */
  tokens?: number;
  /** `length`: cut at the limit. Absent where it is not known. */
  stopReason?: 'stop' | 'length' | 'cancelled';
  /** Where an environment took part. */
  turns?: readonly Turn[];
  /** The environment threw: there is no judging it. */
  failed?: boolean;
}

export interface CompletionSource {
  /**
   * All samples of these problems, by their numbers. `each` is called with a problem's as soon as all of these are there. They are the same for
   * the same problem, whatever else is asked for.
   */
  complete(problems: readonly number[], each: (problem: number, completions: Completion[]) => void): Promise<void>;
  /** How many problems are worked on at a time. */
  atOnce: number;
  /** Whether the next problem may begin when one ends; else those at once are asked for together, and then the next as many. */
  sliding: boolean;
}
