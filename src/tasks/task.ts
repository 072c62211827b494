// What a task is: prompts, reference answers, and the rewards that judge responses. A user's own task is one file that
// default-exports `defineTask({...})`; the built-in ones (lab, gsm8k) are no different.

import type { PreferenceJudge } from '../rewards/preference.ts';
import type { Answers, RewardFunction, TaskRow } from '../rewards/reward.ts';
import type { Environment } from './environment.ts';

export type { Answers, RewardFunction, RewardInput, TaskRow, Turn } from '../rewards/reward.ts';
export type { Environment, Reply } from './environment.ts';

export interface TaskContext {
  /** The recipe's `data`, where it gives one. */
  data?: string;
  /** The recipe's `columns`: under which name the data has a column that the task asks for; give it to `readRows`. */
  columns?: Readonly<Record<string, string>>;
  seed: number;
}

export interface LoadedTask {
  train: TaskRow[];
  /** Never trained on. */
  heldOut: TaskRow[];
}

export interface Task {
  name: string;
  load(context: TaskContext): Promise<LoadedTask> | LoadedTask;
  rewards: Record<string, RewardFunction>;
  /** Default weights of the rewards above; a recipe may change them. */
  weights: Record<string, number>;
  /**
   * The reward whose value says whether the answer is right (1) or wrong (0): what pass@1 counts. Absent where no rule can tell: such a task is
   * learnt by reward models, and measured by its measures.
   */
  accuracy?: string;
  /** Whether a row's gold answer can be read. Rows without one are not trained on, and counted; absent: all can. */
  hasGold?(row: TaskRow): boolean;
  /** What responses answer: with it evaluations tell cons@k, the accuracy of the majority's answer. */
  answers?: Answers;
  /**
   * What evaluations report beside the accuracy (language, format, helpfulness, ...), by name; never trained on. null = does not apply to
   * that response, which then counts in none of its figures.
   */
  measures?: Record<string, RewardFunction>;
  /** Text the prompt ends with, already inside the assistant's turn (for example "<think>\n"). */
  prefill?: string;
  /** What answers the model between its turns; without one a response is a single turn. */
  environment?: Environment;
  /** The task's own judge of preference, for `kind: judge`; not what any reward model sees. */
  judge?: PreferenceJudge;
  /** Whether a response is safe (1) or not (0), for models of harmlessness; null where that does not apply. */
  harm?: (row: TaskRow, completion: string) => number | null;
  /** A right response made readable, reasoning and a summary; null where it is not right or cannot be. For `rewrite: summary`. */
  summarise?: (row: TaskRow, completion: string) => string | null;
  /** Words whose frequency shows reflection, as they appear in responses. */
  reflectionWords?: string[];
  /** Of several tasks mixed (mixed.ts): the one that a row is of; it has what is no function of a row, such as weights and prefill. */
  partOf?(row: TaskRow): Task;
}

/** The task that a row is of: one of those mixed, or the task itself. */
export function taskOf<T extends Pick<Task, 'partOf'>>(task: T, row: TaskRow): T | Task {
  return task.partOf?.(row) ?? task;
}

/** Checks a task's shape early, so that a mistake is named at its place. Returns it unchanged. */
export function defineTask(task: Task): Task {
  for (const name of Object.keys(task.weights))
    if (!(name in task.rewards))
      throw new Error(
        `task ${task.name}: weights name the reward "${name}", which is not among its rewards (${Object.keys(task.rewards).join(', ')})`,
      );
  if (task.accuracy !== undefined && !(task.accuracy in task.rewards))
    throw new Error(
      `task ${task.name}: accuracy names the reward "${task.accuracy}", which is not among its rewards (${Object.keys(task.rewards).join(', ')})`,
    );
  for (const name of Object.keys(task.measures ?? {}))
    if (name === task.accuracy || /^(pass|cons)@|\//.test(name) || figuresOfAll.includes(name))
      throw new Error(
        `task ${task.name}: a measure cannot be called "${name}", for evaluations have a figure of that name: give it another`,
      );
  return task;
}

/** What every evaluation tells of a domain in metrics.jsonl. */
const figuresOfAll = ['unjudged', 'mean_length', 'reflection_words', 'clipped_ratio'];

/** Whether `task` names a file rather than a built-in task. */
export function isTaskFile(task: string): boolean {
  return /^[./~]|[/\\]|\.[cm]?[jt]s$/.test(task);
}
