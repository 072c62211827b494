// What is about to happen, in two lines before it does: the method, on what, judged how; how much of it, for about how long, kept where.

import type { Recipe } from '../../recipe/recipe.ts';
import type {
  DpoSettings,
  JudgeSettings,
  PretrainSettings,
  RejectionSettings,
  RewardModelSettings,
  RlSettings,
  SelectSettings,
  SftSettings,
  StageSettings,
} from '../../stages/settings.ts';
import type { Task } from '../../tasks/task.ts';
import { roughly, thousands } from './figures.ts';

export interface PlanFacts {
  /** As the user would write it. */
  out: string;
  cores: number;
  task?: Task;
  /** Of the model that the first stage starts from. */
  parameters?: number;
  /** Path as the user would write it. */
  show(path: string): string;
}

/** Two lines (long ones; the screen wraps them), and one more for every further stage. */
export function announcement(recipe: Recipe, facts: PlanFacts): string[] {
  const [[, first], ...rest] = Object.entries(recipe.stages);
  const model = recipe.model === undefined ? undefined : facts.show(recipe.model);
  const kept = `the run is kept in ${facts.out}`;
  const lines: string[] = [];
  switch (first.kind) {
    case 'rl':
      lines.push(rlTitle(first, model ?? 'the model', recipe, facts.task), `${rlAmount(first)}${duration(first, facts)}; ${kept}.`);
      break;
    case 'pretrain':
      lines.push(
        pretrainTitle(first),
        `${thousands(Math.ceil(first.tokens / (first.rowTokens * first.rowsPerStep)))} steps of ${first.rowsPerStep} rows x ${first.rowTokens} tokens; ${kept}.`,
      );
      break;
    case 'sft':
      lines.push(sftTitle(first, model ?? 'the model', recipe, facts), `${sftAmount(first)}; ${kept}.`);
      break;
    case 'select':
      lines.push(
        `Prompt selection: which prompts of ${recipe.task} ${model ?? 'the model'} solves now and then.`,
        `${selectAmount(first)}; ${kept}.`,
      );
      break;
    case 'rejection':
      lines.push(
        `Rejection sampling: of what ${model ?? 'the model'} answers, what is right and readable.`,
        `${rejectionAmount(first)}; ${kept}.`,
      );
      break;
    case 'evaluate':
      lines.push(
        `Evaluation of ${first.models ? Object.keys(first.models).join(', ') : model} on the held-out problems of ${(first.tasks?.map(({ task }) => task) ?? [recipe.task]).join(', ')}.`,
        `${first.samples} samples a problem, temperature ${first.temperature}; ${kept}.`,
      );
      break;
    case 'judge':
    case 'reward_model':
    case 'dpo':
      lines.push(`${preferenceTitle(first)}, from ${model ?? 'the model'}.`, `${kept}.`);
      break;
  }
  return [...lines, ...rest.map(([name, stage]) => `Then ${name}: ${amountOf(stage, recipe)}.`)];
}

function amountOf(stage: StageSettings, recipe: Recipe): string {
  switch (stage.kind) {
    case 'rl':
      return `${methodOf(stage)}, ${rlAmount(stage)}`;
    case 'evaluate':
      return `${stage.samples} samples of every held-out problem of ${(stage.tasks?.map(({ task }) => task) ?? [stage.task ?? recipe.task]).join(', ')}${stage.models ? ` by each of ${Object.keys(stage.models).length} models` : ''}`;
    case 'select':
      return `${selectAmount(stage)}, to choose prompts`;
    case 'rejection':
      return `${rejectionAmount(stage)}, of which the right and readable are kept`;
    case 'sft':
      return `supervised fine-tuning, ${sftAmount(stage)}`;
    case 'pretrain':
      return pretrainTitle(stage).replace(/\.$/, '');
    case 'distill':
      return `distillation into ${Object.keys(stage.students).join(', ')}, ${sftAmount(stage)}`;
    case 'on_policy_distill':
      return `on-policy distillation, ${stage.steps} steps of ${stage.promptsPerStep} prompts x ${stage.groupSize} samples`;
    case 'thinking_test':
      return `whether ${Object.keys(stage.models).join(', ')} ${Object.keys(stage.models).length === 1 ? 'uses its' : 'use their'} thinking`;
    case 'judge':
    case 'reward_model':
    case 'dpo':
      return preferenceTitle(stage);
  }
}

function rlTitle(settings: RlSettings, model: string, recipe: Recipe, task: Task | undefined): string {
  // Pure reinforcement learning on a base model is what the paper calls R1-Zero; of other models we cannot say that they are a base.
  const title = recipe.model?.startsWith('lab:') ? 'R1-Zero' : 'Reinforcement learning';
  const critic = settings.advantages === 'grpo' || settings.advantages === 'dr_grpo' ? ', no critic' : '';
  return `${title} on ${model}: ${methodOf(settings)}, no SFT${critic}${task ? `; ${rewardsOf(settings, task)}` : ''}.`;
}

