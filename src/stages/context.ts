// What every stage is given, and what it tells while it runs. The command line draws the events; a program may listen to them.

import type { Interval } from '../algorithms/intervals.ts';
import type { Engine, LossName } from '../engine/engine.ts';
import { InputError } from '../platform/errors.ts';
import type { Task } from '../tasks/task.ts';
import type { RunDirectory } from '../tracking/runDirectory.ts';
import type { ResponseStatistics } from './responseStatistics.ts';
import type { RewardModelResult } from './rewardModel.ts';
import type { ThinkingScores } from './thinkingTest.ts';

export type Metrics = Record<string, number>;

/** pass@1 and the rest on held-out problems, with 95% intervals. */
export interface Evaluation {
  problems: number;
  samples: number;
  /** How the samples were drawn; absent where nobody knows (completions from a file). */
  temperature?: number;
  topP?: number;
  maxTokens?: number;
  byDomain: Record<string, DomainScore>;
  /** Over all domains, where there are several. */
  overall?: DomainScore;
}
/** Several models on several tasks: table[model][task], both in the order of the recipe. */
export type EvaluationTable = Record<string, Record<string, Evaluation>>;

export interface DomainScore extends ResponseStatistics {
  /** Those that are judged; of a task without an accuracy all. */
  problems: number;
  /** Further problems, to no answer of which the accuracy applies (no gold that it can read): they count in no pass@k. */
  unjudged: number;
  /** Samples that have no verdict, those of such problems included. */
  unjudgedSamples?: number;
  /** By k; pass@k is absent where fewer than k samples were drawn. */
  passAtK: Record<number, Figure>;
  /** The accuracy of the majority's answer, by the number of votes; absent where the task does not tell answers, or one sample was drawn. */
  consAtK?: Record<number, Figure>;
  /** The task's measures by name; one that applies to no sample is absent. */
  measures?: Record<string, Figure>;
  meanLengthInterval?: Interval;
  truncatedShareInterval?: Interval;
}

/** With its 95% interval. */
export interface Figure extends Interval {
  value: number;
}

export type RunEvent =
  | { type: 'stageStart'; stage: string; kind: string; steps: number; doneSteps: number }
  | { type: 'stageEnd'; stage: string; checkpoint?: string }
  | { type: 'step'; stage: string; step: number; steps: number; metrics: Metrics }
  | { type: 'heldOut'; stage: string; step: number; evaluation: Evaluation }
  | { type: 'table'; stage: string; table: EvaluationTable }
  /** Of a stage that tested whether models use their thinking, by model. */
  | { type: 'thinking'; stage: string; models: Record<string, ThinkingScores> }
  | { type: 'rewardModel'; stage: string; result: RewardModelResult }
  /** One held-out problem answered by the model as it is now; `correct` is null where that is not judged. */
  | { type: 'answer'; stage: string; step: number; prompt: string; answer: string; correct: boolean | null }
  | { type: 'checkpoint'; stage: string; step: number; dir: string }
  | { type: 'note'; stage: string; message: string }
  | { type: 'warning'; stage: string; message: string };

export interface StageContext {
  /** The stage's name in the recipe. */
  name: string;
  run: RunDirectory;
  engine: Engine;
  seed: number;
  /** Evaluation sets whose questions are kept out of what is trained on. */
  decontaminate?: readonly string[];
  report(event: RunEvent): void;
  /** Aborted when the user asks to stop: the stage saves at the next step and throws Interrupted. */
  signal: AbortSignal;
}

/** A prompt that a selection has chosen. */
export interface ChosenPrompt {
  /** The share of right responses. */
  passRate: number;
  /** Of the prompt as it was tried (prompts.ts). */
  fingerprint: string;
}

/** A stage that works on a model and a task. */
export interface TaskContext extends StageContext {
  /** A directory or a .gguf file. */
  model: string;
  task: Task;
  /** The recipe's `data`, and what that calls the columns that the task asks for. */
  data?: string;
  columns?: Readonly<Record<string, string>>;
  /** The training prompts that a selection has chosen, by id; all where it is absent. */
  chosen?: Readonly<Record<string, ChosenPrompt>>;
}

/** Before anything is sampled or trained. @throws InputError where the engine has no such loss; `where` names what asks for it */
export async function requireLoss(engine: Engine, loss: LossName, where: string): Promise<void> {
  const { losses } = await engine.capabilities();
  if (!losses.includes(loss)) throw new InputError(`${where}: this engine has no loss ${loss}; it has ${losses.join(', ')}`);
}

export interface Closable {
  close(): Promise<void>;
}

/** Runs `body` and closes what it put among `opened`, however it ended. An error while closing does not hide the one that ended it. */
export async function closingAll<T>(body: (opened: Closable[]) => Promise<T>): Promise<T> {
  const opened: Closable[] = [];
  try {
    return await body(opened);
  } finally {
    await Promise.allSettled(opened.map((client) => client.close()));
  }
}

/** The user stopped the run; everything is saved, and the same command goes on. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  constructor(
    readonly stage: string,
    readonly step: number,
  ) {
    super(`stopped after step ${step} of stage ${stage}; everything is saved`);
  }
}

/** The work cannot go on (a batch whose loss is not finite, a reward that throws); what could be saved is saved. Exit status 1. */
export class StageError extends Error {
  override name = 'StageError';
}
