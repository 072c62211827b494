// Where an evaluation's completions come from: a model on this machine (localCompletions.ts), an endpoint (endpointCompletions.ts), a file
// (storedCompletions.ts). What is done with them is the same for all.
import { InputError } from '../../platform/errors.ts';
import type { Task, TaskRow, Turn } from '../../tasks/task.ts';

/** A response to a problem. */
export interface Completion {
  /** As rewards are given it: with what was prefilled, and without end tokens. */
  text: string;
  /** Generated tokens; absent where nobody counted them. */
  tokens?: number;
  /** `length`: cut at the limit. Absent where it is not known. */
  stopReason?: 'stop' | 'length' | 'cancelled';
  /** Where an environment took part. */
  turns?: readonly Turn[];
  /** The environment threw: there is no judging it. */
  failed?: boolean;
}

/** @throws InputError where the task's responses take several turns, and only a model on this machine can take them */
export function requireOneTurn(task: Pick<Task, 'name' | 'environment'>, what: string): void {
  if (task.environment)
    throw new InputError(`the task ${task.name} answers the model between its turns: measure a model on this machine, not ${what}`);
}

export interface CompletionSource {
  /** All samples of problem number `problem`, whose row this is. The same for the same number, whatever else is asked for. */
  complete(problem: number, row: TaskRow): Promise<Completion[]>;
  /** How many problems are worked on at a time. */
  atOnce: number;
  /** Whether the next problem may begin when one ends; else those at once are asked for together, and then the next as many. */
  sliding: boolean;
}
