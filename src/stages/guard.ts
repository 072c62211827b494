// The guard against reward hacking (DeepSeek-R1: trained for long against a helpfulness reward model, its reward rose while coding skill
// fell). A held-out measure is followed beside the reward; where the two part, the stage ends and hands on what was best.

import { mean } from '../algorithms/summary.ts';
import { InputError } from '../platform/errors.ts';
import { isMixed } from '../tasks/mixed.ts';
import type { Task } from '../tasks/task.ts';
import type { Metrics } from './context.ts';
import type { HeldOutAnswer } from './heldOut.ts';
import type { GuardSettings } from './settings/guard.ts';

/** What the guard knows; a checkpoint keeps it. */
export interface GuardState {
  /** Of the training rewards since the last look. */
  sum: number;
  count: number;
  /** The look at which the measure was best, the first of equals. */
  best?: { step: number; value: number };
  /** At the newest look. */
  value?: number;
  /** The mean reward of the steps before the best look; absent until it is known. */
  reward?: number;
  /** Looks in a row at which the reward was higher and the measure lower than then. */
  apart: number;
  /** The stage has ended for it. */
  stopped?: boolean;
}

export const unguarded: GuardState = { sum: 0, count: 0, apart: 0 };

/** @throws InputError where the task has no such measure */
export function requireMeasure({ measure, task: part }: GuardSettings, task: Task, where: string): void {
  const watched = (isMixed(task) && task.parts.find(({ name }) => name === part)?.task) || task;
  const known = [...(watched.accuracy === undefined ? [] : ['accuracy']), ...Object.keys(watched.measures ?? {})];
  if (known.includes(measure)) return;
  throw new InputError(
    `${where}.measure: the task ${watched.name} has no measure "${measure}": ${known.length === 0 ? 'it has none at all' : `it has ${known.join(', ')}`}`,
  );
}

/** The measure over held-out problems: the mean of the problems' means; undefined where it applies to none. */
export function guardedMeasure({ measure, task }: GuardSettings, answers: readonly (readonly HeldOutAnswer[])[]): number | undefined {
  const watched = task === undefined ? answers : answers.filter(([{ row }]) => row.task === task);
  return mean(
    watched.map((samples) => mean(samples.map(({ correct, measures }) => (measure === 'accuracy' ? correct : measures?.[measure])))),
  );
}

/** After step number `step`, counted from 1. @param reward the mean of its responses; absent where none has one */
export function afterStep(state: GuardState, step: number, reward: number | undefined): GuardState {
  if (reward === undefined) return state;
  // The first step's responses are those of the model as it was given: the reward that goes with a look before it.
  const first = step === 1 && state.best !== undefined ? { reward } : {};
  return { ...state, ...first, sum: state.sum + reward, count: state.count + 1 };
}

/** Where another reward or task begins to count, rewards before and after cannot be compared: the next look has the one to compare with. */
export function afresh({ sum, count, reward, ...state }: GuardState): GuardState {
  return { ...state, sum: 0, count: 0 };
}

/** After a look at held-out problems. */
export function afterLook({ drop, looks }: GuardSettings, state: GuardState, step: number, value: number): GuardState {
  const since = state.count === 0 ? undefined : state.sum / state.count;
  const next: GuardState = { ...state, value, sum: 0, count: 0 };
  if (state.best === undefined || value > state.best.value) return { ...next, best: { step, value }, reward: since, apart: 0 };
  const reward = state.reward ?? since;
  const risen = since !== undefined && reward !== undefined && since > reward;
  const apart = risen && value < state.best.value - drop ? state.apart + 1 : 0;
  return { ...next, reward, apart, ...(apart >= looks && { stopped: true }) };
}

/** As the row of a look's metrics has it. @param before the state that the look was added to */
export function guardMetrics(before: GuardState, { best, value, apart, stopped }: GuardState): Metrics {
  return {
    ...(value !== undefined && { 'guard/measure': value }),
    ...(best && { 'guard/best': best.value, 'guard/best_step': best.step }),
    ...(before.count > 0 && { 'guard/reward': before.sum / before.count }),
    'guard/looks_apart': apart,
    'guard/stopped': stopped ? 1 : 0,
  };
}

/** Why the stage has ended, for the user. */
export function guardMessage({ measure, drop }: GuardSettings, { best, value, apart }: GuardState, step: number): string {
  const looks = apart === 1 ? 'at one look' : `at ${apart} looks in a row`;
  return `stopped after step ${step} against reward hacking: ${looks} the reward was higher and ${measure} on held-out problems more than ${drop} lower than after step ${best?.step} (now ${value?.toFixed(3)}, then ${best?.value.toFixed(3)}). What this stage hands on is its checkpoint of step ${best?.step}`;
}
