// How far a download is: on a terminal one line that is drawn over, elsewhere a plain line now and then. On the standard error, so that
// results can be piped.

import type { HubListener } from '../platform/hubListener.ts';
import { bytes, percent } from './live/figures.ts';
import { isInteractive, truncate, widthOf } from './terminal.ts';

/** Milliseconds between two drawings, and between two plain lines. */
const redraw = 250;
const plainly = 10_000;
const erase = '\r\u001b[K';

export function downloadLine(stream: NodeJS.WriteStream, now: () => number = () => performance.now()): HubListener {
  const interactive = isInteractive(stream);
  let drawn = false;
  let told = Number.NEGATIVE_INFINITY;
  const clear = (): void => {
    if (drawn) stream.write(erase);
    drawn = false;
  };
  return {
    note(message) {
      clear();
      stream.write(`${message}\n`);
    },
    bytes(name, done, total) {
      const at = now();
      if (at - told < (interactive ? redraw : plainly) && done < total) return;
      told = done < total ? at : Number.NEGATIVE_INFINITY;
      const line =
        done < total
          ? `downloading ${name}: ${bytes(done)} of ${bytes(total)} (${percent(done / total)})`
          : `downloaded ${name}: ${bytes(total)}`;
      clear();
      drawn = interactive && done < total;
      stream.write(drawn ? truncate(line, widthOf(stream) - 1) : `${line}\n`);
    },
    end: clear,
  };
}
