// What an RL stage remembers from step to step, and what it leaves.

import type { Evaluation, TaskContext } from './context.ts';
import type { GuardState } from './guard.ts';
import type { Phase } from './promptOrder.ts';

/** What a checkpoint remembers beside the weights; everything random follows from the seed and the step. */
export interface RlState {
  /** Prompts used so far. */
  cursor: number;
  /** Where tasks that are mixed began. Absent from checkpoints of before, which know one task. */
  phases?: readonly Phase[];
  /** Tokens so far, of prompts and responses. */
  tokens: number;
  /** The looks at held-out problems before the first step and after the last. */
  before?: Evaluation;
  after?: Evaluation;
  /** The reference was replaced, and lies in the checkpoint. */
  referenceSaved: boolean;
  /** What was trained on: other prompts than a checkpoint's are refused. Absent from checkpoints of before. */
  prompts?: string;
  /** Where the stage has a guard. */
  guard?: GuardState;
}

/** What a finished stage leaves. */
export interface RlResult extends Pick<RlState, 'before' | 'after' | 'tokens'> {
  /** Of what it hands on. */
  steps: number;
  /** Why the guard ended it, where it did. */
  stopped?: string;
}

/** Tells again what was measured before the first step and after the last, of a run that goes on or is done. */
export function reportLooks(stage: string, result: unknown, report: TaskContext['report']): void {
  const { before, after, steps, stopped } = result as Partial<RlResult>;
  if (stopped !== undefined) report({ type: 'warning', stage, message: stopped });
  if (before) report({ type: 'heldOut', stage, step: 0, evaluation: before });
  if (after && steps !== undefined) report({ type: 'heldOut', stage, step: steps, evaluation: after });
}
