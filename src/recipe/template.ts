// What `thinkling init` writes: a recipe for a model and a task in which every line says what it does, and what the paper had there.

import { type Line, measuringLines, quoted, rlLines, sftLines, type TemplateFacts, written } from './templateLines.ts';
import { r1Stages } from './templateR1.ts';

type TemplateKind = 'zero' | 'sft' | 'r1';

/** The recipe's text. */
export function recipeTemplate(kind: TemplateKind, facts: TemplateFacts): string {
  const { name, model, task, data } = facts;
  const { title, stages } = templates[kind];
  const head: Line[] = [
    [`name: ${quoted(name)}`, "the run's folder is runs/<name>"],
    [`model: ${quoted(model)}`, 'where the first stage starts; the paper: DeepSeek-V3-Base'],
    ...(kind === 'sft' ? [] : ([[`task: ${quoted(task)}`, 'prompts, and the rules that judge the answers']] as Line[])),
    ...(data === undefined
      ? []
      : ([[`data: ${quoted(data)}`, kind === 'sft' ? 'what is learnt from' : 'data of the task, where it needs any']] as Line[])),
    ['seed: 1', 'the same seed gives the same run on the same machine'],
    ['stages:', 'one after another; the same command goes on where it was stopped'],
  ];
  return [`# yaml-language-server: $schema=${facts.schema}`, `# ${title}`, ...[...head, ...stages(facts)].map(written), ''].join('\n');
}

const templates: Record<TemplateKind, { title: string; stages(facts: TemplateFacts): Line[] }> = {
  zero: {
    title: 'R1-Zero: reinforcement learning with rule rewards alone, from a base model.',
    stages: (facts) => [
      ['  zero:', 'the name that later stages refer to: $zero'],
      ...rlLines(facts),
      ['  score:', 'what came out of it'],
      ['    kind: evaluate', 'pass@1 and more on held-out problems, with intervals'],
      ['    model: $zero', 'what the stage above made'],
      ...measuringLines(facts),
    ],
  },
  sft: {
    title: 'Supervised fine-tuning: a model learns the responses of a data set.',
    stages: (facts) => [['  tune:', 'the name that later stages refer to: $tune'], ...sftLines(facts)],
  },
  r1: { title: 'The whole of DeepSeek-R1 (arXiv 2501.12948), stage by stage; docs/r1.md walks through it.', stages: r1Stages },
};
