// The settings of on-policy distillation.
import { z } from 'zod';
import { adam, asLearningRate, count, countOrNever, learningRate, lora, model, ofTask, positive } from './shared.ts';

export const onPolicyDistillSchema = z
  .strictObject({
    kind: z.literal('on_policy_distill'),
    model: model.optional(),
    teacher: z.string().min(1).describe('whose judgement the student learns: $stage, or a model as in the recipe'),
    lora: lora.optional(),
    ...ofTask,
    steps: count('optimiser steps'),
    promptsPerStep: count('prompts of one optimiser step').default(32),
    groupSize: count('responses of the student to each prompt').default(4),
    maxTokens: count('new tokens of a response, at most'),
    temperature: positive('of sampling, and of the log-probabilities of both models').default(1),
    learningRate: learningRate.default(1e-4),
    longPrompts: z.enum(['drop', 'refuse']).default('refuse').describe("prompts that do not fit the model's context with maxTokens"),
    ...adam,
    evalEvery: countOrNever('steps between looks at held-out problems; 0 = never').default(10),
    evalProblems: count('held-out problems at each look').default(64),
    evalSamples: count('samples of each').default(1),
    saveEvery: count('steps between checkpoints; the last step is always saved').default(25),
    keep: count('checkpoints kept').default(2),
  })
  .transform((s) => ({ ...s, learningRate: asLearningRate(s.learningRate) }));
