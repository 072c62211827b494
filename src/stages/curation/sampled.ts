// Candidates that the model samples: k responses to each prompt, a shard of prompts after another.
import { deriveSeed } from '../../algorithms/random.ts';
import { mean } from '../../algorithms/summary.ts';
import { shuffledPasses } from '../../datasets/order.ts';
import type { SamplingClient } from '../../engine/engine.ts';
import { now } from '../../platform/clock.ts';
import { InputError } from '../../platform/errors.ts';
import { isMixed } from '../../tasks/mixed.ts';
import type { Task } from '../../tasks/task.ts';
import { Interrupted, type TaskContext } from '../context.ts';
import { Begun } from '../evaluation/inParallel.ts';
import { judge } from '../evaluation/judge.ts';
import { requireSamplingMemory } from '../plannedWork.ts';
import { encodePrompts, type ModelText, type Prompt } from '../prompts.ts';
import { type Response, sampleResponses } from '../responses.ts';
import type { RejectionSettings } from '../settings.ts';
import { loadTaskRows } from '../taskRows.ts';
import { type Candidate, candidateRow } from './candidates.ts';
import type { Shards } from './shards.ts';

/** Prompts after whose answers progress is told. */
const promptsPerStep = 32;

/** The prompts in the order in which they are sampled. @throws InputError where there are none, or some are too long and that is refused */
export async function promptsToSample(settings: RejectionSettings, context: TaskContext, text: ModelText): Promise<Prompt[]> {
  const { name, task, seed, report } = context;
  requireCuratable(task, settings, name);
  const { train } = await loadTaskRows(context);
  const warn = (message: string): void => report({ type: 'warning', stage: name, message });
  const { maxTokens = 0, longPrompts } = settings;
  const all = encodePrompts(text, task, train, { maxTokens, longPrompts }, warn);
  return drawPrompts(all, settings.prompts, partWeights(task), seed, name);
}

/** @throws InputError where the task answers in several turns, or nobody would judge some of the responses */
export function requireCuratable(task: Task, settings: RejectionSettings, stage: string): void {
  if (task.environment !== undefined)
    throw new InputError(
      `stage ${stage}: the task ${task.name} answers in several turns, which are not curated: take a task of one turn, or an rl stage`,
    );
  requireJudged(task, settings, stage);
}

/** @throws InputError where nobody would judge some of the responses: before they are sampled, and all rejected for it */
function requireJudged(task: Task, { filters, judge }: RejectionSettings, stage: string): void {
  if (!filters.correct || judge !== undefined) return;
  const all = isMixed(task) ? task.parts.map((part) => part.task) : [task];
  const unruled = all.filter(({ accuracy }) => accuracy === undefined).map(({ name }) => name);
  if (unruled.length > 0)
    throw new InputError(
      `stage ${stage}: no rule judges responses to the task ${unruled.join(', ')}: name a judge (stages.${stage}.judge), or keep them unjudged (filters: { correct: false })`,
    );
}

/** Of a task that is several mixed: what each weighs. */
function partWeights(task: Task): ReadonlyMap<string, number> {
  return new Map((isMixed(task) ? task.parts : []).map(({ name, weight }) => [name, weight]));
}

/**
 * `wanted` prompts drawn by the seed, of each part of a mixed task as its weight says; a part that has too few leaves its places to the others.
 * All of them where `wanted` is absent. The order is that of one shuffled pass over all prompts.
 */
export function drawPrompts(
  all: readonly Prompt[],
  wanted: number | undefined,
  weights: ReadonlyMap<string, number>,
  seed: number,
  name: string,
): Prompt[] {
  const rowAt = shuffledPasses(all.length, seed, name);
  const order = Array.from({ length: all.length }, (_, i) => all[rowAt(i)]);
  if (wanted === undefined || wanted >= order.length) return order;
  const partOf = ({ row }: Prompt): string => (weights.has(String(row.task)) ? String(row.task) : '');
  const sizes = new Map<string, number>();
  for (const prompt of order) sizes.set(partOf(prompt), (sizes.get(partOf(prompt)) ?? 0) + 1);
  const left = quotas(wanted, sizes, weights);
  return order.filter((prompt) => {
    const part = partOf(prompt);
    const free = left.get(part) ?? 0;
    left.set(part, free - 1);
    return free > 0;
  });
}

/** Whole numbers by weight that sum to `wanted`, none above its size: one place after another to the part that is furthest behind its share. */
function quotas(wanted: number, sizes: ReadonlyMap<string, number>, weights: ReadonlyMap<string, number>): Map<string, number> {
  const given = new Map([...sizes.keys()].sort().map((part) => [part, 0]));
  for (let n = 0; n < wanted; n++) {
    let next: string | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [part, count] of given) {
      const behind = (count + 1) / (weights.get(part) ?? 1);
      if (count < (sizes.get(part) ?? 0) && behind < least) [next, least] = [part, behind];
    }
    if (next === undefined) break;
    given.set(next, (given.get(next) ?? 0) + 1);
  }
  return given;
}

