// What responses look like, whoever asked for them: a training step's samples or answers to held-out problems.

import { paperReflectionWords, wordCounter } from '../algorithms/reflection.ts';
import { mean } from '../algorithms/summary.ts';
import { type Task, type TaskRow, taskOf } from '../tasks/task.ts';

/** What is kept of a response's text. */
export interface ResponseFigures {
  /** Generated tokens; absent where they are not known. */
  tokens?: number;
  /** `length`: cut at the limit; absent where it is not known. */
  stopReason?: string;
  /** It opens a thought. */
  thinks: boolean;
  reflectionWords: number;
}

export interface ResponseStatistics {
  /** Generated tokens; absent where no response's are known. */
  meanLength?: number;
  /** Cut at the limit; absent where that is known of no response. */
  truncatedShare?: number;
  /** Share of the responses that open a thought. */
  thinkingShare: number;
  reflectionWordsPerResponse: number;
  /** Of the responses whose tokens are known. */
  reflectionWordsPer100Tokens?: number;
}

/** Counts the words of the task that a row is of, or the paper's. */
export function responseFigures(
  task: Pick<Task, 'reflectionWords' | 'partOf'>,
): (row: TaskRow, response: Pick<ResponseFigures, 'tokens' | 'stopReason'> & { text: string }) => ResponseFigures {
  const counters = new Map<object, ReturnType<typeof wordCounter>>();
  return (row, { text, tokens, stopReason }) => {
    const own = taskOf(task, row);
    const count = counters.get(own) ?? wordCounter(own.reflectionWords ?? paperReflectionWords);
    counters.set(own, count);
    return { tokens, stopReason, thinks: text.includes('<think>'), reflectionWords: count(text) };
  };
}

/** @param responses at least one */
export function responseStatistics(responses: readonly ResponseFigures[]): ResponseStatistics {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const counted = responses.filter(({ tokens }) => tokens !== undefined);
  const tokens = sum(counted.map((response) => response.tokens ?? 0));
  const ends = responses.flatMap(({ stopReason }) => (stopReason === undefined ? [] : [Number(stopReason === 'length')]));
  return {
    ...present('meanLength', mean(counted.map((response) => response.tokens))),
    ...present('truncatedShare', mean(ends)),
    thinkingShare: responses.filter(({ thinks }) => thinks).length / responses.length,
    reflectionWordsPerResponse: sum(responses.map(({ reflectionWords }) => reflectionWords)) / responses.length,
    ...present(
      'reflectionWordsPer100Tokens',
      counted.length === 0 ? undefined : tokens === 0 ? 0 : (100 * sum(counted.map(({ reflectionWords }) => reflectionWords))) / tokens,
    ),
  };
}

function present<K extends string>(name: K, value: number | undefined): Partial<Record<K, number>> {
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<K, number>>);
}
