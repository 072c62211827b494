// Ink on a stream that looks like a terminal; what is drawn is what a terminal would show of it.

import { Console } from 'node:console';
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { runEvents } from '../../testing/runEvents.ts';
import { plainPaint } from '../terminal.ts';
import { afterEvent, noEvents } from './state.ts';
import { liveScreen } from './view.tsx';

// Ink reroutes what is printed while it draws, with a constructor that the test runner's console lacks.
Object.assign(console, { Console });

class FakeTerminal extends EventEmitter {
  isTTY = true;
  columns = 80;
  rows = 40;
  writable = true;
  written = '';
  write(text: string): boolean {
    this.written += text;
    return true;
  }
}

it('keeps what is said once above the panel, and leaves the last picture', async () => {
  const terminal = new FakeTerminal();
  const screen = liveScreen(terminal as unknown as NodeJS.WriteStream, plainPaint, () => 0);
  screen.say(['R1-Zero on lab:base', '']);
  let state = noEvents;
  for (const event of runEvents(20)) {
    state = afterEvent(state, event, 0);
    screen.show(event, state, 0);
  }
  screen.stopping();
  screen.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const count = (text: string): number => terminal.written.split(text).length - 1;
  expect(count('R1-Zero on lab:base')).toBe(1);
  expect(count('warning: step 12')).toBe(1);
  const last = terminal.written.slice(terminal.written.lastIndexOf('zero  ████'));
  expect(last).toMatch(/step 20 of 20/);
  expect(last).toMatch(/held-out accuracy .* 0\.739/);
  expect(last).not.toContain('Ctrl-C');
  // Nothing cleared the whole screen, and the cursor is back.
  expect(terminal.written).not.toContain('\u001b[2J');
  expect(terminal.written.lastIndexOf('\u001b[?25h')).toBeGreaterThan(terminal.written.lastIndexOf('\u001b[?25l'));
});
