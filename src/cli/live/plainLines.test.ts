import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../stages/context.ts';
import { runEvents } from '../../testing/runEvents.ts';
import { PlainLines } from './plainLines.ts';
import { afterEvent, noEvents } from './state.ts';

function told(steps: number, done = 0): string[] {
  const plain = new PlainLines();
  let state = noEvents;
  let at = 0;
  return [...runEvents(steps, done)].flatMap((event) => {
    at += 2000;
    state = afterEvent(state, event, at);
    return plain.lines(event, state, at);
  });
}

describe('plain lines', () => {
  it('are one a step, under headings, every figure at its place', () => {
    const lines = told(60);
    const rows = lines.filter((line) => /^ *\d+\/60 /.test(line));
    expect(rows).toHaveLength(60);
    const heading = lines.find((line) => line.includes('reward'))!;
    expect(heading.trim().split(/ +/)).toEqual([
      'step',
      'reward',
      'held-out',
      'accuracy',
      'length',
      'reflection',
      'truncated',
      'tokens/s',
      'left',
    ]);
    // Right-aligned: every cell ends where its heading ends.
    for (const word of heading.trim().split(/ +/)) {
      const end = heading.indexOf(word) + word.length;
      for (const row of rows) expect(row.slice(end - 1, end + 1)).toMatch(/^\S( |$)/);
    }
  });

  it('give a held-out accuracy where it is new only', () => {
    const cells = told(12)
      .filter((line) => /^ *\d+\/12 /.test(line))
      .map((line) => line.trim().split(/ +/)[2]);
    expect(cells.map((cell) => cell !== '-')).toEqual([true, false, false, false, false, false, false, false, false, true, false, true]);
  });

  it('tell warnings, checkpoints and answers in lines of their own', () => {
    const text = told(25).join('\n');
    expect(text).toMatch(/^stage zero: 25 steps$/m);
    expect(text).toMatch(/^warning: step 12: every response was cut/m);
    expect(text).toMatch(/^saved \/home\/me\/runs\/lab-r1-zero\/checkpoints\/zero-25$/m);
    expect(text).toMatch(/^before training, a held-out problem answered wrong:\n {2}> user : make 56 from 7 7 1/m);
    expect(told(30, 12)[0]).toBe('stage zero: 30 steps, going on after step 12');
  });

  it('show no colours and cannot be steered by what a model wrote', () => {
    const [line] = new PlainLines().lines({ type: 'warning', stage: 'zero', message: 'bad \u001b[31mred' }, noEvents, 0);
    expect(line).toBe('warning: bad \ufffd[31mred');
  });
});

it('SFT has its loss at every step, and the held-out loss where it is new, before the first step too', () => {
  const plain = new PlainLines();
  let state = noEvents;
  let at = 0;
  const events: RunEvent[] = [
    { type: 'stageStart', stage: 'tune', kind: 'sft', steps: 2, doneSteps: 0 },
    { type: 'step', stage: 'tune', step: 0, steps: 2, metrics: { eval_loss: 2.5 } },
    { type: 'step', stage: 'tune', step: 1, steps: 2, metrics: { loss: 2.25, tokens_per_second: 900 } },
    { type: 'step', stage: 'tune', step: 2, steps: 2, metrics: { loss: 2, tokens_per_second: 900, eval_loss: 1.75 } },
  ];
  const lines = events.flatMap((event) => {
    at += 1000;
    state = afterEvent(state, event, at);
    return plain.lines(event, state, at);
  });
  const cells = lines.slice(1).map((line) => line.trim().split(/ +/));
  expect(cells).toEqual([
    ['step', 'loss', 'held-out', 'tokens/s', 'left'],
    ['0/2', '-', '2.500', '-', '-'],
    ['1/2', '2.250', '-', '900', '0:01'],
    ['2/2', '2.000', '1.750', '900', '-'],
  ]);
});

it('of a part to which the accuracy does not apply, that of the part before is not told', () => {
  const plain = new PlainLines();
  let state = noEvents;
  const step = (n: number, metrics: Record<string, number>): RunEvent => ({ type: 'step', stage: 'table', step: n, steps: 2, metrics });
  const events: RunEvent[] = [
    { type: 'stageStart', stage: 'table', kind: 'evaluate', steps: 2, doneSteps: 0 },
    step(1, { 'rewards/accuracy/mean': 0.25 }),
    step(2, {}),
  ];
  const lines = events.flatMap((event, at) => {
    state = afterEvent(state, event, at);
    return plain.lines(event, state, at);
  });
  expect(lines.filter((line) => /^ *\d\/2 /.test(line)).map((line) => line.trim().split(/ +/)[1])).toEqual(['0.250', '-']);
});
