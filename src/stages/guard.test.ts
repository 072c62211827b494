import { describe, expect, it } from 'vitest';
import { afresh, afterLook, afterStep, type GuardState, guardedMeasure, guardMetrics, requireMeasure, unguarded } from './guard.ts';
import type { HeldOutAnswer } from './heldOut.ts';

const settings = { measure: 'accuracy', drop: 0.05, looks: 2 };

/** Looks every two steps: the rewards of the steps before, and the measure. */
function run(looks: [rewards: number[], value: number][], state: GuardState = unguarded, from = 0): GuardState {
  let step = from;
  for (const [rewards, value] of looks) {
    for (const reward of rewards) {
      step++;
      state = afterStep(state, step, reward);
    }
    state = afterLook(settings, state, step, value);
  }
  return state;
}

describe('the guard', () => {
  it('stops where the reward has risen and the measure has fallen by more than `drop` at two looks in a row', () => {
    const once = run([
      [[0.1, 0.3], 0.8],
      [[0.4, 0.4], 0.74],
    ]);
    expect(once).toMatchObject({ best: { step: 2, value: 0.8 }, reward: 0.2, apart: 1 });
    expect(once.stopped).toBeUndefined();
    expect(run([[[0.5, 0.6], 0.7]], once, 4)).toMatchObject({ best: { step: 2, value: 0.8 }, apart: 2, stopped: true });
  });

  it('does not where the looks are not in a row, the fall is within `drop`, or the reward fell too', () => {
    const falls = run([
      [[0.2, 0.2], 0.8],
      [[0.4, 0.4], 0.7],
      [[0.5, 0.5], 0.76],
      [[0.5, 0.5], 0.7],
    ]);
    expect(falls).toMatchObject({ apart: 1, best: { step: 2, value: 0.8 } });
    expect(falls.stopped).toBeUndefined();
    const worse = run([
      [[0.4, 0.4], 0.8],
      [[0.3, 0.3], 0.5],
      [[0.3, 0.4], 0.5],
      [[0.4, 0.4], 0.5],
    ]);
    expect(worse).toMatchObject({ apart: 0, reward: 0.4 });
  });

  it('a new best takes its reward with it; of equals the first stays', () => {
    const state = run([
      [[0.2, 0.2], 0.6],
      [[0.4, 0.6], 0.8],
      [[0.7, 0.7], 0.8],
    ]);
    expect(state).toMatchObject({ best: { step: 4, value: 0.8 }, reward: 0.5, apart: 0 });
  });

  it('the first rollout is what the model as it was given earned', () => {
    const before = afterLook(settings, unguarded, 0, 0.9);
    expect(
      run(
        [
          [[0.3, 0.5], 0.8],
          [[0.6, 0.6], 0.8],
        ],
        before,
      ),
    ).toMatchObject({ best: { step: 0 }, reward: 0.3, stopped: true });
  });

  it('compares no rewards across the step at which another begins to count', () => {
    const before = run([[[0.2, 0.2], 0.8]]);
    const after = afresh(afterStep(before, 3, 0.2));
    expect(after).toMatchObject({ sum: 0, count: 0, best: { step: 2, value: 0.8 } });
    expect(after.reward).toBeUndefined();
    // All rewards are three points higher: that is no rise.
    const next = run([[[3.2, 3.2], 0.7]], after, 2);
    expect(next).toMatchObject({ apart: 0, reward: 3.2 });
    expect(
      run(
        [
          [[3.3, 3.3], 0.7],
          [[3.4, 3.4], 0.7],
        ],
        next,
        4,
      ),
    ).toMatchObject({ stopped: true });
  });

  it('is a plain value: kept in a checkpoint and read back it goes on the same', () => {
    const half = afterStep(
      run([
        [[0.2, 0.2], 0.8],
        [[0.3, 0.3], 0.6],
      ]),
      5,
      0.4,
    );
    const kept = JSON.parse(JSON.stringify(half)) as GuardState;
    expect(afterLook(settings, kept, 6, 0.6)).toEqual(afterLook(settings, half, 6, 0.6));
    expect(guardMetrics(half, afterLook(settings, half, 6, 0.6))).toEqual({
      ...{ 'guard/measure': 0.6, 'guard/best': 0.8, 'guard/best_step': 2, 'guard/reward': 0.4 },
      ...{ 'guard/looks_apart': 2, 'guard/stopped': 1 },
    });
  });
});

describe('the measure', () => {
  const answer = (task: string, correct: number | null, help?: number | null): HeldOutAnswer => ({
    row: { id: 'r', prompt: 'p', task },
    text: '',
    tokens: 1,
    stopReason: 'stop',
    correct,
    ...(help !== undefined && { measures: { help } }),
  });
  const answers = [
    [answer('a', 1), answer('a', 0)],
    [answer('a', 1), answer('a', null)],
    [answer('b', 0, 3), answer('b', null, null)],
  ];

  it('is the mean of the problems\u2019 means, of all tasks or of one, null left out', () => {
    expect(guardedMeasure(settings, answers)).toBe(0.5);
    expect(guardedMeasure({ ...settings, task: 'a' }, answers)).toBe(0.75);
    expect(guardedMeasure({ ...settings, measure: 'help' }, answers)).toBe(3);
    expect(guardedMeasure({ ...settings, measure: 'help', task: 'a' }, answers)).toBeUndefined();
  });

  it('must be one that the task has', () => {
    const task = {
      name: 't',
      load: () => ({ train: [], heldOut: [] }),
      rewards: {},
      weights: {},
      accuracy: 'accuracy',
      measures: { help: () => [] },
    };
    expect(() => requireMeasure({ ...settings, measure: 'help' }, task, 'g')).not.toThrow();
    expect(() => requireMeasure({ ...settings, measure: 'helpful' }, task, 'stages.x.guard')).toThrow(
      'stages.x.guard.measure: the task t has no measure "helpful": it has accuracy, help',
    );
  });
});
