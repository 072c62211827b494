// What the announcement of a run needs to know beside its recipe: the task's rewards, the model's size, the machine's cores.

import { openModel } from '../../formats/modelSource.ts';
import { parameterCount } from '../../models/llama.ts';
import { cpus } from '../../platform/memory.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { wire } from '../../recipe/wiring.ts';
import { loadTask } from '../../tasks/registry.ts';
import { resolveModel } from '../../tracking/resolveModel.ts';
import { shownPath } from '../paths.ts';
import type { PlanFacts } from './announcement.ts';

/** @throws InputError where the task or the model cannot be used */
export async function planFacts(recipe: Recipe, out: string): Promise<PlanFacts> {
  const [first] = wire(recipe);
  const task = first.tasks.length === 1 ? await loadTask(first.tasks[0]) : undefined;
  const parameters = recipe.model === undefined ? undefined : await parametersOf(recipe.model);
  return { out: shownPath(out), cores: Math.min(8, cpus()), task, parameters, show: shownPath };
}

async function parametersOf(model: string): Promise<number> {
  const source = await openModel(await resolveModel(model));
  await source.close();
  return parameterCount(source.config);
}
