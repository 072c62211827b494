// What the recipes of `thinkling init` are made of: lines of YAML with what each is, and the settings that several stages share.

import type { LlamaConfig } from '../formats/modelConfig.ts';

export interface TemplateFacts {
  /** As they are to stand in the recipe. */
  name: string;
  model: string;
  task: string;
  data?: string;
  /** The task asks for thoughts and answers in their tags. */
  formatted: boolean;
  /** The task whose judge compares responses for reward models: the task itself, the lab's general half, or none. */
  general?: { task: string; harm: boolean };
  /** Where the recipes' JSON schema lies, from the recipe's folder. */
  schema: string;
  config: LlamaConfig;
  /** Weights of the model. */
  parameters: number;
}

/** A line of YAML, and what it is; without YAML a remark on what follows. */
export type Line = readonly [yaml: string, comment: string];

const commentColumn = 44;

export function written([yaml, comment]: Line): string {
  return yaml === '' ? `  # ${comment}` : `${yaml.padEnd(commentColumn)} # ${comment}`;
}

/** Lines of stages that the recipe does not have until someone takes their first `# ` away. */
export function leftOut(lines: readonly Line[]): Line[] {
  return lines.map(([yaml, comment]) => [yaml === '' ? '' : `  # ${yaml.slice(2)}`, comment]);
}

/** Above so many weights an adapter is trained: all weights, their gradients and the optimizer's moments take sixteen bytes each. */
const adapterFrom = 50e6;

export function isSmall({ parameters }: TemplateFacts): boolean {
  return parameters < adapterFrom;
}

export function adapterLines(facts: TemplateFacts): Line[] {
  return isSmall(facts) ? [] : [['    lora: { rank: 16 }', 'trains an adapter, for a fraction of the memory; the paper: all weights']];
}

/** The learning rate that a small model takes, or else an adapter's. */
export function rate(facts: TemplateFacts, small: string, adapter: string): string {
  return `    learningRate: ${isSmall(facts) ? small : adapter}`;
}

/** A response may take half of the context, and at most what a small machine samples in bearable time. */
export function limit({ config: { maxPositions } }: TemplateFacts): number {
  return Math.max(1, Math.min(300, Math.floor(maxPositions / 2)));
}

export function rlLines(facts: TemplateFacts): Line[] {
  const small = isSmall(facts);
  return [
    ['    kind: rl', 'GRPO'],
    ...adapterLines(facts),
    [`    steps: ${small ? 100 : 60}`, 'optimiser steps; the paper: 10,400'],
    [`    promptsPerStep: ${small ? 16 : 4}`, 'prompts of a step; the paper: 32'],
    ['    groupSize: 8', 'responses to each prompt, judged against each other; the paper: 16'],
    [`    maxTokens: ${limit(facts)}`, 'of a response; the paper: 32,768, later 65,536'],
    ['    temperature: 1', "of sampling; the paper's 1"],
    [
      rate(facts, '3.0e-4', '2.0e-4'),
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

export function sftLines(facts: TemplateFacts, kind: 'sft' | 'distill' = 'sft'): Line[] {
  return [
    [`    kind: ${kind}`, 'the loss falls on the responses alone'],
    ...adapterLines(facts),
    ['    epochs: 2', "passes over the data; the paper's 2 to 3"],
    ['    sequencesPerStep: 32', 'the paper: 128'],
    [rate(facts, '3.0e-4', '2.0e-4'), 'falls by a cosine to a tenth; the paper: 5e-5 to 5e-6'],
    ['    longSequences: drop', "sequences that do not fit the model's context are left out; the paper's context: 32,768"],
    ['    saveEvery: 25', 'steps between checkpoints'],
  ];
}

/** How an evaluation samples. */
export function measuringLines(facts: TemplateFacts): Line[] {
  return [
    ['    problems: 128', 'held-out problems; without this line all of them'],
    ['    samples: 4', 'of each problem; the paper: 64 (AIME), 16 (MATH-500)'],
    ['    temperature: 0.6', "the paper's 0.6"],
    ['    topP: 0.95', "the paper's 0.95"],
    [`    maxTokens: ${limit(facts)}`, 'of a response; the paper: 32,768'],
  ];
}

/** YAML takes most names and paths as they are. */
export function quoted(text: string): string {
  return /^[\w./~@+-][\w./~@+:-]*$/.test(text) && !/:$/.test(text) && !/^[\d.+-]+$/.test(text) ? text : JSON.stringify(text);
}
