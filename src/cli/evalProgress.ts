// How far an evaluation is, on the standard error, so that results can be piped: on a terminal a line that is drawn over, in a log a line a
// minute.

import type { Progress } from '../stages/evaluation/problems.ts';
import { isInteractive, truncate, widthOf } from './terminal.ts';

const drawEvery = 250;
const writeEvery = 60_000;

export interface EvalProgress {
  problems(progress: Progress): void;
  tokens(count: number): void;
  /** Takes the line away. */
  clear(): void;
}

export function evalProgress(stream: NodeJS.WriteStream = process.stderr, now: () => number = () => performance.now()): EvalProgress {
  const interactive = isInteractive(stream);
  const start = now();
  let at: Progress = { done: 0, of: 0, right: 0, judged: 0 };
  let tokens = 0;
  let shown = interactive ? Number.NEGATIVE_INFINITY : start;
  let drawn = false;
  const show = (): void => {
    if (now() - shown < (interactive ? drawEvery : writeEvery)) return;
    shown = now();
    const line = progressText(at, tokens, (shown - start) / 1000);
    if (interactive) stream.write(`\r\u001b[K${truncate(line, widthOf(stream) - 1)}`);
    else stream.write(`${line}\n`);
    drawn = interactive;
  };
  return {
    problems(progress) {
      at = { ...progress };
      show();
    },
    tokens(count) {
      tokens += count;
      show();
    },
    clear() {
      if (drawn) stream.write('\r\u001b[K');
      drawn = false;
    },
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
