// One line that says how far something is, on the standard error, so that results can be piped: on a terminal drawn over and taken away again,
// in a log a plain line now and then.
import { isInteractive, truncate, widthOf } from './terminal.ts';

const redrawEvery = 250;
const erase = '\r\u001b[K';

export interface StatusLine {
  /** Draws, where enough time has passed since the last drawing. */
  draw(text: () => string): void;
  /** A line that stays; the next `draw` draws. */
  say(text: string): void;
  /** Takes the drawn line away. */
  clear(): void;
}

/**
 * @param logEvery milliseconds between two plain lines in a log; Infinity for none
 * @param atOnce whether the first drawing waits for no time to pass, in a log too
 */
export function statusLine(
  stream: NodeJS.WriteStream,
  { logEvery, atOnce }: { logEvery: number; atOnce: boolean },
  now: () => number = () => performance.now(),
): StatusLine {
  const interactive = isInteractive(stream);
  const every = interactive ? redrawEvery : logEvery;
  let last = atOnce ? Number.NEGATIVE_INFINITY : now();
  let drawn = false;
  const clear = (): void => {
    if (drawn) stream.write(erase);
    drawn = false;
  };
  return {
    draw(text) {
      if (now() - last < every) return;
      last = now();
      clear();
      stream.write(interactive ? truncate(text(), widthOf(stream) - 1) : `${text()}\n`);
      drawn = interactive;
    },
    say(text) {
      clear();
      stream.write(`${text}\n`);
      last = Number.NEGATIVE_INFINITY;
    },
    clear,
  };
}
