// How far an evaluation is, as a status line.

import type { Progress } from '../stages/evaluation/problems.ts';
import { statusLine } from './statusLine.ts';

const logEvery = 60_000;

export interface EvalProgress {
  problems(progress: Progress): void;
  tokens(count: number): void;
  /** Takes the line away. */
  clear(): void;
}

export function evalProgress(stream: NodeJS.WriteStream = process.stderr, now: () => number = () => performance.now()): EvalProgress {
  const line = statusLine(stream, { logEvery, atOnce: false }, now);
  const start = now();
  let at: Progress = { done: 0, of: 0, right: 0, judged: 0 };
  let tokens = 0;
  const show = (): void => line.draw(() => progressText(at, tokens, (now() - start) / 1000));
  return {
    problems(progress) {
      at = { ...progress };
      show();
    },
    tokens(count) {
      tokens += count;
      show();
    },
    clear: line.clear,
  };
}

function progressText({ done, of, right, judged }: Progress, tokens: number, seconds: number): string {
  const parts = [
    `${done} of ${of} problems`,
    ...(judged > 0 ? [`${((100 * right) / judged).toFixed(1)}% right so far`] : []),
    ...(tokens > 0 && seconds > 0 ? [`${Math.round(tokens / seconds)} tokens/s`] : []),
  ];
  return parts.join(', ');
}
