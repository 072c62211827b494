import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../stages/context.ts';
import { evaluation, runEvents, score } from '../../testing/runEvents.ts';
import { afterEvent, domainsOf, noEvents, type RunState, secondsLeft, withHistory } from './state.ts';

/** Events that come a second apart. */
function played(events: Iterable<RunEvent>): { state: RunState; at: number } {
  let state = noEvents;
  let at = 0;
  for (const event of events) {
    at += 1000;
    state = afterEvent(state, event, at);
  }
  return { state, at };
}

describe('the state of a run', () => {
  it('holds every curve, look and the first and newest answer', () => {
    const { state } = played(runEvents(20));
    expect(state.stage?.step).toBe(20);
    expect(state.stage?.series.reward).toHaveLength(20);
    expect(state.stage?.series['heldOut/countdown']).toHaveLength(3);
    expect(domainsOf(state.stage!)).toEqual(['countdown']);
    expect(state.heldOut.map(({ step }) => step)).toEqual([0, 10, 20]);
    expect([state.answers.zero.first.step, state.answers.zero.last.step]).toEqual([0, 20]);
  });

  it('begins its curves anew with the next stage and keeps the looks of the one before', () => {
    const { state } = played([...runEvents(3), { type: 'stageStart', stage: 'score', kind: 'evaluate', steps: 1, doneSteps: 0 }]);
    expect(state.stage?.series).toEqual({});
    expect(state.heldOut.map(({ stage }) => stage)).toEqual(['zero', 'zero']);
  });

  it('takes up the curves of a resumed stage without counting its first look twice', () => {
    const rows = [
      { stage: 'zero', step: 0, 'eval/countdown/pass@1': 0.25 },
      { stage: 'zero', step: 1, reward: 0.3 },
      { stage: 'zero', step: 2, reward: 0.4, loss: null },
    ];
    const [start, look, ...rest] = runEvents(4, 2);
    let state = withHistory(afterEvent(noEvents, start, 0), rows);
    for (const event of [look, ...rest]) state = afterEvent(state, event, 0);
    expect(state.stage?.series.reward?.slice(0, 2)).toEqual([0.3, 0.4]);
    expect(state.stage?.series.reward).toHaveLength(4);
    expect(state.stage?.series['heldOut/countdown']).toHaveLength(2);
    expect(state.stage?.series.loss).toBeUndefined();
    expect(state.heldOut.map(({ step }) => step)).toEqual([0, 4]);
  });
});

describe('the time left', () => {
  const start: RunEvent = { type: 'stageStart', stage: 'zero', kind: 'rl', steps: 100, doneSteps: 0 };
  const step = (n: number): RunEvent => ({ type: 'step', stage: 'zero', step: n, steps: 100, metrics: {} });
  it('comes from the newest steps alone, without the look before the first', () => {
    let state = afterEvent(noEvents, start, 0);
    expect(secondsLeft(state.stage!, 1000)).toBeUndefined();
    state = afterEvent(state, { type: 'heldOut', stage: 'zero', step: 0, evaluation: evaluation({ countdown: score(0.2) }) }, 60_000);
    state = afterEvent(state, step(1), 62_000);
    expect(secondsLeft(state.stage!, 62_000)).toBe(198);
    for (let n = 2; n <= 50; n++) state = afterEvent(state, step(n), 62_000 + 4000 * (n - 1));
    expect(secondsLeft(state.stage!, 62_000 + 4000 * 49)).toBe(200);
    expect(secondsLeft(state.stage!, 62_000 + 4000 * 49 + 3000)).toBe(197);
  });
  it('is not told when there is none', () => {
    let state = afterEvent(noEvents, { ...start, steps: 1 } as RunEvent, 0);
    state = afterEvent(state, { ...step(1), steps: 1 } as RunEvent, 1000);
    expect(secondsLeft(state.stage!, 1000)).toBeUndefined();
  });
});
