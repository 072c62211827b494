// Every kind of stage: what it makes, which of its settings may name what another stage made, what it needs of the recipe, and how it is
// run. A new kind is its schema in stages/settings.ts and one entry here; the recipe's checks, a run and the plan go by these.

import type { Evaluation, StageContext, TaskContext } from '../stages/context.ts';
import { distill } from '../stages/distill.ts';
import { evaluate } from '../stages/evaluate.ts';
import { onPolicyDistill } from '../stages/onPolicyDistill.ts';
import { pretrain } from '../stages/pretrain.ts';
import { reportLooks, rl } from '../stages/rl.ts';
import { type Selection, select } from '../stages/select.ts';
import type { SettingsOf, StageKind, StageSettings } from '../stages/settings.ts';
import { sft } from '../stages/sft.ts';
import { thinkingTest } from '../stages/thinkingTest.ts';
import type { Task } from '../tasks/task.ts';

/** What a setting may ask for. */
export type Sort = 'model' | 'data' | 'prompts' | 'rewardModel';

/** `models`: several, each by its name, `$stage.name`. */
export type Makes = Sort | 'models' | 'nothing';

/** What a stage does not work without: its own setting of that name, or the recipe's. */
export type Need = 'model' | 'task' | 'data';

/** What a stage is given when it runs. What it refers to has been made, and stands in its settings as paths. */
export interface Given {
  context: StageContext;
  /** Of a stage that needs one: a directory or a .gguf file. */
  model?: string;
  /** Of a stage that needs one: its task, or those of `tasks` in their order. */
  tasks: readonly Task[];
  data?: string;
  columns?: Readonly<Record<string, string>>;
  /** The results of the stages before, by name: what finished.json of the run has. */
  results: Readonly<Record<string, unknown>>;
}

export interface Kind<S> {
  makes: Makes;
  /** Of a stage that makes several models: their names. */
  parts?(settings: S): string[];
  /** Settings that may hold `$stage`, and what that must have made; `*` stands for every key. Other texts there name models and data of the user's. */
  refersTo: Readonly<Record<string, Sort>>;
  needs(settings: S): readonly Need[];
  /** Tasks that take the place of `task`, where there are several. */
  tasks?(settings: S): readonly string[];
  /** The recipe's `decontaminate` is kept out of what it makes or trains on. */
  decontaminated: boolean;
  /** Runs it to its end, from where it was stopped; it keeps its result by `run.finish`. */
  run(settings: S, given: Given): Promise<unknown>;
  /** Tells again what a stage that is done had measured. */
  retell?(name: string, result: unknown, report: StageContext['report']): void;
}

const kinds: { [K in StageKind]: Kind<SettingsOf<K>> } = {
  pretrain: {
    makes: 'model',
    refersTo: {},
    needs: () => [],
    decontaminated: false,
    run: (settings, { context }) => pretrain(settings, context),
  },
  sft: {
    makes: 'model',
    refersTo: { model: 'model', data: 'data' },
    needs: () => ['model', 'data'],
    decontaminated: true,
    run: (settings, given) => sft(settings, { ...given.context, model: there(given.model), data: there(given.data) }),
  },
  select: {
    makes: 'prompts',
    refersTo: { model: 'model', data: 'data' },
    needs: () => ['model', 'task'],
    decontaminated: true,
    run: (settings, given) => select(settings, onTask(given)),
  },
  rl: {
    makes: 'model',
    refersTo: { model: 'model', data: 'data', prompts: 'prompts' },
    needs: () => ['model', 'task'],
    decontaminated: true,
    run: (settings, given) => rl(settings, { ...onTask(given), chosen: chosenBy(settings.prompts, given) }),
    retell: reportLooks,
  },
  distill: {
    makes: 'models',
    parts: ({ students }) => Object.keys(students),
    refersTo: { 'students.*': 'model', teacher: 'model', data: 'data' },
    needs: () => ['data'],
    decontaminated: true,
    run: (settings, given) =>
      distill(settings, { ...given.context, data: there(given.data), students: settings.students, teacher: settings.teacher }),
  },
  on_policy_distill: {
    makes: 'model',
    refersTo: { model: 'model', teacher: 'model', data: 'data' },
    needs: () => ['model', 'task'],
    decontaminated: true,
    run: (settings, given) => onPolicyDistill(settings, { ...onTask(given), teacher: settings.teacher }),
  },
  thinking_test: {
    makes: 'nothing',
    refersTo: { 'models.*': 'model', data: 'data' },
    needs: () => ['task'],
    decontaminated: false,
    run: (settings, given) => thinkingTest(settings, { ...onTask({ ...given, model: '' }), models: settings.models }),
  },
  evaluate: {
    makes: 'nothing',
    refersTo: { model: 'model', data: 'data' },
    needs: () => ['model', 'task'],
    decontaminated: false,
    run: (settings, given): Promise<Evaluation> => evaluate(settings, onTask(given)),
  },
};

/** The kind of a stage of these settings. */
export function kindOf(settings: StageSettings): Kind<StageSettings> {
  // An entry takes the settings of its own kind, which these are.
  return kinds[settings.kind] as Kind<StageSettings>;
}

function onTask({ context, model, tasks, data, columns }: Given): TaskContext {
  return { ...context, model: there(model), task: there(tasks[0]), data, columns };
}

/** @param prompts `$stage` */
function chosenBy(prompts: string | undefined, { results }: Given): Selection['chosen'] | undefined {
  return prompts === undefined ? undefined : (results[prompts.slice(1)] as Selection).chosen;
}

/** What `needs` asks for was checked with the recipe. */
function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a stage runs without what it needs');
  return value;
}
