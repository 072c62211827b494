// How much a stage is going to do, before it does it: steps, samples and tokens, at most. What depends on data is counted in the data.

import type { LoraOptions, NewModel, PlannedWork } from '../engine/engine.ts';
import { rlWork } from '../stages/plannedWork.ts';
import { newModelOf } from '../stages/pretrain.ts';
import { encodePrompt, openModelText } from '../stages/prompts.ts';
import type { RlSettings, SettingsOf, StageKind, StageSettings } from '../stages/settings.ts';
import { loadSftData } from '../stages/sftData.ts';
import type { LoadedTask, Task } from '../tasks/task.ts';

export interface Amount {
  /** Of the optimiser. */
  steps?: number;
  samples?: number;
  /** New tokens, were every response as long as it may be. */
  sampledTokens?: number;
  /** Tokens that gradients are computed of. */
  trainedTokens?: number;
  /** What it asks of memory at once. */
  work?: PlannedWork;
}

/** What the stage starts from, in files: that of a stage before is counted as what that began with. */
export type Start = { model: string; lora?: LoraOptions } | { init: NewModel };

export interface AmountFacts {
  start?: Start;
  task?: Task;
  rows?: LoadedTask;
  /** Absent where a stage before is going to make them. */
  data?: string;
  seed: number;
}

type Of<K extends StageKind> = (settings: SettingsOf<K>, facts: AmountFacts) => Promise<Amount>;

/** Of the kinds that it can be told of. */
const amounts: { [K in StageKind]?: Of<K> } = {
  pretrain: async (settings) => {
    const perStep = settings.rowTokens * settings.rowsPerStep;
    const steps = Math.ceil(settings.tokens / perStep);
    return { steps, trainedTokens: steps * perStep };
  },
  async sft(settings, { start, data, seed }) {
    if (data === undefined || start === undefined || 'init' in start) return {};
    const { train } = await loadSftData(settings, data, await openModelText(start.model), settings.seed ?? seed, () => {});
    const sequences = train.flatMap((row) => row.sequences);
    const tokens = sequences.reduce((sum, { ids }) => sum + ids.length - 1, 0);
    return {
      steps: Math.ceil((settings.epochs * sequences.length) / settings.sequencesPerStep),
      trainedTokens: settings.epochs * tokens,
    };
  },
  async select(settings, facts) {
    const prompts = promptsOf(settings.prompts, facts);
    return sampling(prompts * settings.samples, settings, await samplingWork(Math.min(prompts, 32), settings, facts));
  },
  async rl(settings, facts) {
    const { steps, promptsPerStep, groupSize, innerEpochs, dynamicSampling } = settings;
    const limits = Array.from({ length: steps }, (_, step) => limitAt(settings, step));
    const perStep = promptsPerStep * groupSize;
    const rounds = dynamicSampling?.maxRounds ?? 1;
    const looks = lookSamples(settings, facts.rows?.heldOut.length ?? settings.evalProblems);
    const atLimits = limits.reduce((sum, limit) => sum + limit, 0) * perStep;
    const longest = Math.max(...limits);
    const prompts = await promptLengths(promptsPerStep, facts);
    const { start } = facts;
    return {
      steps,
      samples: Math.ceil((steps * perStep * rounds) / innerEpochs) + looks,
      sampledTokens: Math.ceil((atLimits * rounds) / innerEpochs) + looks * longest,
      trainedTokens: atLimits,
      work:
        start && 'model' in start
          ? rlWork({ ...start, lora: settings.lora }, settings, { prompts, samples: groupSize, maxTokens: longest })
          : undefined,
    };
  },
  rejection: async ({ candidates, samples = 0, maxTokens = 0, prompts }, facts) =>
    candidates === undefined ? sampling(promptsOf(prompts, facts) * samples, { maxTokens }, undefined) : {},
  async judge(settings, facts) {
    return sampling(promptsOf(settings.prompts, facts) * settings.samples, settings, undefined);
  },
  async on_policy_distill(settings) {
    const samples = settings.steps * settings.promptsPerStep * settings.groupSize;
    const sampledTokens = samples * settings.maxTokens;
    return { steps: settings.steps, samples, sampledTokens, trainedTokens: sampledTokens };
  },
  async evaluate(settings, facts) {
    // How many problems several tasks have is not known here.
    if (settings.models !== undefined) return {};
    const problems = Math.min(settings.problems ?? Number.POSITIVE_INFINITY, facts.rows?.heldOut.length ?? settings.problems ?? 0);
    const work = await samplingWork(problems, { ...settings, truncated: settings.topP < 1 }, facts);
    return sampling(problems * settings.samples, settings, work);
  },
};

export function amountOf(settings: StageSettings, facts: AmountFacts): Promise<Amount> {
  // An entry takes the settings of its own kind, which these are.
  const of = amounts[settings.kind] as ((settings: StageSettings, facts: AmountFacts) => Promise<Amount>) | undefined;
  return of === undefined ? Promise.resolve({}) : of(settings, facts);
}

/** What a stage begins with. */
export function newModelIn(settings: StageSettings): NewModel | undefined {
  return settings.kind === 'pretrain' ? newModelOf(settings) : undefined;
}

/** How many training prompts a stage takes, which may take fewer than all. */
function promptsOf(prompts: number | undefined, { rows }: AmountFacts): number {
  return Math.min(prompts ?? Number.POSITIVE_INFINITY, rows?.train.length ?? prompts ?? 0);
}

function sampling(samples: number, { maxTokens }: { maxTokens: number }, work: PlannedWork | undefined): Amount {
  return { samples, sampledTokens: samples * maxTokens, work };
}

async function samplingWork(
  prompts: number,
  { samples, maxTokens, truncated }: { samples: number; maxTokens: number; truncated?: boolean },
  facts: AmountFacts,
): Promise<PlannedWork | undefined> {
  const { start } = facts;
  if (start === undefined || 'init' in start) return undefined;
  return { from: { model: start.model }, sampling: { prompts: await promptLengths(prompts, facts), samples, maxTokens, truncated } };
}

/** Rows that are looked at for the length of prompts. */
const looked = 200;

/** `count` prompts, each as long as the longest of those that are looked at. */
async function promptLengths(count: number, { start, task, rows }: AmountFacts): Promise<number[]> {
  if (task === undefined || rows === undefined || start === undefined || 'init' in start) return [];
  const { tokenizer } = await openModelText(start.model);
  const some = (rows.train.length > 0 ? rows.train : rows.heldOut).slice(0, looked);
  const longest = Math.max(1, ...some.map((row) => encodePrompt(tokenizer, task, row).length));
  return Array.from({ length: count }, () => longest);
}

function limitAt({ maxTokens }: RlSettings, step: number): number {
  if (typeof maxTokens === 'number') return maxTokens;
  return maxTokens.findLast(({ from }) => from <= step)?.value ?? maxTokens[0].value;
}

function lookSamples({ steps, evalEvery, evalProblems, evalSamples, beforeAfterSamples }: RlSettings, heldOut: number): number {
  const looks = evalEvery > 0 ? Math.floor(steps / evalEvery) : 0;
  return Math.min(evalProblems, heldOut) * (looks * evalSamples + 2 * beforeAfterSamples);
}
