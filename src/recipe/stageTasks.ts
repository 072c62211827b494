// The tasks of a stage with their rows, as a run would load them; each once for all stages.

import { loadTask } from '../tasks/registry.ts';
import type { LoadedTask, Task } from '../tasks/task.ts';
import type { Recipe } from './recipe.ts';
import { dataOfTable } from './stageKinds.ts';
import { fieldOf, type WiredStage, wire } from './wiring.ts';

/**
 * Every task of the recipe, by its name or file, so that what is wrong with one, or what a stage asks of it in vain, shows before anything runs.
 * @throws InputError
 */
export async function tasksOf(recipe: Recipe): Promise<Map<string, Task>> {
  const tasks = new Map<string, Task>();
  const stages = wire(recipe);
  for (const { tasks: used } of stages) for (const task of used) if (!tasks.has(task)) tasks.set(task, await loadTask(task));
  for (const { name, kind, settings, tasks: used } of stages)
    kind.check?.(settings, { name, tasks: used.map((task) => tasks.get(task) as Task) });
  return tasks;
}

interface Named {
  task: string;
  data?: string;
  columns?: Readonly<Record<string, string>>;
}

export class StageTasks {
  private readonly known = new Map<string, Promise<LoadedTask>>();

  /** @param tasks all that the stages name, as tasksOf gives them */
  constructor(
    private readonly recipe: Recipe,
    private readonly tasks: ReadonlyMap<string, Task>,
  ) {}

  /** In the order of the settings. Rows whose data a stage before is going to make are not there. @throws InputError */
  async of(stage: WiredStage): Promise<{ task: Task; rows?: LoadedTask }[]> {
    const found: { task: Task; rows?: LoadedTask }[] = [];
    for (const named of this.namedBy(stage)) {
      const task = this.tasks.get(named.task) as Task;
      if (named.data?.startsWith('$')) found.push({ task });
      else found.push({ task, rows: await this.rowsOf(task, named) });
    }
    return found;
  }

  private rowsOf(task: Task, { task: name, data, columns }: Named): Promise<LoadedTask> {
    const key = JSON.stringify([name, data, columns]);
    const rows = this.known.get(key) ?? Promise.resolve(task.load({ data, columns, seed: this.recipe.seed }));
    this.known.set(key, rows);
    return rows;
  }

  private namedBy({ settings, tasks }: WiredStage): Named[] {
    const data = fieldOf(settings, 'data');
    const columns = 'columns' in settings ? (settings.columns as Named['columns']) : undefined;
    const parts = 'tasks' in settings ? settings.tasks : undefined;
    if (parts === undefined) return tasks.map((task) => ({ task, data, columns }));
    if (Array.isArray(parts)) return parts.map((part) => ({ task: part.task, ...dataOfTable(part, { data, columns }, this.recipe.task) }));
    return Object.values(parts).map((part) => ({
      task: part.task,
      data: part.data ?? data,
      columns: part.columns ?? (part.data === undefined ? columns : undefined),
    }));
  }
}
