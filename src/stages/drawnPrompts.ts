// The training prompts of a stage that takes some of them and samples each once: drawn by the seed, in the order of one shuffled pass.

import { shuffledPasses } from '../datasets/order.ts';
import type { TaskContext } from './context.ts';
import { encodePrompts, type ModelText, type Prompt, type Room } from './prompts.ts';
import { loadTaskRows } from './taskRows.ts';

/** @throws InputError where there are none, or some are too long and that is refused */
export async function drawnPrompts(settings: Room & { prompts?: number }, context: TaskContext, text: ModelText): Promise<Prompt[]> {
  const { name, task, seed, report } = context;
  const { train } = await loadTaskRows(context);
  const all = encodePrompts(text, task, train, settings, (message) => report({ type: 'warning', stage: name, message }));
  const rowAt = shuffledPasses(all.length, seed, name);
  return Array.from({ length: Math.min(settings.prompts ?? all.length, all.length) }, (_, i) => all[rowAt(i)]);
}
