// The settings of a judge stage: responses of a model, compared in pairs.
import { z } from 'zod';
import { count, model, nonNegative, ofTask, positive } from './shared.ts';

const endpoint = z
  .strictObject({
    url: z.string().min(1).describe("an OpenAI-compatible server's address, up to and with /v1"),
    model: z.string().min(1).describe('as the server calls it'),
    keyEnv: z.string().min(1).default('OPENAI_API_KEY').describe('the environment variable that holds the key, where the server wants one'),
    sees: z.enum(['summary', 'response']).default('summary').describe('what is shown of a response; harm is always judged by all of it'),
    maxTokens: count('new tokens of a verdict, thinking included').default(1024),
    temperature: nonNegative('of the judge').default(1),
    concurrency: count('requests at a time').default(8),
    timeout: positive('seconds that an answer may take; then it is asked for again').default(600),
  })
  .describe('a model behind an OpenAI-compatible endpoint');

export const judgeSchema = z
  .strictObject({
    kind: z.literal('judge'),
    model: model.optional(),
    ...ofTask,
    prompts: count('training prompts, drawn by the seed; by default all of them').optional(),
    samples: z.int().min(2, 'must be at least 2: one response has nothing to be compared with').default(4).describe('of each prompt'),
    maxTokens: count('new tokens of a response, at most'),
    temperature: positive('of sampling').default(1),
    longPrompts: z.enum(['drop', 'refuse']).default('refuse').describe("prompts that do not fit the model's context with maxTokens"),
    pairs: count('pairs of each prompt, drawn by the seed; by default each response is in one: samples / 2').optional(),
    judge: z
      .union([z.literal('task'), endpoint])
      .default('task')
      .describe("who compares: the task's own judge, or an endpoint"),
    judgements: count('of each pair, the sides in an order drawn anew; the paper: 4').default(4),
    margin: nonNegative('pairs whose mean difference is not more than this are left out; the paper: 1').default(1),
    balance: z
      .enum(['summary', 'response', 'none'])
      .default('summary')
      .describe('by whose length pairs are balanced, so that it foretells nothing; `none`: not at all'),
    harm: z
      .union([z.literal('task'), z.literal('none'), endpoint])
      .default('task')
      .describe('who says whether a response is safe, for pointwise rows: the task where it can, nobody, or an endpoint'),
    heldOut: z.number().min(0).lt(1).default(0.1).describe('the share of the prompts whose pairs and labels are kept to measure on'),
  })
  .superRefine((s, context) => {
    const most = (s.samples * (s.samples - 1)) / 2;
    if (s.pairs !== undefined && s.pairs > most)
      context.addIssue({ code: 'custom', path: ['pairs'], message: `${s.samples} samples make no more than ${most} pairs` });
  })
  .transform((s) => ({ ...s, pairs: s.pairs ?? Math.floor(s.samples / 2) }));

export type EndpointSettings = z.output<typeof endpoint>;
