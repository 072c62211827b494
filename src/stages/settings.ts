// The settings of each kind of stage: schema, defaults, and the combinations that make no sense. recipe/ assembles them into the
// recipe's schema; a stage receives its parsed settings as a plain object. Descriptions give the papers' names of things.
import { z } from 'zod';
import type { LearningRate } from '../algorithms/schedules.ts';
import { projections } from '../formats/lora.ts';

const count = (description: string) => z.int().min(1).describe(description);
const countOrNever = (description: string) => z.int().min(0).describe(description);
const positive = (description: string) => z.number().positive().describe(description);
const nonNegative = (description: string) => z.number().min(0).describe(description);

const warmup = z.int().min(0).default(0).describe('steps of linear warm-up');

/** A number is a constant rate; with `final` the schedule is a cosine unless it says otherwise. */
const learningRate = z.union([
  positive('constant'),
  z
    .strictObject({
      peak: positive('the rate after the warm-up'),
      final: nonNegative('where the cosine ends').optional(),
      schedule: z.enum(['constant', 'cosine']).optional().describe('cosine where `final` is given, constant otherwise'),
      warmup,
    })
    .superRefine((rate, context) => {
      if (rate.schedule === 'constant' && rate.final !== undefined)
        context.addIssue({
          code: 'custom',
          path: ['final'],
          message: 'has no effect where the schedule is constant: take it out, or use schedule: cosine',
        });
      if (rate.schedule === 'cosine' && rate.final === undefined)
        context.addIssue({ code: 'custom', path: ['schedule'], message: 'cosine needs `final`, the rate it ends at (0 is one)' });
    }),
]);

function asLearningRate(rate: z.output<typeof learningRate>): LearningRate {
  if (typeof rate === 'number') return { peak: rate, schedule: 'constant', warmup: 0 };
  return { ...rate, schedule: rate.schedule ?? (rate.final === undefined ? 'constant' : 'cosine') };
}

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

const model = z
  .string()
  .min(1)
  .describe(
    "where to start: $stage, or a model as in the recipe; by default what the last training stage before made, else the recipe's model",
  );

const adam = {
  weightDecay: nonNegative('AdamW, decoupled').default(0),
  gradClipNorm: nonNegative('clip the global gradient norm to this; 0 = never').default(1),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.95),
  eps: positive('AdamW').default(1e-8),
};

/** An adapter instead of all weights. alpha / rank = 2 and all projections are the usual choice (peft, "LoRA Without Regret"). */
const lora = z
  .strictObject({
    rank: count('of the two factors'),
    alpha: positive('the adapter counts alpha / rank; by default twice the rank').optional(),
    targets: z
      .array(z.enum(projections))
      .min(1)
      .default([...projections])
      .describe('projections that are adapted; by default all'),
  })
  .transform(({ rank, alpha, targets }) => ({ rank, alpha: alpha ?? 2 * rank, targets }))
  .describe('train a low-rank adapter and freeze the model: a fraction of the memory, and the reference costs nothing');

export const pretrainSchema = z
  .strictObject({
    kind: z.literal('pretrain'),
    architecture: z
      .strictObject({
        hiddenSize: count('width'),
        layers: count('layers'),
        heads: count('query heads'),
        kvHeads: count('key and value heads (GQA); by default as many as `heads`').optional(),
        intermediateSize: count('width of the SwiGLU'),
        maxPositions: count('context: prompt and response together'),
      })
      .superRefine((a, context) => {
        const kvHeads = a.kvHeads ?? a.heads;
        if (a.hiddenSize % a.heads !== 0 || (a.hiddenSize / a.heads) % 2 !== 0)
          context.addIssue({
            code: 'custom',
            path: ['hiddenSize'],
            message: `${a.hiddenSize} must be an even multiple of heads (${a.heads}): rotary positions turn pairs`,
          });
        if (a.heads % kvHeads !== 0)
          context.addIssue({ code: 'custom', path: ['kvHeads'], message: `${kvHeads} must divide heads (${a.heads})` });
      }),
    corpus: z.literal('lab').describe('what to train on'),
    tokens: count('tokens to train on; the last step is whole'),
    rowTokens: count('rowTokens x rowsPerStep = tokens of one optimiser step; the engine packs them into rows of its own choice'),
    rowsPerStep: count('see rowTokens'),
    learningRate: z.strictObject({ peak: positive('after the warm-up'), final: nonNegative('where the cosine ends'), warmup }),
    ...adam,
    weightDecay: nonNegative('AdamW, decoupled').default(0.05),
    saveEvery: count('steps between checkpoints').default(200),
    keep: count('checkpoints kept').default(2),
    logEvery: count('steps between rows of metrics').default(10),
    seed: z.int().min(0).optional().describe("of the weights and the corpus; by default the recipe's"),
  })
  .superRefine((s, context) => {
    if (s.rowTokens > s.architecture.maxPositions)
      context.addIssue({
        code: 'custom',
        path: ['rowTokens'],
        message: `${s.rowTokens} is more than architecture.maxPositions (${s.architecture.maxPositions})`,
      });
  });

/** Where the loss's name is all that a recipe says. PPO's usual 0.2; GSPO's 3e-4 and 4e-4; CISPO caps the ratio at 5 (ScaleRL), from above only. */
const defaultClip = { ppo: { low: 0.2, high: 0.2 }, gspo: { low: 3e-4, high: 4e-4 }, cispo: { low: undefined, high: 4 } };

