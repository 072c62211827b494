// Prompt selection: which training prompts a model solves now and then. A group of responses that are all right or all wrong has no
// advantage (DAPO, section 3.2), so an rl stage that is given `prompts: $select` spends its samples on those in between.

import { deriveSeed } from '../algorithms/random.ts';
import { mean } from '../algorithms/summary.ts';
import type { SamplingClient } from '../engine/engine.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { now } from '../platform/clock.ts';
import { InputError } from '../platform/errors.ts';
import type { Task } from '../tasks/task.ts';
import type { RolloutRow } from '../tracking/rollouts.ts';
import { type ChosenPrompt, Interrupted, type Metrics, StageError, type TaskContext } from './context.ts';
import { drawnPrompts } from './drawnPrompts.ts';
import { type HeldOutAnswer, measure } from './heldOut.ts';
import { requireSamplingMemory } from './plannedWork.ts';
import { openModelText, type Prompt, promptFingerprint } from './prompts.ts';
import type { SelectSettings } from './settings.ts';
import { requireAccuracy } from './taskRows.ts';

/** Prompts sampled at once: what a stopped selection loses at most. */
const CHUNK = 32;

/** What a selection leaves, in finished.json of the run. */
export interface Selection {
  /** The prompts that were tried. */
  tried: number;
  allWrong: number;
  allRight: number;
  /** Prompts to no response of which the accuracy applies. */
  unjudged: number;
  /** Those with a pass rate strictly between 0 and 1, by id. */
  chosen: Record<string, ChosenPrompt>;
}

/** A sample, and the fingerprint of its prompt: a selection holds for the prompts that were tried, whatever the data says later. */
interface SelectionRow extends RolloutRow {
  fingerprint: string;
}

/** @throws InputError where nothing tells right responses from wrong ones */
export function requireRates(task: Task, name: string): void {
  requireAccuracy(task, `stage ${name}: it chooses prompts by how often responses are right`);
}

/**
 * Samples `samples` responses to each prompt with the model as it is, keeps them all in rollouts/, and returns which prompts have a
 * pass rate strictly between 0 and 1. What a stopped selection has sampled is not sampled again.
 * @throws StageError where there is none; RewardError
 */
export async function select(settings: SelectSettings, context: TaskContext): Promise<Selection> {
  const { name, run, engine, task, model, signal, report } = context;
  const stageStarted = now();
  requireRates(task, name);
  const text = await openModelText(model, run.began);
  const prompts = await drawnPrompts(settings, context, text);
  const steps = Math.ceil(prompts.length / CHUNK);
  await requireSamplingMemory(context, { ...settings, topP: 1 }, prompts.slice(0, CHUNK));

  const chunks = (await run.goOnAfterRollouts(name)) as SelectionRow[][];
  const isSame = ({ fingerprint }: SelectionRow, i: number): boolean => {
    const prompt = prompts.at(Math.floor(i / settings.samples));
    return prompt !== undefined && fingerprint === promptFingerprint(prompt);
  };
  if (!chunks.flat().every(isSame))
    throw new InputError(
      `stage ${name}: the prompts of ${task.name} are not those that it has tried so far: put its data, its task and the sets of decontaminate back as they were, or begin another run (--out)`,
    );
  report({ type: 'stageStart', stage: name, kind: 'select', steps, doneSteps: chunks.length });
  const sampler = await engine.createSampler({ model });
  try {
    while (chunks.length < steps) {
      const step = chunks.length;
      if (signal.aborted) throw new Interrupted(name, step);
      const chunk = prompts.slice(step * CHUNK, (step + 1) * CHUNK);
      const started = now();
      const rows = await sampleChunk(settings, context, { sampler, tokenizer: text.tokenizer }, chunk, step);
      if (signal.aborted) throw new Interrupted(name, step);
      await run.rollouts(name, step + 1, rows);
      chunks.push(rows);
      const speed = (1000 * rows.reduce((sum, { tokens }) => sum + tokens, 0)) / (now() - started);
      report({
        type: 'step',
        stage: name,
        step: step + 1,
        steps,
        metrics: { ...selectionMetrics(chunks.flat()), tokens_per_second: speed },
      });
    }
  } finally {
    await sampler.close();
  }
  const rows = chunks.flat();
  const selection = selectionOf(rows);
  if (Object.keys(selection.chosen).length === 0)
    throw new StageError(
      `stage ${name}: of ${selection.tried} prompts of ${task.name} none has a pass rate strictly between 0 and 1 (${selection.allWrong} all wrong, ${selection.allRight} all right, ${selection.unjudged} not judged): there is nothing to learn from. Take more prompts or samples, or a task that is nearer to what the model can do, and do the stage anew: --from ${name}`,
    );
  const prompted = settings.samples * prompts.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const spent = {
    num_tokens: prompted + rows.reduce((sum, { tokens }) => sum + tokens, 0),
    stage_time: (now() - stageStarted) / 1000,
  };
  await run.metrics({ stage: name, step: steps, ...selectionMetrics(rows), ...spent });
  await run.finish(name, selection);
  report({ type: 'stageEnd', stage: name });
  return selection;
}

