// What both trainers take: the lab's recipe with the few settings that both have, the prompts in the order of its seed, the held-out
// problems, the reward weights. One place, so that ours and the peer's cannot drift apart.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deriveSeed } from '../../src/algorithms/random.ts';
import { loadRecipe, type Recipe } from '../../src/recipe/recipe.ts';
import { withRewards } from '../../src/rewards/common.ts';
import { heldOutRows } from '../../src/stages/heldOut.ts';
import { promptOrder } from '../../src/stages/promptOrder.ts';
import { encodePrompts, openModelText, type Prompt } from '../../src/stages/prompts.ts';
import type { RlSettings } from '../../src/stages/settings.ts';
import { loadTask } from '../../src/tasks/registry.ts';
import type { Task } from '../../src/tasks/task.ts';
import { resolveModel } from '../../src/tracking/resolveModel.ts';

const stage = 'zero';

/** The recipe's schedules differ from any that TRL has by a step: limit and learning rate are constant here. */
const overrides = [
  `stages.${stage}.steps=100`,
  `stages.${stage}.maxTokens=300`,
  `stages.${stage}.learningRate=3e-4`,
  `stages.${stage}.evalEvery=10`,
  `stages.${stage}.evalProblems=64`,
  `stages.${stage}.evalSamples=8`,
  `stages.${stage}.beforeAfterSamples=8`,
  // A checkpoint is no part of what is compared.
  `stages.${stage}.saveEvery=1000`,
];

export interface Setup {
  recipe: Recipe;
  settings: RlSettings;
  task: Task;
  weights: Record<string, number>;
  /** Prompt number `cursor` of the run. */
  promptAt: (cursor: number) => Prompt;
  heldOut: Prompt[];
  stopIds: readonly number[];
}

/** @param further overrides, of both sides */
export async function learningSetup(seed: number, further: readonly string[] = []): Promise<Setup> {
  const recipe = await loadRecipe('recipes/lab-r1-zero.yaml', [...overrides, `seed=${seed}`, ...further]);
  const settings = recipe.stages[stage] as RlSettings;
  const task = withRewards(await loadTask(recipe.task as string), settings.rewards, 'rewards');
  const text = await openModelText(await resolveModel(recipe.model as string));
  const { train, heldOut } = await task.load({ seed });
  const room = { maxTokens: settings.maxTokens as number, longPrompts: settings.longPrompts };
  const encode = (rows: typeof train) => encodePrompts(text, task, rows, room, console.error);
  return {
    recipe,
    settings,
    task,
    weights: task.weights,
    promptAt: promptOrder([{ name: 'prompts', weight: 1, from: 0, prompts: encode(train) }], deriveSeed(seed, stage)),
    heldOut: encode(heldOutRows(heldOut, settings.evalProblems)),
    stopIds: text.tokenizer.stopIds,
  };
}

/** Writes `<dir>/seed-<seed>/`: settings.json, and train.jsonl and heldOut.jsonl with a row's columns and its prompt's `ids` a line. */
export function writeSetup(dir: string, seed: number, { settings, weights, promptAt, heldOut, stopIds }: Setup): void {
  const folder = join(dir, `seed-${seed}`);
  mkdirSync(folder, { recursive: true });
  const lines = (prompts: readonly Prompt[]) =>
    prompts.map(({ row, tokens }) => `${JSON.stringify({ ...row, ids: [...tokens] })}\n`).join('');
  const train = Array.from({ length: settings.steps * settings.promptsPerStep }, (_, cursor) => promptAt(cursor));
  writeFileSync(join(folder, 'train.jsonl'), lines(train));
  writeFileSync(join(folder, 'heldOut.jsonl'), lines(heldOut));
  writeFileSync(join(folder, 'settings.json'), `${JSON.stringify({ seed, ...settings, rewards: weights, stopIds }, null, 2)}\n`);
}