/**
 * Samples what is missing of `shards`. A shard's prompts are asked for all at once, so that the engine always has a response to begin where one
 * ends; the next shard's only when it is written, for the last bits of a response depend on what is computed beside it: so a shard is the same
 * whether it was sampled in one run or after a stop.
 * @throws Interrupted, RewardError
 */
export async function sampleShards(
  settings: RejectionSettings,
  context: TaskContext,
  text: ModelText,
  prompts: readonly Prompt[],
  shards: Shards,
): Promise<void> {
  const { name, engine, task, model, signal, report } = context;
  const { promptsPerShard, samples = 1, maxTokens = 0 } = settings;
  const count = Math.ceil(prompts.length / promptsPerShard);
  const steps = stepsIn(prompts.length, promptsPerShard);
  const stepsBefore = (shard: number): number => Math.min(shard * Math.ceil(promptsPerShard / promptsPerStep), steps);
  report({ type: 'stageStart', stage: name, kind: 'rejection', steps, doneSteps: stepsBefore(shards.count) });
  if (shards.count >= count) return;
  await requireSamplingMemory(context, { samples, maxTokens, topP: 1 }, prompts.slice(0, promptsPerShard));
  const sampler = await engine.createSampler({ model });
  try {
    for (let shard = shards.count; shard < count; shard++) {
      let step = stepsBefore(shard);
      if (signal.aborted) throw new Interrupted(name, step);
      const first = shard * promptsPerShard;
      const tell = (answered: readonly Candidate[], milliseconds: number): void =>
        report({ type: 'step', stage: name, step: ++step, steps, metrics: progressMetrics(answered, milliseconds) });
      const candidates = await sampleShard(settings, context, sampler, text, prompts.slice(first, first + promptsPerShard), first, tell);
      if (candidates === undefined) throw new Interrupted(name, step);
      await shards.add(candidates.map((candidate) => candidateRow(candidate, task.name)));
    }
  } finally {
    await sampler.close();
  }
}

/**
 * k responses to each of `prompts`, in their order.
 * @param first the number of the first prompt: prompt n draws from a stream of its own, whatever the shards
 * @param tell is called for every so many prompts that are answered
 * @returns undefined where the user stopped it on the way
 */
async function sampleShard(
  { samples = 1, temperature = 1, maxTokens = 0 }: RejectionSettings,
  { name, seed, task, signal }: TaskContext,
  sampler: SamplingClient,
  { tokenizer }: ModelText,
  prompts: readonly Prompt[],
  first: number,
  tell: (answered: readonly Candidate[], milliseconds: number) => void,
): Promise<Candidate[] | undefined> {
  const found: Candidate[][] = [];
  // Short responses end first: what is told is of all that the shard has so far, lest it seem to change from step to step.
  const soFar: Candidate[] = [];
  const began = now();
  let answered = 0;
  const take = async (p: number, responses: readonly Response[]): Promise<void> => {
    const { row } = prompts[p];
    const completions = responses.map(({ text, tokens, stopReason }) => ({ text, tokens: tokens.length, stopReason }));
    const { judged } = await judge(task, row, completions);
    found[p] = judged.map(({ text: response, tokens, stopReason, correct }, sample) => ({
      row,
      sample,
      response,
      tokens,
      stopReason,
      correct,
    }));
    soFar.push(...found[p]);
    if (++answered % promptsPerStep === 0 || answered === prompts.length) tell(soFar, now() - began);
  };
  const judging = new Begun();
  let stopped = false;
  const request = { n: samples, maxTokens, temperature, topP: 1, signal, onEnvironmentError: 'throw' } as const;
  const seedOf = (p: number): number => deriveSeed(seed, name, 'prompt', first + p);
  try {
    await sampleResponses(sampler, tokenizer, task, prompts, { ...request, seedOf }, (p, responses) => {
      stopped ||= responses.some(({ stopReason }) => stopReason === 'cancelled');
      if (!stopped) judging.add(take(p, responses));
    });
  } finally {
    await judging.ended();
  }
  return stopped ? undefined : found.flat();
}

/** Of all shards, each shard's own. */
function stepsIn(prompts: number, promptsPerShard: number): number {
  const rest = prompts % promptsPerShard;
  return Math.floor(prompts / promptsPerShard) * Math.ceil(promptsPerShard / promptsPerStep) + Math.ceil(rest / promptsPerStep);
}

function progressMetrics(sampled: readonly Candidate[], milliseconds: number): Record<string, number> {
  const tokens = sampled.reduce((sum, each) => sum + each.tokens, 0);
  const right = mean(sampled.map(({ correct }) => (correct === null ? null : Number(correct === 1))));
  return {
    ...(right !== undefined && { 'rewards/accuracy/mean': right }),
    'completions/mean_length': tokens / sampled.length,
    'completions/clipped_ratio': mean(sampled.map(({ stopReason }) => Number(stopReason === 'length'))) ?? 0,
    tokens_per_second: (1000 * tokens) / milliseconds,
  };
}
