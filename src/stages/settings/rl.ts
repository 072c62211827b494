// The settings of reinforcement learning: GRPO and what was published to improve it.
import { z } from 'zod';
import { checkGuard, guard } from './guard.ts';
import { checkRewards, rewards } from './rewards.ts';
import { adam, asLearningRate, count, countOrNever, learningRate, lora, model, nonNegative, ofTask, positive } from './shared.ts';
import { checkTasks, mixedTasks } from './tasks.ts';

const maxTokens = z.union([
  count('new tokens of a response, at most'),
  z
    .array(z.strictObject({ from: z.int().min(0), value: count('new tokens, at most') }))
    .min(1)
    .superRefine((entries, context) => {
      if (entries[0].from !== 0)
        context.addIssue({ code: 'custom', path: [0, 'from'], message: 'must be 0: the schedule says nothing about the first steps' });
      for (let i = 1; i < entries.length; i++)
        if (entries[i].from <= entries[i - 1].from)
          context.addIssue({ code: 'custom', path: [i, 'from'], message: `must be greater than ${entries[i - 1].from}, the entry before` });
    }),
]);

/** Where the loss's name is all that a recipe says. PPO's usual 0.2; GSPO's 3e-4 and 4e-4; CISPO caps the ratio at 5 (ScaleRL), from above only. */
const defaultClip = { ppo: { low: 0.2, high: 0.2 }, gspo: { low: 3e-4, high: 4e-4 }, cispo: { low: undefined, high: 4 } };

export const rlSchema = z
  .strictObject({
    kind: z.literal('rl'),
    model: model.optional(),
    ...ofTask,
    tasks: mixedTasks.optional(),
    lora: lora.optional(),
    prompts: z
      .string()
      .regex(/^\$/, 'must be $stage, an earlier stage of kind select')
      .optional()
      .describe("$stage: the training prompts that this stage of kind select has chosen; by default all of the task's"),
    steps: count('optimiser steps'),
    groupSize: z
      .int()
      .min(2, 'must be at least 2: a response is judged against the others of its group')
      .default(16)
      .describe('responses to each prompt (G)'),
    promptsPerStep: count('prompts of one optimiser step').default(32),
    minibatches: count('optimiser steps that one rollout serves: it has minibatches x promptsPerStep prompts; 1 = on-policy').default(1),
    innerEpochs: count('passes over a rollout (mu)').default(1),
    maxTokens,
    temperature: positive('of sampling, and of the log-probabilities on both sides').default(1),
    learningRate: learningRate.default(3e-6),
    beta: nonNegative('coefficient of the k3 KL to the reference, in the loss; 0: no reference is held').default(0),
    klRefreshEvery: countOrNever(
      "steps after which the reference becomes the policy as it is; 0 = never; by default the paper's 400 where beta is not 0",
    ).optional(),
    loss: z.enum(['ppo', 'gspo', 'cispo']).default('ppo').describe("the token loss; GRPO's is ppo"),
    clip: z
      .strictObject({ low: nonNegative('epsilon low').optional(), high: nonNegative('epsilon high (DAPO: clip-higher)').optional() })
      .optional()
      .describe(
        "the ratio is clipped to [1 - low, 1 + high]; by default 0.2 (ppo), 3e-4 and 4e-4 (gspo), high 4 alone (cispo); the paper's reasoning RL: 10 and 10",
      ),
    advantages: z.enum(['grpo', 'dr_grpo']).default('grpo').describe('grpo: (r - mean) / std; dr_grpo: r - mean'),
    aggregation: z
      .enum(['sequence', 'token', 'constant'])
      .default('sequence')
      .describe(
        'sequence: each response averaged, then the responses (GRPO); token: all tokens alike (DAPO); constant: by maxTokens (Dr. GRPO)',
      ),
    dynamicSampling: z
      .strictObject({ maxRounds: count('rounds of sampling, the first included') })
      .optional()
      .describe('DAPO: groups without a difference are replaced by groups of other prompts'),
    overlongFilter: z.boolean().default(false).describe('DAPO: responses cut at the limit are not trained on'),
    overlongPenalty: z
      .strictObject({ cache: count('width of the slope, tokens') })
      .optional()
      .describe('DAPO: the reward falls to -1 over the last `cache` tokens before the limit'),
    tisCap: positive('truncated importance sampling between trainer and sampler, C').optional(),
    rewards,
    onRewardError: z
      .enum(['stop', 'noReward'])
      .default('stop')
      .describe('a reward that throws or is not finite: stop after saving, or count the sample as having none'),
    longPrompts: z.enum(['drop', 'refuse']).default('refuse').describe("prompts that do not fit the model's context with maxTokens"),
    ...adam,
    evalEvery: countOrNever('steps between looks at held-out problems; 0 = never').default(10),
    evalProblems: count('held-out problems at each look').default(64),
    evalSamples: count('samples of each').default(1),
    beforeAfterSamples: countOrNever(
      'samples of each before the first step and after the last, for the table before / after; 0 = no such look',
    ).default(16),
    guard: guard.optional(),
    saveEvery: count('steps between checkpoints; the last step is always saved').default(25),
    keep: count('checkpoints kept').default(2),
  })
  .superRefine((s, context) => {
    const smallest = typeof s.maxTokens === 'number' ? s.maxTokens : Math.min(...s.maxTokens.map((e) => e.value));
    if (s.overlongPenalty && s.overlongPenalty.cache > smallest)
      context.addIssue({
        code: 'custom',
        path: ['overlongPenalty', 'cache'],
        message: `${s.overlongPenalty.cache} is more than maxTokens (${smallest})`,
      });
    if ((s.klRefreshEvery ?? 0) > 0 && s.beta === 0)
      context.addIssue({
        code: 'custom',
        path: ['klRefreshEvery'],
        message: 'has no effect where beta is 0: there is no reference. Set beta, or take it out',
      });
    checkTasks(s, context);
    checkRewards(s, context);
    checkGuard(s, context);
    if (s.loss === 'cispo' && s.clip?.low !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['clip', 'low'],
        message: 'has no effect with loss cispo, which clips from above only: take it out',
      });
    if (typeof s.learningRate !== 'number' && s.learningRate.warmup >= s.steps && s.learningRate.warmup > 0)
      context.addIssue({
        code: 'custom',
        path: ['learningRate', 'warmup'],
        message: `${s.learningRate.warmup} must be less than steps (${s.steps})`,
      });
  })
  .transform((s) => {
    const defaults = defaultClip[s.loss];
    return {
      ...s,
      klRefreshEvery: s.klRefreshEvery ?? (s.beta > 0 ? 400 : 0),
      learningRate: asLearningRate(s.learningRate),
      clip: { low: s.clip?.low ?? defaults.low, high: s.clip?.high ?? defaults.high },
    };
  });
