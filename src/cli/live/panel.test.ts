import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluation, runEvents, score } from '../../testing/runEvents.ts';
import { displayWidth, paintFor, plainPaint } from '../terminal.ts';
import { panelLines } from './panel.ts';
import { afterEvent, noEvents, type RunState } from './state.ts';

function stateAfter(steps: number, of = 60): { state: RunState; at: number } {
  let state = noEvents;
  let at = 0;
  for (const event of runEvents(of)) {
    if (event.type === 'step' && event.step > steps) break;
    at += event.type === 'step' ? 2000 : 0;
    state = afterEvent(state, event, at);
  }
  return { state, at };
}

describe('the panel', () => {
  it('says how far the run is, each figure with its curve, and the newest answer', () => {
    const { state, at } = stateAfter(30);
    const lines = panelLines(state, { columns: 80, rows: 40 }, plainPaint, at, 'running');
    expect(lines[0]).toMatch(/^zero {2}█+░+ {2}step 30 of 60 {2}1:00 left$/);
    const figure = (label: string): string => lines.find((line) => line.startsWith(label)) ?? '';
    expect(figure('reward ')).toMatch(/▄.*█ +0\.776 +first 0\.339/);
    expect(figure('held-out accuracy')).toMatch(/0\.649 +first 0\.245/);
    expect(figure('mean length')).toMatch(/88\.4 tokens/);
    expect(figure('reflection words')).toMatch(/6\.26 a response/);
    expect(figure('truncated')).toMatch(/14%/);
    expect(figure('speed')).toMatch(/4,977 tokens\/s/);
    expect(lines.join('\n')).toMatch(/The same held-out problem, answered after step 30 {2}✓ right\n {2}user : make 56/);
    expect(lines.at(-1)).toMatch(/Ctrl-C: stop after this step and save/);
  });

  it('is never wider or higher than the terminal, whatever that is', () => {
    const states = [stateAfter(0), stateAfter(1), stateAfter(60)];
    fc.assert(
      fc.property(
        fc.constantFrom(...states),
        fc.integer({ min: 20, max: 200 }),
        fc.integer({ min: 4, max: 60 }),
        fc.constantFrom('running' as const, 'stopping' as const),
        ({ state, at }, columns, rows, mood) => {
          const colours = paintFor({ isTTY: true, hasColors: () => true } as unknown as NodeJS.WriteStream, {});
          const lines = panelLines(state, { columns, rows }, colours, at + 60_000, mood);
          expect(lines.length).toBeLessThan(rows);
          for (const line of lines) expect(displayWidth(line)).toBeLessThan(columns);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('shows that it lives while a long step runs, and that it is stopping', () => {
    const { state, at } = stateAfter(30);
    const lines = panelLines(state, { columns: 80, rows: 24 }, plainPaint, at + 42_000, 'stopping');
    expect(lines[0]).toContain('step 31 since 0:42');
    expect(lines.at(-1)).toBe('stopping after this step, saving... (Ctrl-C again: exit at once)');
    expect(panelLines(noEvents, { columns: 80, rows: 24 }, plainPaint, 0, 'running')).toEqual(['starting ...']);
  });

  it('has a row for each of a few domains', () => {
    const { state, at } = stateAfter(10);
    const two = afterEvent(
      state,
      { type: 'heldOut', stage: 'zero', step: 10, evaluation: evaluation({ countdown: score(0.4), chain: score(0.6) }) },
      at,
    );
    const text = panelLines(two, { columns: 80, rows: 40 }, plainPaint, at, 'running').join('\n');
    expect(text).toMatch(/held-out countdown .*0\.400/);
    expect(text).toMatch(/held-out chain .*0\.600/);
  });
});