export const rlSchema = z
  .strictObject({
    kind: z.literal('rl'),
    model: model.optional(),
    lora: lora.optional(),
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
    klRefreshEvery: countOrNever('steps after which the reference becomes the policy as it is; 0 = never').default(0),
    loss: z.enum(['ppo', 'gspo', 'cispo']).default('ppo').describe("the token loss; GRPO's is ppo"),
    clip: z
      .strictObject({ low: nonNegative('epsilon low').optional(), high: nonNegative('epsilon high (DAPO: clip-higher)').optional() })
      .optional()
      .describe('the ratio is clipped to [1 - low, 1 + high]; by default 0.2 (ppo), 3e-4 and 4e-4 (gspo), high 4 alone (cispo)'),
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
    rewards: z.record(z.string(), z.number()).optional().describe("weight of each reward, by name; those not named keep the task's weight"),
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
    if (s.klRefreshEvery > 0 && s.beta === 0)
      context.addIssue({
        code: 'custom',
        path: ['klRefreshEvery'],
        message: 'has no effect where beta is 0: there is no reference. Set beta, or take it out',
      });
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
      learningRate: asLearningRate(s.learningRate),
      clip: { low: s.clip?.low ?? defaults.low, high: s.clip?.high ?? defaults.high },
    };
  });

/** Cosine to a tenth of the peak, where a recipe does not say otherwise. */
const sftLearningRate = z
  .strictObject({ peak: positive('after the warm-up'), final: nonNegative('where the cosine ends; by default a tenth').optional(), warmup })
  .transform(({ peak, final, warmup }) => ({ peak, final: final ?? peak / 10, warmup }));

const column = z.string().min(1);

export const sftSchema = z.strictObject({
  kind: z.literal('sft'),
  model: model.optional(),
  lora: lora.optional(),
  data: z.string().min(1).describe('a file (.jsonl, .csv, .tsv, .parquet) or a directory as on the hub'),
  columns: z
    .strictObject({ prompt: column.optional(), completion: column.optional(), messages: column.optional() })
    .optional()
    .describe("which of the file's columns are meant, e.g. { prompt: question, completion: answer }"),
  epochs: count('passes over the data').default(2),
  sequencesPerStep: count('sequences of one optimiser step').default(32),
  maxLength: count("tokens of a sequence, at most; by default the model's context").optional(),
  longSequences: z.enum(['drop', 'refuse']).default('refuse').describe('rows that are longer than maxLength; they are never cut'),
  learningRate: sftLearningRate,
  ...adam,
  heldOut: z
    .number()
    .min(0)
    .refine((n) => n < 1 || Number.isInteger(n), 'must be a share below 1, or a whole number of rows')
    .default(0)
    .describe('rows that are not learnt from, drawn by the seed: a share below 1, or their number'),
  evalEvery: countOrNever('steps between looks at the loss of the rows held out; 0 = never').default(10),
  saveEvery: count('steps between checkpoints; the last step is always saved').default(50),
  keep: count('checkpoints kept').default(2),
  logEvery: count('steps between rows of metrics').default(1),
  seed: z.int().min(0).optional().describe("of the order and the rows held out; by default the recipe's"),
});

export const evaluateSchema = z
  .strictObject({
    kind: z.literal('evaluate'),
    model: model.optional(),
    samples: count('of each problem').default(16),
    problems: count('held-out problems; by default all of them').optional(),
    temperature: nonNegative("0 = greedy; the paper's 0.6").default(0.6),
    topP: z.number().gt(0).max(1).default(0.95).describe("nucleus; the paper's 0.95"),
    maxTokens: count('new tokens of a response, at most'),
    ks: z.array(count('k of pass@k')).min(1).optional().describe('by default 1 and `samples`'),
  })
  .superRefine((s, context) => {
    if (s.temperature === 0 && s.samples > 1)
      context.addIssue({ code: 'custom', path: ['samples'], message: `must be 1 where temperature is 0: greedy answers are all the same` });
    s.ks?.forEach((k, i) => {
      if (k > s.samples)
        context.addIssue({
          code: 'custom',
          path: ['ks', i],
          message: `pass@${k} needs ${k} samples of each problem, samples is ${s.samples}`,
        });
    });
  })
  .transform((s) => ({ ...s, ks: [...new Set(s.ks ?? [1, s.samples])].sort((a, b) => a - b) }));

/** The schema of each kind of stage. */
export const stageSchemas = { pretrain: pretrainSchema, sft: sftSchema, rl: rlSchema, evaluate: evaluateSchema };

export type StageKind = keyof typeof stageSchemas;
export type PretrainSettings = z.output<typeof pretrainSchema>;
export type SftSettings = z.output<typeof sftSchema>;
export type RlSettings = z.output<typeof rlSchema>;
export type EvaluateSettings = z.output<typeof evaluateSchema>;
export type StageSettings = PretrainSettings | SftSettings | RlSettings | EvaluateSettings;

/** Keys that people know from elsewhere and that a stage refuses for a reason. */
export const refusedKeys: Partial<Record<StageKind, Record<string, string>>> = {
  rl: {
    topP: "training on top-p samples is refused: their log-probabilities are not those of the model's whole distribution. Take it out; temperature is allowed",
    topK: "training on top-k samples is refused: their log-probabilities are not those of the model's whole distribution. Take it out; temperature is allowed",
  },
};