function sftTitle({ data, lora }: SftSettings, model: string, recipe: Recipe, { show }: PlanFacts): string {
  return `Supervised fine-tuning of ${model} on ${show((data ?? recipe.data) as string)}${lora ? `, by an adapter of rank ${lora.rank}` : ''}; the loss falls on what the assistant writes alone.`;
}

function sftAmount({ epochs, sequencesPerStep }: Pick<SftSettings, 'epochs' | 'sequencesPerStep'>): string {
  return `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, ${sequencesPerStep} sequences a step`;
}

function selectAmount({ samples, prompts }: SelectSettings): string {
  return `${samples} samples of ${prompts === undefined ? 'every training prompt' : `${thousands(prompts)} training prompts`}`;
}

function rejectionAmount({ candidates, samples = 1, prompts }: RejectionSettings): string {
  if (candidates !== undefined) return 'the responses that are given';
  return `${samples} samples of ${prompts === undefined ? 'every training prompt' : `${thousands(prompts)} training prompts`}`;
}

function preferenceTitle(stage: JudgeSettings | RewardModelSettings | DpoSettings): string {
  switch (stage.kind) {
    case 'judge':
      return `Judged pairs: ${stage.samples} responses to a prompt, ${stage.pairs} pairs of them, each judged ${stage.judgements} times`;
    case 'reward_model':
      return `Reward model, ${stage.objective}, of the ${stage.sees}; ${stage.batch} rows a step`;
    case 'dpo':
      return `DPO, beta ${stage.beta}; ${stage.batch} pairs a step`;
  }
}

function methodOf({ loss, advantages, dynamicSampling, aggregation }: RlSettings): string {
  if (loss === 'gspo') return 'GSPO';
  if (loss === 'cispo') return 'CISPO';
  if (dynamicSampling && aggregation === 'token') return 'DAPO';
  return advantages === 'dr_grpo' ? 'Dr. GRPO' : 'GRPO';
}

function rewardsOf({ rewards }: RlSettings, task: Task): string {
  const given = Object.entries(rewards).map(([name, weighed]) => [name, typeof weighed === 'number' ? weighed : weighed.weight]);
  const weights: Record<string, number> = { ...task.weights, ...Object.fromEntries(given) };
  const names = Object.keys(weights).filter((name) => weights[name] !== 0);
  const listed = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}` : (names[0] ?? 'none');
  const byModel = Object.values(rewards).some((weighed) => typeof weighed !== 'number' && weighed.model !== undefined);
  return `${names.length === 1 ? 'reward' : 'rewards'} ${listed}${byModel ? '' : ' only, checked by rule'}`;
}

function rlAmount({ steps, promptsPerStep, groupSize }: RlSettings): string {
  return `${thousands(steps)} ${steps === 1 ? 'step' : 'steps'} of ${promptsPerStep} prompts x ${groupSize} samples`;
}

function duration(settings: RlSettings, { parameters, cores }: PlanFacts): string {
  if (parameters === undefined) return '';
  return `, ${roughly(estimatedSeconds(settings, parameters, cores))} on ${cores} ${cores === 1 ? 'core' : 'cores'}`;
}

function pretrainTitle({ architecture: { layers, hiddenSize }, tokens }: PretrainSettings): string {
  return `Pretraining from nothing: ${layers} layers of width ${hiddenSize} on ${thousands(tokens)} tokens of the lab's corpus.`;
}

/** Operations a second that a core does of this work: lab:base on two cores that were not idle. Larger models do more. */
const operationsPerCoreSecond = 18e9;
/** Responses end before the limit; how long they are no one knows before. */
const expectedShareOfLimit = 0.4;

/**
 * A guess before anything has run: 2 operations a parameter and token to sample, 6 to train; looks at held-out problems are sampled only.
 * The live view replaces it by what it measures.
 */
export function estimatedSeconds(settings: RlSettings, parameters: number, cores: number): number {
  const { steps, promptsPerStep, groupSize, innerEpochs, evalEvery, evalProblems, evalSamples, beforeAfterSamples, beta, maxTokens } =
    settings;
  const entries = typeof maxTokens === 'number' ? [{ from: 0, value: maxTokens }] : maxTokens.filter(({ from }) => from < steps);
  const meanLimit = entries.reduce((sum, { from, value }, i) => sum + value * ((entries[i + 1]?.from ?? steps) - from), 0) / steps;
  const length = expectedShareOfLimit * meanLimit;
  const trained = steps * promptsPerStep * groupSize * length * (2 / innerEpochs + 6 + (beta > 0 ? 2 : 0));
  const looks = evalEvery > 0 ? Math.floor(steps / evalEvery) : 0;
  const measured = 2 * length * evalProblems * (looks * evalSamples + 2 * beforeAfterSamples);
  return ((trained + measured) * parameters) / (cores * operationsPerCoreSecond);
}
