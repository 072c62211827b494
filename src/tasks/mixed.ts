// Several tasks in one: a run that trains on mathematics and on general prompts at once. Every row is judged by its own task's rules; which
// row comes when is the order's matter (stages/promptOrder.ts).
import { InputError } from '../platform/errors.ts';
import type { RewardFunction, RewardInput } from '../rewards/reward.ts';
import type { LoadedTask, Task, TaskContext, TaskRow } from './task.ts';

/** One of the tasks that are mixed. */
export interface TaskPart extends Pick<TaskContext, 'data' | 'columns'> {
  name: string;
  task: Task;
  /** Its share of the prompts, relative to the others'. */
  weight: number;
  /** Steps before which it has no prompts. */
  from: number;
}

export interface MixedTask extends Task {
  parts: readonly TaskPart[];
  partOf(row: TaskRow): Task;
}

export function isMixed(task: Task): task is MixedTask {
  return 'parts' in task;
}

/**
 * Rows keep what they are, but for `id` (`part/id`), `task` (the part's name) and `domain` (the part's name where there is none; `part/domain`
 * where two parts have it). A part's rewards, answers and golds see its rows as it made them. Rewards of one name are one reward, which
 * each part judges by its own rule and which is null on rows of parts that have none; so is `accuracy`, whatever a part calls its own.
 * @throws InputError where a part has another reward called accuracy
 */
export function mixTasks(parts: readonly TaskPart[]): MixedTask {
  for (const { name, task } of parts)
    if (task.accuracy !== undefined && task.accuracy !== 'accuracy' && Object.hasOwn(task.rewards, 'accuracy'))
      throw new InputError(
        `tasks.${name}: the accuracy of ${task.name} is its reward "${task.accuracy}", and it has another reward called "accuracy": mixed with others the two could not be told apart. Rename the latter`,
      );
  const views = new Map(parts.map(({ name, task }) => [name, viewOf(task)]));
  const partOf = (row: TaskRow): Task => {
    const part = views.get(String(row.task));
    if (part === undefined) throw new Error(`the row ${row.id} is of none of the tasks ${[...views.keys()].join(', ')}`);
    return part;
  };
  const tasks = [...views.values()];
  const answering = tasks.some(({ answers }) => answers !== undefined);
  return {
    name: parts.map(({ name }) => name).join(' + '),
    parts,
    partOf,
    load: async (context) => {
      const loaded: LoadedTask[] = [];
      for (const { task, data, columns } of parts)
        loaded.push(await task.load({ ...context, data: data ?? context.data, columns: columns ?? (data ? undefined : context.columns) }));
      const domainOf = domainNames(parts, loaded);
      const mixed = (which: 'train' | 'heldOut'): TaskRow[] =>
        loaded.flatMap((rows, p) =>
          rows[which].map((row) => {
            const mixedRow = { ...row, id: `${parts[p].name}/${row.id}`, task: parts[p].name, domain: domainOf(p, row) };
            ownRows.set(mixedRow, row);
            return mixedRow;
          }),
        );
      return { train: mixed('train'), heldOut: mixed('heldOut') };
    },
    rewards: byPart(tasks, partOf, ({ rewards }) => rewards),
    // What a reward weighs where it weighs most: for those who only ask which rewards there are.
    weights: largest(tasks.map(({ weights }) => weights)),
    ...(tasks.some(({ accuracy }) => accuracy !== undefined) && { accuracy: 'accuracy' }),
    measures: byPart(tasks, partOf, ({ measures = {} }) => measures),
    hasGold: (row) => partOf(row).hasGold?.(row) ?? true,
    harm: (row, completion) => partOf(row).harm?.(row, completion) ?? null,
    summarise: (row, completion) => partOf(row).summarise?.(row, completion) ?? null,
    ...(answering && {
      answers: {
        of: (completion, row) => partOf(row).answers?.of(completion, row) ?? null,
        same: (a, b, row) => partOf(row).answers?.same?.(a, b, row) ?? a === b,
      },
    }),
  };
}

/** Each row that was loaded, as its part made it. By the rows themselves: of ids a task may have the same twice, one to train on and one held out. */
const ownRows = new WeakMap<TaskRow, TaskRow>();

function own(row: TaskRow): TaskRow {
  const made = ownRows.get(row);
  if (made === undefined) throw new Error(`the row ${row.id} is none that was loaded`);
  return made;
}

