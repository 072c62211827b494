// What `thinkling init` writes: a recipe for a model and a task in which every line says what it does, and what the paper had there.

import type { LlamaConfig } from '../formats/modelConfig.ts';

export const templateKinds = ['zero', 'sft', 'r1'] as const;
export type TemplateKind = (typeof templateKinds)[number];

export interface TemplateFacts {
  kind: TemplateKind;
  /** As they are to stand in the recipe. */
  name: string;
  model: string;
  task: string;
  data?: string;
  /** Where the recipes' JSON schema lies, from the recipe's folder. */
  schema: string;
  config: LlamaConfig;
  /** Weights of the model. */
  parameters: number;
}

/** A line of YAML, and what it is; or a comment alone. */
type Line = [yaml: string, comment: string];

/** Above so many weights an adapter is trained: all weights, their gradients and the optimizer's moments take sixteen bytes each. */
const adapterFrom = 50e6;
const commentColumn = 44;

/** The recipe's text. */
export function recipeTemplate(facts: TemplateFacts): string {
  const { kind, name, model, task, data } = facts;
  const stages = { zero: zeroStages, sft: sftStages, r1: r1Stages }[kind](facts);
  const head: Line[] = [
    [`name: ${quoted(name)}`, "the run's folder is runs/<name>"],
    [`model: ${quoted(model)}`, 'where the first stage starts; the paper: DeepSeek-V3-Base'],
    ...(kind === 'sft' ? [] : ([[`task: ${quoted(task)}`, 'prompts, and the rules that judge the answers']] as Line[])),
    ...(data === undefined
      ? []
      : ([[`data: ${quoted(data)}`, kind === 'sft' ? 'what is learnt from' : 'chains of thought, and data of the task']] as Line[])),
    ['seed: 1', 'the same seed gives the same run on the same machine'],
    ['stages:', 'one after another; the same command goes on where it was stopped'],
  ];
  return [
    `# yaml-language-server: $schema=${facts.schema}`,
    `# ${titles[kind]}`,
    ...[...head, ...stages].map(([yaml, comment]) => `${yaml.padEnd(commentColumn)} # ${comment}`),
    '',
  ].join('\n');
}

const titles: Record<TemplateKind, string> = {
  zero: 'R1-Zero: reinforcement learning with rule rewards alone, from a base model.',
  sft: 'Supervised fine-tuning: a model learns the responses of a data set.',
  r1: 'The beginning of R1: a cold start from chains of thought, then reinforcement learning for reasoning.',
};

function zeroStages(facts: TemplateFacts): Line[] {
  return [['  zero:', 'the name that later stages refer to: $zero'], ...rlLines(facts), ...scoreLines(facts, '$zero')];
}

function sftStages(facts: TemplateFacts): Line[] {
  return [['  tune:', 'the name that later stages refer to: $tune'], ...sftLines(facts)];
}

function r1Stages(facts: TemplateFacts): Line[] {
  return [
    ['  coldStart:', 'the paper: Dev1, readable chains of thought before any reinforcement learning'],
    ...sftLines(facts),
    ['  reasoning:', 'the paper: Dev2'],
    ['    kind: rl', 'GRPO'],
    ['    model: $coldStart', 'what the stage above made'],
    ...rlLines(facts).slice(1),
    ['    rewards: { language: 1 }', 'beside those of the task: the share of words in the right language, added directly, as in the paper'],
    ...scoreLines(facts, '$reasoning'),
  ];
}

function rlLines({ config, parameters }: TemplateFacts): Line[] {
  const small = parameters < adapterFrom;
  return [
    ['    kind: rl', 'GRPO'],
    ...adapterLines(parameters),
    [`    steps: ${small ? 100 : 60}`, 'optimiser steps; the paper: 10,400'],
    [`    promptsPerStep: ${small ? 16 : 4}`, 'prompts of a step; the paper: 32'],
    ['    groupSize: 8', 'responses to each prompt, judged against each other; the paper: 16'],
    [`    maxTokens: ${limit(config)}`, 'of a response; the paper: 32,768, later 65,536'],
    ['    temperature: 1', "of sampling; the paper's 1"],
    [
      `    learningRate: ${small ? '3.0e-4' : '2.0e-4'}`,
      `the paper: 3e-6, for 671 billion weights; ${small ? 'small models' : 'adapters'} learn at higher rates`,
    ],
    ['    beta: 0.001', "weight of the KL to the reference; the paper's 0.001; 0 = no reference"],
    ['    klRefreshEvery: 400', "steps until the policy becomes the reference; the paper's 400"],
    ['    longPrompts: drop', "prompts that do not fit the model's context are left out"],
    ['    evalEvery: 10', 'steps between looks at held-out problems'],
    ['    evalProblems: 64', 'so many of them'],
    ['    beforeAfterSamples: 4', 'samples of each before the first step and after the last'],
    ['    saveEvery: 10', 'steps between checkpoints'],
  ];
}

function sftLines({ parameters }: TemplateFacts): Line[] {
  const small = parameters < adapterFrom;
  return [
    ['    kind: sft', 'the loss falls on the responses alone'],
    ...adapterLines(parameters),
    ['    epochs: 2', "passes over the data; the paper's 2 to 3"],
    ['    sequencesPerStep: 32', 'the paper: 128'],
    [`    learningRate: ${small ? '3.0e-4' : '2.0e-4'}`, 'falls by a cosine to a tenth; the paper: 5e-5 to 5e-6'],
    ['    longSequences: drop', "sequences that do not fit the model's context are left out; the paper's context: 32,768"],
    ['    saveEvery: 25', 'steps between checkpoints'],
  ];
}

function scoreLines({ config }: TemplateFacts, model: string): Line[] {
  return [
    ['  score:', 'what came out of it'],
    ['    kind: evaluate', 'pass@1 and more on held-out problems, with intervals'],
    [`    model: ${model}`, 'what the stage above made'],
    ['    problems: 128', 'held-out problems; without this line all of them'],
    ['    samples: 4', 'of each problem; the paper: 64 (AIME), 16 (MATH-500)'],
    ['    temperature: 0.6', "the paper's 0.6"],
    ['    topP: 0.95', "the paper's 0.95"],
    [`    maxTokens: ${limit(config)}`, 'of a response; the paper: 32,768'],
  ];
}

function adapterLines(parameters: number): Line[] {
  return parameters < adapterFrom
    ? []
    : [['    lora: { rank: 16 }', 'trains an adapter, for a fraction of the memory; the paper: all weights']];
}

/** A response may take half of the context, and at most what a small machine samples in bearable time. */
function limit({ maxPositions }: LlamaConfig): number {
  return Math.max(1, Math.min(300, Math.floor(maxPositions / 2)));
}

/** YAML takes most names and paths as they are. */
function quoted(text: string): string {
  return /^[\w./~@+-][\w./~@+:-]*$/.test(text) && !/:$/.test(text) && !/^[\d.+-]+$/.test(text) ? text : JSON.stringify(text);
}
