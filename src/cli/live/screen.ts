// Where a run is shown: on a terminal (view.tsx, loaded only there), as plain lines, or as JSON for machines.

import type { RunEvent } from '../../stages/context.ts';
import { PlainLines } from './plainLines.ts';
import type { RunState } from './state.ts';

export interface Screen {
  /** Lines that stay, before the first event. */
  say(lines: readonly string[]): void;
  /** @param state that after the event; @param at its moment */
  show(event: RunEvent, state: RunState, at: number): void;
  /** The user asked to stop. */
  stopping(): void;
  /** Leaves the last picture. Nothing is shown afterwards. */
  close(): void;
}

export function plainScreen(stdout: NodeJS.WritableStream): Screen {
  const plain = new PlainLines();
  const write = (lines: readonly string[]): void => {
    for (const line of lines) stdout.write(`${line}\n`);
  };
  return {
    say: write,
    show: (event, state, at) => write(plain.lines(event, state, at)),
    stopping: () => write(['stopping after this step, saving...']),
    close: () => {},
  };
}

/** Every event as one JSON object a line; nothing else on the standard output. */
export function jsonScreen(stdout: NodeJS.WritableStream): Screen {
  return {
    say: () => {},
    show: (event) => void stdout.write(`${JSON.stringify(event)}\n`),
    stopping: () => {},
    close: () => {},
  };
}