/** A part as it stands among others: given the mixed rows, its functions see its own; its accuracy is called accuracy. */
function viewOf(task: Task): Task {
  // One object for one input: rewards that ask another for its scores know it by that.
  const inputs = new WeakMap<RewardInput, RewardInput>();
  const seeing =
    (reward: RewardFunction): RewardFunction =>
    (input) => {
      const seen = inputs.get(input) ?? { ...input, rows: input.rows.map(own) };
      inputs.set(input, seen);
      return reward(seen);
    };
  const all = (rewards: Record<string, RewardFunction>) =>
    Object.fromEntries(Object.entries(rewards).map(([name, reward]) => [accuracyName(task, name), seeing(reward)]));
  const { answers, environment, summarise } = task;
  return {
    ...task,
    rewards: all(task.rewards),
    weights: Object.fromEntries(Object.entries(task.weights).map(([name, weight]) => [accuracyName(task, name), weight])),
    accuracy: task.accuracy && 'accuracy',
    measures: task.measures && Object.fromEntries(Object.entries(task.measures).map(([name, measure]) => [name, seeing(measure)])),
    hasGold: (row) => task.hasGold?.(own(row)) ?? true,
    harm: (row, completion) => task.harm?.(own(row), completion) ?? null,
    // A part that has none is summarised by the general rule.
    summarise: summarise && ((row, completion) => summarise(own(row), completion)),
    answers: answers && {
      of: (completion, row) => answers.of(completion, own(row)),
      same: (a, b, row) => answers.same?.(a, b, own(row)) ?? a === b,
    },
    environment: environment && { ...environment, reply: ({ row, turns }) => environment.reply({ row: own(row), turns }) },
  };
}

function accuracyName({ accuracy }: Task, name: string): string {
  return name === accuracy ? 'accuracy' : name;
}

/** Rewards by name over all parts; of a batch each part judges its own rows. */
function byPart(
  tasks: readonly Task[],
  partOf: (row: TaskRow) => Task,
  of: (task: Task) => Record<string, RewardFunction>,
): Record<string, RewardFunction> {
  const names = new Set(tasks.flatMap((task) => Object.keys(of(task))));
  return Object.fromEntries([...names].map((name) => [name, judgingOwn(partOf, (task) => of(task)[name])]));
}

function judgingOwn(partOf: (row: TaskRow) => Task, of: (task: Task) => RewardFunction | undefined): RewardFunction {
  return async (input) => {
    const owners = input.rows.map(partOf);
    const scores: (number | null)[] = input.rows.map(() => null);
    for (const task of new Set(owners)) {
      const reward = of(task);
      if (reward === undefined) continue;
      const at = owners.flatMap((owner, i) => (owner === task ? [i] : []));
      // As it is, for whoever checks what rewards return; of a mixed batch that is asked again, one by one.
      if (at.length === input.rows.length) return reward(input);
      const returned = await reward(only(input, at));
      if (!Array.isArray(returned) || returned.length !== at.length)
        throw new Error(`it did not return one score a completion of ${task.name}`);
      for (const [j, i] of at.entries()) scores[i] = returned[j];
    }
    return scores;
  };
}

function only({ prompts, completions, rows, turns }: RewardInput, at: readonly number[]): RewardInput {
  const some = <T>(all: readonly T[]): T[] => at.map((i) => all[i]);
  return { prompts: some(prompts), completions: some(completions), rows: some(rows), turns: turns && some(turns) };
}

function largest(all: readonly Record<string, number>[]): Record<string, number> {
  const weights: Record<string, number> = {};
  for (const [name, weight] of all.flatMap(Object.entries) as [string, number][])
    if (!Object.hasOwn(weights, name) || Math.abs(weight) > Math.abs(weights[name])) weights[name] = weight;
  return weights;
}

/** A domain's name in reports: its own, with its part's in front where another part has one of that name. */
function domainNames(parts: readonly TaskPart[], loaded: readonly LoadedTask[]): (part: number, row: TaskRow) => string {
  const named = (part: number, { domain }: TaskRow): string => domain ?? parts[part].name;
  const owners = new Map<string, Set<number>>();
  for (const [p, { train, heldOut }] of loaded.entries())
    for (const row of [...train, ...heldOut]) owners.set(named(p, row), (owners.get(named(p, row)) ?? new Set()).add(p));
  return (part, row) => {
    const name = named(part, row);
    return (owners.get(name)?.size ?? 0) > 1 ? `${parts[part].name}/${name}` : name;
  };
}
