// What responses look like, whoever asked for them: a training step's samples or a look at held-out problems.

import { paperReflectionWords, wordCounter } from '../algorithms/reflection.ts';
import type { Sample } from '../engine/engine.ts';
import type { Task } from '../tasks/task.ts';

export interface ResponseStatistics {
  /** Generated tokens. */
  meanLength: number;
  /** Cut at the limit. */
  truncatedShare: number;
  /** Share of the responses that open a thought. */
  thinkingShare: number;
  reflectionWordsPerResponse: number;
  reflectionWordsPer100Tokens: number;
}

/** @param responses at least one; `tokens` is how many it has */
export function responseStatistics(
  responses: readonly { text: string; tokens: number; stopReason: Sample['stopReason'] }[],
  task: Pick<Task, 'reflectionWords'>,
): ResponseStatistics {
  const count = wordCounter(task.reflectionWords ?? paperReflectionWords);
  const words = responses.reduce((sum, { text }) => sum + count(text), 0);
  const tokens = responses.reduce((sum, response) => sum + response.tokens, 0);
  return {
    meanLength: tokens / responses.length,
    truncatedShare: responses.filter(({ stopReason }) => stopReason === 'length').length / responses.length,
    thinkingShare: responses.filter(({ text }) => text.includes('<think>')).length / responses.length,
    reflectionWordsPerResponse: words / responses.length,
    reflectionWordsPer100Tokens: tokens > 0 ? (100 * words) / tokens : 0,
  };
}
