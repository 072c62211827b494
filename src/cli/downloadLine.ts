// How far a download is, as a status line; what has come stays as a line.

import type { HubListener } from '../platform/hubListener.ts';
import { bytes, percent } from './live/figures.ts';
import { statusLine } from './statusLine.ts';

const logEvery = 10_000;

export function downloadLine(stream: NodeJS.WriteStream, now?: () => number): HubListener {
  const line = statusLine(stream, { logEvery, atOnce: true }, now);
  return {
    note: line.say,
    bytes(name, done, total) {
      if (done < total) line.draw(() => `downloading ${name}: ${bytes(done)} of ${bytes(total)} (${percent(done / total)})`);
      else line.say(`downloaded ${name}: ${bytes(total)}`);
    },
    end: line.clear,
  };
}
