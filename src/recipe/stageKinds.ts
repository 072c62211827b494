// Every kind of stage: what it makes, which of its settings may name what another stage made, what it needs of the recipe, and how it is
// run. A new kind is its schema in stages/settings.ts and one entry here; the recipe's checks, a run and the plan go by these.

import type { StageContext, TaskContext } from '../stages/context.ts';
import { requireCuratable } from '../stages/curation/sampled.ts';
import { distill } from '../stages/distill.ts';
import { dpo } from '../stages/dpo.ts';
import { evaluate, evaluateTable, retellTable } from '../stages/evaluate.ts';
import { judge } from '../stages/judge.ts';
import { onPolicyDistill } from '../stages/onPolicyDistill.ts';
import { judgesOf } from '../stages/preference/judges.ts';
import { pretrain } from '../stages/pretrain.ts';
import { rejection } from '../stages/rejection.ts';
import { type RewardModelResult, rewardModel } from '../stages/rewardModel.ts';
import { requireRewards, rl } from '../stages/rl.ts';
import { reportLooks } from '../stages/rlState.ts';
import { requireRates, type Selection, select } from '../stages/select.ts';
import type { MixedTasks } from '../stages/settings/tasks.ts';
import type { SettingsOf, StageKind, StageSettings } from '../stages/settings.ts';
import { sft } from '../stages/sft.ts';
import { requireThoughts, type ThinkingScores, thinkingTest } from '../stages/thinkingTest.ts';
import { mixTasks } from '../tasks/mixed.ts';
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
  /** The recipe's own. */
  recipeTask?: string;
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
  /** Whether its tasks have what its settings ask them for, which is told before anything runs. @throws InputError */
  check?(settings: S, given: Pick<Given, 'tasks'> & { name: string }): void;
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
    run: (settings, given) => sft(settings, onData(given)),
  },
  select: {
    makes: 'prompts',
    refersTo: { model: 'model', data: 'data' },
    needs: () => ['model', 'task'],
    check: (_, { tasks, name }) => requireRates(there(tasks[0]), name),
    decontaminated: true,
    run: (settings, given) => select(settings, onTask(given)),
  },
  rejection: {
    makes: 'data',
    refersTo: {
      ...{ model: 'model', data: 'data', 'tasks.*.data': 'data', candidates: 'data', 'plus.*.data': 'data' },
      'judge.rewardModel': 'rewardModel',
    },
    needs: ({ candidates }) => (candidates === undefined ? ['model', 'task'] : ['model']),
    tasks: ({ tasks = {} }) => Object.values(tasks).map(({ task }) => task),
    check: (settings, given) => {
      if (settings.candidates === undefined) requireCuratable(mixed(settings.tasks, given), settings, given.name);
    },
    decontaminated: true,
    run: (settings, given) =>
      settings.candidates === undefined
        ? rejection(settings, { ...onTask(given), task: mixed(settings.tasks, given) })
        : rejection(settings, { ...given.context, model: there(given.model), columns: given.columns }),
  },
  rl: {
    makes: 'model',
    refersTo: { model: 'model', data: 'data', prompts: 'prompts', 'tasks.*.data': 'data', 'rewards.*.model': 'rewardModel' },
    needs: () => ['model', 'task'],
    tasks: ({ tasks = {} }) => Object.values(tasks).map(({ task }) => task),
    check: (settings, given) => requireRewards(settings, mixed(settings.tasks, given), given.name),
    decontaminated: true,
    run: (settings, given) =>
      rl(settings, { ...onTask(given), task: mixed(settings.tasks, given), chosen: chosenBy(settings.prompts, given) }),
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
    check: (_, { tasks, name }) => requireThoughts(there(tasks[0]), name),
    decontaminated: false,
    run: (settings, given) => thinkingTest(settings, { ...onTask({ ...given, model: '' }), models: settings.models }),
    retell: (stage, result, report) => report({ type: 'thinking', stage, models: result as Record<string, ThinkingScores> }),
  },
  evaluate: {
    makes: 'nothing',
    refersTo: { model: 'model', 'models.*': 'model', data: 'data', 'tasks.*.data': 'data' },
    needs: ({ models }) => (models === undefined ? ['model', 'task'] : ['task']),
    tasks: ({ tasks = [] }) => tasks.map(({ task }) => task),
    decontaminated: false,
    run: (settings, given) => {
      const { context, tasks, data, columns, recipeTask } = given;
      if (settings.models === undefined) return evaluate(settings, onTask(given));
      const all = tasks.map((task, i) => {
        const named = settings.tasks?.[i];
        return { task, ...(named === undefined ? { data, columns } : dataOfTable(named, { data, columns }, recipeTask)) };
      });
      return evaluateTable(settings, { ...context, models: settings.models, tasks: all });
    },
    retell: retellTable,
  },
  judge: {
    makes: 'data',
    refersTo: { model: 'model', data: 'data' },
    needs: () => ['model', 'task'],
    check: (settings, { tasks, name }) => void judgesOf(settings, name, there(tasks[0]), new AbortController().signal),
    decontaminated: true,
    run: (settings, given) => judge(settings, onTask(given)),
  },
  reward_model: {
    makes: 'rewardModel',
    refersTo: { model: 'model', data: 'data' },
    needs: () => ['model', 'data'],
    decontaminated: true,
    run: (settings, given) => rewardModel(settings, onData(given)),
    retell: (stage, result, report) => report({ type: 'rewardModel', stage, result: result as RewardModelResult }),
  },
  dpo: {
    makes: 'model',
    refersTo: { model: 'model', data: 'data' },
    needs: () => ['model', 'data'],
    decontaminated: true,
    run: (settings, given) => dpo(settings, onData(given)),
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

/** The tasks of `tasks` in one; without those the stage's only one. */
function mixed(shares: MixedTasks | undefined, { tasks }: Pick<Given, 'tasks'>): Task {
  if (shares === undefined) return there(tasks[0]);
  return mixTasks(Object.entries(shares).map(([name, share], i) => ({ ...share, name, task: there(tasks[i]) })));
}

/** The data of one of a table's tasks: those of the stage are of the recipe's task; another one has its own. */
export function dataOfTable(
  { task, data, columns }: { task: string } & Pick<Given, 'data' | 'columns'>,
  ofStage: Pick<Given, 'data' | 'columns'>,
  recipeTask: string | undefined,
): Pick<Given, 'data' | 'columns'> {
  if (data !== undefined) return { data, columns };
  return task === recipeTask ? { data: ofStage.data, columns: columns ?? ofStage.columns } : { columns };
}

function onData({ context, model, data }: Given): StageContext & { model: string; data: string } {
  return { ...context, model: there(model), data: there(data) };
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
