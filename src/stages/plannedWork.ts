// What a stage is going to ask of the engine, in sizes: every response as long as it may be. For the look at memory before anything is
// loaded (memoryCheck.ts), and for `thinkling doctor`.

import type { Datum, LoraOptions, PlannedSampling, PlannedWork } from '../engine/engine.ts';
import { scoredAtEnd } from '../rewards/judgedText.ts';
import type { TaskContext } from './context.ts';
import { requireMemory } from './memoryCheck.ts';
import { recipeLoss } from './policyUpdate.ts';
import type { Prompt } from './prompts.ts';
import type { EvaluateSettings, OnPolicyDistillSettings, RlSettings } from './settings.ts';

/** What of an RL stage's settings decides on memory, beside sizes. */
export type RlKind = Pick<RlSettings, 'loss' | 'clip' | 'beta' | 'tisCap' | 'temperature' | 'minibatches' | 'innerEpochs'>;

/** An RL step of a minibatch of `step.prompts`; `look` is the largest look at held-out problems, `models` are reward models. */
export function rlWork(
  from: { model: string; lora?: LoraOptions },
  kind: RlKind,
  step: PlannedSampling,
  { look, models = [] }: { look?: PlannedSampling; models?: readonly string[] } = {},
): PlannedWork {
  const rollout = { ...step, prompts: Array.from({ length: kind.minibatches }, () => step.prompts).flat() };
  const lookIsLarger = look !== undefined && look.prompts.length * look.samples > rollout.prompts.length * rollout.samples;
  return {
    from,
    sampling: lookIsLarger ? look : rollout,
    training: { data: rolloutData(step, kind), loss: recipeLoss(kind), entropy: true, reference: kind.beta > 0 },
    ...(models.length > 0 && { beside: rewardModelsWork(models, step) }),
  };
}

/** What reward models do with the longest group of responses: each group is scored as soon as it is there. */
function rewardModelsWork(models: readonly string[], { prompts, samples, maxTokens }: PlannedSampling): Record<string, PlannedWork> {
  const datum = scoredAtEnd(new Int32Array(prompts.reduce((a, b) => Math.max(a, b), 0) + maxTokens));
  const data = Array.from({ length: samples }, () => datum);
  return Object.fromEntries(
    models.map((model) => [`the reward model ${model}`, { from: { model, head: 'scalar' as const }, reading: { data } }]),
  );
}

/** An on-policy step, and the teacher's opinion of it. */
export function onPolicyWork(
  from: { model: string; lora?: LoraOptions },
  teacher: string,
  { temperature }: Pick<OnPolicyDistillSettings, 'temperature'>,
  sampling: PlannedSampling,
): PlannedWork {
  const data = rolloutData(sampling, { minibatches: 1, innerEpochs: 1, beta: 0, tisCap: undefined });
  return {
    from,
    sampling,
    training: { data, loss: { name: 'importance_sampling', temperature }, entropy: true },
    beside: { 'the teacher': { from: { model: teacher }, reading: { data } } },
  };
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
export function requireRlMemory(
  context: TaskContext,
  settings: RlSettings,
  maxTokens: number,
  prompts: readonly Prompt[],
  problems: readonly Prompt[],
  models: readonly string[],
): Promise<void> {
  const { model } = context;
  const { evalSamples, beforeAfterSamples, lora } = settings;
  const looked = lengths(problems);
  const work = (step: PlannedSampling): PlannedWork => {
    const look = { ...step, prompts: looked, samples: Math.max(evalSamples, beforeAfterSamples) };
    return rlWork({ model, lora }, settings, step, { look: problems.length > 0 ? look : undefined, models });
  };
  return requireStepMemory(context, { ...settings, maxTokens }, prompts, work, models.length > 0 ? ', beside reward models,' : '');
}

/** Of the longest prompts, should they come together, beside the teacher. @throws InputError where an on-policy distillation does not fit in memory */
export function requireOnPolicyMemory(
  context: TaskContext & { teacher: string },
  settings: OnPolicyDistillSettings,
  prompts: readonly Prompt[],
): Promise<void> {
  const from = { model: context.model, lora: settings.lora };
  const work = (step: PlannedSampling): PlannedWork => onPolicyWork(from, context.teacher, settings, step);
  return requireStepMemory(context, settings, prompts, work, ', beside the teacher,');
}

/** @param beside what else is held, in words */
function requireStepMemory(
  { name, engine }: TaskContext,
  { promptsPerStep, groupSize, maxTokens }: Record<'promptsPerStep' | 'groupSize' | 'maxTokens', number>,
  prompts: readonly Prompt[],
  workOf: (step: PlannedSampling) => PlannedWork,
  beside: string,
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
