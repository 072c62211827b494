// What a stage is going to ask of the engine, in sizes: every response as long as it may be. For the look at memory before anything is
// loaded (memoryCheck.ts), and for `thinkling doctor`.

import type { Datum, LoraOptions, Loss, PlannedSampling, PlannedWork } from '../engine/engine.ts';
import { memoryBound } from '../platform/memory.ts';
import type { TaskContext } from './context.ts';
import { requireMemory } from './memoryCheck.ts';
import { recipeLoss } from './policyUpdate.ts';
import type { Prompt } from './prompts.ts';
import type { EvaluateSettings, OnPolicyDistillSettings, RlSettings } from './settings.ts';

/** What of an RL stage's settings decides on memory, beside sizes. */
export type RlKind = Pick<RlSettings, 'loss' | 'clip' | 'beta' | 'tisCap' | 'temperature' | 'minibatches' | 'innerEpochs'>;

/** An RL step of a minibatch of `step.prompts`; `look` is the largest look at held-out problems. */
export function rlWork(
  from: { model: string; lora?: LoraOptions },
  kind: RlKind,
  step: PlannedSampling,
  look?: PlannedSampling,
): PlannedWork {
  const rollout = { ...step, prompts: Array.from({ length: kind.minibatches }, () => step.prompts).flat() };
  const lookIsLarger = look !== undefined && look.prompts.length * look.samples > rollout.prompts.length * rollout.samples;
  return {
    from,
    sampling: lookIsLarger ? look : rollout,
    training: { data: rolloutData(step, kind), loss: recipeLoss(kind), entropy: true, reference: kind.beta > 0 },
  };
}

/** What an on-policy step with advantages of its own trains on, and a second model's opinion of it. */
function onPolicyWork(from: { model: string; lora?: LoraOptions }, loss: Loss, sampling: PlannedSampling): PlannedWork {
  const kind = { minibatches: 1, innerEpochs: 1, beta: 0, tisCap: undefined };
  return { from, sampling, training: { data: rolloutData(sampling, kind), loss, entropy: true, reference: true } };
}

type RolloutKind = Pick<RlKind, 'minibatches' | 'innerEpochs' | 'beta' | 'tisCap'>;

function rolloutData({ prompts, samples, maxTokens }: PlannedSampling, kind: RolloutKind): Datum[] {
  return prompts.flatMap((promptTokens, group) => {
    const length = promptTokens + maxTokens - 1;
    const ids = new Int32Array(length);
    const perToken = new Float32Array(length).fill(1, promptTokens - 1);
    const datum: Datum = {
      ...{ tokens: ids, targets: ids, weights: perToken, advantages: perToken, sharedPrefix: promptTokens, group: String(group) },
      ...(kind.minibatches * kind.innerEpochs > 1 ? { logprobs: perToken } : {}),
      ...(kind.tisCap === undefined ? {} : { samplerLogprobs: perToken }),
      ...(kind.beta > 0 ? { refLogprobs: perToken } : {}),
    };
    return Array.from({ length: samples }, () => datum);
  });
}

/**
 * Of the longest prompts, should they come together, beside the reward models that will be held.
 * @param models directories of reward models
 * @throws InputError where an RL stage does not fit in memory
 */
export async function requireRlMemory(
  context: TaskContext,
  settings: RlSettings,
  maxTokens: number,
  prompts: readonly Prompt[],
  problems: readonly Prompt[],
  models: readonly string[],
): Promise<void> {
  const { engine, model } = context;
  let held = 0;
  for (const scoring of new Set(models)) {
    const need = await engine.memoryNeed?.({ from: { model: scoring, head: 'scalar' } });
    // The program itself is there once.
    if (need) held += need.bytes - (need.parts['the program'] ?? 0);
  }
  const beside = held === 0 ? '' : `, beside reward models of ${(held / 1e9).toFixed(1)} GB,`;
  const { evalSamples, beforeAfterSamples, lora } = settings;
  const looked = lengths(problems);
  const work = (step: PlannedSampling): PlannedWork => {
    const look = { ...step, prompts: looked, samples: Math.max(evalSamples, beforeAfterSamples) };
    return rlWork({ model, lora }, settings, step, problems.length > 0 ? look : undefined);
  };
  return requireStepMemory(context, { ...settings, maxTokens }, prompts, work, { beside, bound: memoryBound().total - held });
}

/** Of the longest prompts, should they come together. @throws InputError where an on-policy distillation does not fit in memory */
export function requireOnPolicyMemory(context: TaskContext, settings: OnPolicyDistillSettings, prompts: readonly Prompt[]): Promise<void> {
  const from = { model: context.model, lora: settings.lora };
  const loss: Loss = { name: 'importance_sampling', temperature: settings.temperature };
  return requireStepMemory(context, settings, prompts, (step) => onPolicyWork(from, loss, step));
}

/** @param beside what else is held, in words, and `bound` the memory that it leaves */
function requireStepMemory(
  { name, engine }: TaskContext,
  { promptsPerStep, groupSize, maxTokens }: Record<'promptsPerStep' | 'groupSize' | 'maxTokens', number>,
  prompts: readonly Prompt[],
  workOf: (step: PlannedSampling) => PlannedWork,
  { beside = '', bound }: { beside?: string; bound?: number } = {},
): Promise<void> {
  const longest = lengths(prompts);
  const work = (change: Partial<Record<'maxTokens' | 'promptsPerStep' | 'groupSize', number>> = {}): PlannedWork =>
    workOf({
      prompts: longest.slice(0, change.promptsPerStep ?? promptsPerStep),
      samples: change.groupSize ?? groupSize,
      maxTokens: change.maxTokens ?? maxTokens,
    });
  return requireMemory(
    engine,
    name,
    `promptsPerStep ${promptsPerStep} x groupSize ${groupSize} responses of up to maxTokens ${maxTokens}${beside}`,
    work(),
    [
      { field: 'maxTokens', value: maxTokens, work: (value) => work({ maxTokens: value }) },
      { field: 'promptsPerStep', value: promptsPerStep, work: (value) => work({ promptsPerStep: value }) },
      { field: 'groupSize', value: groupSize, work: (value) => work({ groupSize: value }) },
    ],
    bound,
  );
}

/** Of `prompts` sampled at once. @throws InputError where an evaluation or a selection does not fit in memory */
export function requireSamplingMemory(
  { name, engine, model }: TaskContext,
  { samples, maxTokens, topP }: Pick<EvaluateSettings, 'samples' | 'maxTokens' | 'topP'>,
  prompts: readonly Prompt[],
): Promise<void> {
  const work = (most: number): PlannedWork => ({
    from: { model },
    sampling: { prompts: lengths(prompts), samples, maxTokens: most, truncated: topP < 1 },
  });
  return requireMemory(engine, name, `${samples} samples of each prompt, of up to maxTokens ${maxTokens},`, work(maxTokens), [
    { field: 'maxTokens', value: maxTokens, work },
  ]);
}

/** Tokens, the longest first. */
function lengths(prompts: readonly Prompt[]): number[] {
  return prompts.map(({ tokens }) => tokens.length).sort((a, b) => b - a);
}
