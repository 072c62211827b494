// What is known of a run at a moment, made from the events that it has told so far. A pure fold: everything that is drawn, live or
// as plain lines or at the end, is a function of this.

import type { Evaluation, EvaluationTable, RunEvent } from '../../stages/context.ts';
import type { RewardModelResult } from '../../stages/rewardModel.ts';
import type { ThinkingScores } from '../../stages/thinkingTest.ts';

export interface HeldOut {
  stage: string;
  step: number;
  evaluation: Evaluation;
}

export type Answer = Extract<RunEvent, { type: 'answer' }>;

export interface StageState {
  name: string;
  kind: string;
  /** 0 where it is not counted in steps. */
  steps: number;
  /** Steps that an earlier start of the run had done. */
  doneSteps: number;
  /** The last step that is done. */
  step: number;
  /** Of each metric, and of `heldOut/<domain>`, every value so far. */
  series: Readonly<Record<string, readonly number[]>>;
  startedAt: number;
  /** When the last step ended; the stage's start before. */
  lastStepAt: number;
  /** When the newest steps ended, for the time left: [step, milliseconds]. */
  pace: readonly (readonly [number, number])[];
}

export interface RunState {
  stage?: StageState;
  heldOut: readonly HeldOut[];
  /** Of stages that measured several models. */
  tables: Readonly<Record<string, EvaluationTable>>;
  /** Of stages that tested whether models use their thinking: by stage, then by model. */
  thinking: Readonly<Record<string, Readonly<Record<string, ThinkingScores>>>>;
  /** By stage. */
  rewardModels: Readonly<Record<string, RewardModelResult>>;
  /** Of each stage, the first and the newest answer to its problem. */
  answers: Readonly<Record<string, { first: Answer; last: Answer }>>;
}

export const noEvents: RunState = { heldOut: [], tables: {}, thinking: {}, rewardModels: {}, answers: {} };

/** Steps that the pace is measured over. */
const paceWindow = 20;

/** The state after `event`, which came `at` milliseconds (of any clock that never goes back). */
export function afterEvent(state: RunState, event: RunEvent, at: number): RunState {
  switch (event.type) {
    case 'stageStart': {
      const { stage: name, kind, steps, doneSteps } = event;
      return {
        ...state,
        stage: { name, kind, steps, doneSteps, step: doneSteps, series: {}, startedAt: at, lastStepAt: at, pace: [[doneSteps, at]] },
      };
    }
    case 'step': {
      if (!state.stage) return state;
      const { step, steps, metrics } = event;
      // What comes before the first step is no part of the steps' pace.
      const pace: StageState['pace'] =
        step === state.stage.doneSteps ? [[step, at]] : [...state.stage.pace, [step, at] as const].slice(-paceWindow - 1);
      return { ...state, stage: { ...withValues(state.stage, metrics), step, steps, lastStepAt: at, pace } };
    }
    case 'heldOut': {
      const { stage, step, evaluation } = event;
      const heldOut = [...state.heldOut, { stage, step, evaluation }];
      const now = state.stage;
      // A resumed stage tells its first look again, which the history holds.
      if (!now || step < now.doneSteps) return { ...state, heldOut };
      const values: Record<string, number> = {};
      for (const [domain, score] of Object.entries(evaluation.byDomain)) {
        const passAt1 = score.passAtK[1];
        if (passAt1) values[`heldOut/${domain}`] = passAt1.value;
      }
      // A look before the first step is no part of the steps' pace.
      const pace: StageState['pace'] = now.step === now.doneSteps ? [[now.step, at]] : now.pace;
      return { ...state, heldOut, stage: { ...withValues(now, values), pace, lastStepAt: pace === now.pace ? now.lastStepAt : at } };
    }
    case 'answer': {
      const first = state.answers[event.stage]?.first ?? event;
      return { ...state, answers: { ...state.answers, [event.stage]: { first, last: event } } };
    }
    case 'table':
      return { ...state, tables: { ...state.tables, [event.stage]: event.table } };
    case 'thinking':
      return { ...state, thinking: { ...state.thinking, [event.stage]: event.models } };
    case 'rewardModel':
      return { ...state, rewardModels: { ...state.rewardModels, [event.stage]: event.result } };
    case 'stageEnd':
    case 'checkpoint':
    case 'warning':
    case 'note':
      return state;
  }
}

/** The curves of what an earlier start of the stage had done, from the rows of its metrics.jsonl; right after its start. */
export function withHistory(state: RunState, rows: readonly Readonly<Record<string, unknown>>[]): RunState {
  if (!state.stage) return state;
  const series: Record<string, number[]> = {};
  for (const row of rows)
    for (const [name, value] of Object.entries(row)) {
      if (typeof value !== 'number') continue;
      const domain = /^eval\/(.+)\/pass@1$/.exec(name)?.[1];
      const key = domain === undefined ? name : `heldOut/${domain}`;
      series[key] ??= [];
      series[key].push(value);
    }
  return { ...state, stage: { ...state.stage, series } };
}

function withValues(stage: StageState, values: Readonly<Record<string, number>>): StageState {
  const series = { ...stage.series };
  for (const [name, value] of Object.entries(values)) series[name] = [...(series[name] ?? []), value];
  return { ...stage, series };
}

/** The domains that the stage's held-out problems come from. */
export function domainsOf(stage: StageState): string[] {
  return Object.keys(stage.series).flatMap((name) => (name.startsWith('heldOut/') ? [name.slice('heldOut/'.length)] : []));
}

/** Seconds to the end of the stage at the pace of its newest steps; undefined before the first. */
export function secondsLeft(stage: StageState, at: number): number | undefined {
  const [first] = stage.pace;
  const last = stage.pace[stage.pace.length - 1];
  const steps = last[0] - first[0];
  if (steps < 1 || stage.steps <= stage.step) return undefined;
  const perStep = (last[1] - first[1]) / steps;
  return Math.max(0, (perStep * (stage.steps - stage.step) - (at - last[1])) / 1000);
}