/** The rows of rollouts of whole prompts, judged; each row's `reward` is whether it is right. */
export function selectionOf(rows: readonly SelectionRow[]): Selection {
  const verdicts = new Map<string, number[]>();
  const fingerprints = new Map<string, string>();
  for (const { prompt, fingerprint, reward } of rows) {
    if (!verdicts.has(prompt)) verdicts.set(prompt, []);
    fingerprints.set(prompt, fingerprint);
    // An answer is right where the accuracy is 1; partial credit is none.
    if (reward !== null) verdicts.get(prompt)?.push(reward === 1 ? 1 : 0);
  }
  const selection: Selection = { tried: verdicts.size, allWrong: 0, allRight: 0, unjudged: 0, chosen: {} };
  for (const [id, each] of verdicts) {
    const rate = mean(each);
    if (rate === undefined) selection.unjudged++;
    else if (rate === 0) selection.allWrong++;
    else if (rate === 1) selection.allRight++;
    else selection.chosen[id] = { passRate: rate, fingerprint: fingerprints.get(id) as string };
  }
  return selection;
}

function selectionMetrics(rows: readonly SelectionRow[]): Metrics {
  const { tried, chosen, allWrong, allRight, unjudged } = selectionOf(rows);
  return {
    'selection/tried': tried,
    'selection/chosen': Object.keys(chosen).length,
    'selection/all_wrong': allWrong,
    'selection/all_right': allRight,
    'selection/unjudged': unjudged,
    'rewards/accuracy/mean': mean(rows.map(({ reward }) => (reward === null ? null : Number(reward === 1)))) ?? 0,
    'completions/mean_length': mean(rows.map(({ tokens }) => tokens)) ?? 0,
    'completions/clipped_ratio': mean(rows.map(({ stopReason }) => Number(stopReason === 'length'))) ?? 0,
  };
}

async function sampleChunk(
  { samples, temperature, maxTokens }: SelectSettings,
  { name, task, seed, signal }: TaskContext,
  { sampler, tokenizer }: { sampler: SamplingClient; tokenizer: Tokenizer },
  chunk: readonly Prompt[],
  step: number,
): Promise<SelectionRow[]> {
  const options = { samples, temperature, topP: 1, maxTokens, signal };
  // It asks whether the answers are right, and nothing else.
  const { answers } = await measure(sampler, tokenizer, { ...task, measures: undefined }, chunk, {
    ...options,
    seed: deriveSeed(seed, name, step),
  });
  return answers.flatMap((group, p) => {
    const fingerprint = promptFingerprint(chunk[p]);
    return group.map((answer, i) => ({ ...rolloutRow(task.accuracy ?? '', answer, i), fingerprint }));
  });
}

function rolloutRow(accuracy: string, { row, text, tokens, stopReason, correct }: HeldOutAnswer, sample: number): RolloutRow {
  const rewards = { [accuracy]: correct };
  return { prompt: row.id, sample, text, tokens, rewards, reward: correct, advantage: null, version: 0, stopReason };
}
