// The settings of rejection sampling and curation.
import { z } from 'zod';
import { count, model, ofTask, positive } from './shared.ts';
import { mixedTasks } from './tasks.ts';

const share = (description: string) => z.number().min(0).max(1).describe(description);
const bounds = (description: string) =>
  z
    .strictObject({ min: count('at least').optional(), max: count('at most').optional() })
    .refine((s) => s.min !== undefined || s.max !== undefined, 'needs min, max or both')
    .refine((s) => s.min === undefined || s.max === undefined || s.min <= s.max, 'has a min above its max')
    .describe(description)
    .optional();

const filters = z.strictObject({
  correct: z
    .boolean()
    .optional()
    .describe(
      "the task's accuracy must be 1, or where no rule applies the judge must agree; by default so, but for candidates that are given",
    ),
  unfinished: z.boolean().default(true).describe('drop responses that were cut at maxTokens'),
  format: z.boolean().default(false).describe('one thought and one answer in their tags, and nothing else'),
  language: z
    .strictObject({
      atLeast: share('of the words of the thought').default(0.9),
      code: z.string().min(2).describe("such as en; by default the row's column language, else the language of its prompt").optional(),
    })
    .optional()
    .describe('drop mixed languages: the share of words of the target language'),
  repetition: z
    .strictObject({ words: count('of an n-gram').default(6), atMost: share('of the n-grams that have come before').default(0.2) })
    .optional()
    .describe('drop responses that say the same again and again'),
  tokens: bounds('of the response'),
  thinkingTokens: bounds('of the thought'),
  paragraphWords: count('of a paragraph, at most').optional(),
  codeBlocks: z.enum(['keep', 'drop']).default('keep').describe('drop: responses with a code block in their reasoning'),
  duplicates: z
    .strictObject({
      similarity: z.number().gt(0).max(1).default(0.8).describe('Jaccard, of the sets of n-grams, from which two responses are the same'),
      words: count('of an n-gram').default(5),
    })
    .optional()
    .describe('of every two near-duplicates, of one prompt or of two, the later one is dropped'),
});

const endpoint = {
  url: z.string().min(1).describe('of an OpenAI-compatible server, up to and with /v1'),
  model: z.string().min(1).describe('as the server calls it'),
  keyEnv: z.string().min(1).default('OPENAI_API_KEY').describe('the variable of the environment that has the key, where there is one'),
  concurrency: count('requests at a time').default(8),
  timeout: positive('seconds that an answer may take; then it is asked for again').default(600),
};

const judge = z.union([
  z.strictObject({
    ...endpoint,
    maxTokens: count('of a judgement, its thought included').default(2048),
    instruction: z.string().min(1).describe("what a response must be to pass, in place of the template's own words").optional(),
  }),
  z.strictObject({
    rewardModel: z.string().min(1).describe('$stage, or a directory'),
    above: z.number().describe('the score that a response must exceed'),
    sees: z.enum(['summary', 'response']).default('summary').describe('what follows the thought, or all of the response'),
  }),
]);

const plus = z.union([
  z.string().min(1),
  z.strictObject({
    data: z.string().min(1).describe('a file, a directory, a name on the hub, or lab:general'),
    split: z.string().min(1).default('train'),
    columns: z.record(z.enum(['prompt', 'completion', 'messages']), z.string().min(1)).optional(),
    texts: z
      .enum(['plain', 'chat'])
      .default('plain')
      .describe('columns of text: as they are, or as turns of a chat, as the prompts of a chat task are; of preferences the chosen side'),
    domain: z.string().min(1).default('general'),
    rows: count('taken, drawn by the seed; by default all').optional(),
  }),
]);

const summary = z.literal('summary').describe("the task's own form of reasoning and summary, or the general one (docs/data.md)");

export const rejectionSchema = z
  .strictObject({
    kind: z.literal('rejection'),
    model: model.optional(),
    ...ofTask,
    tasks: mixedTasks.optional(),
    candidates: z
      .string()
      .min(1)
      .describe('responses that are there already, in place of samples: a file, a directory or a name on the hub, as for sft')
      .optional(),
    prompts: count('training prompts, drawn by the seed; by default all of them').optional(),
    samples: count('of each prompt (k); by default 4').optional(),
    maxTokens: count('new tokens of a response, at most').optional(),
    temperature: positive('of sampling; by default 1').optional(),
    longPrompts: z.enum(['drop', 'refuse']).default('refuse').describe("prompts that do not fit the model's context with maxTokens"),
    promptsPerShard: count('a stop in the midst of a shard loses at most its samples').default(128),
    filters: filters.prefault({}).describe('what a response must pass to be kept; each drop is counted by its reason'),
    judge: judge.describe('says whether a response passes where no rule can').optional(),
    rewrite: z
      .union([summary, z.strictObject({ ...endpoint, maxTokens: count('of a rewritten response').default(8192) })])
      .optional()
      .describe('what is kept becomes reasoning and summary, and must still be right'),
    perPrompt: count('responses of a prompt that are kept, at most').optional(),
    balance: z
      .union([z.literal('equal'), z.record(z.string(), z.number().positive())])
      .optional()
      .describe('of the kept: as many of each domain, or in these shares; the domain that has fewest for its share decides'),
    plus: z.array(plus).default([]).describe('further data, which need no reasoning and pass no filter'),
  })
  .superRefine((s, context) => {
    const issue = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    if (s.task !== undefined && s.tasks !== undefined) issue(['tasks'], 'cannot be given with task: take one of them out');
    for (const [name, { from }] of Object.entries(s.tasks ?? {}))
      if (from > 0) issue(['tasks', name, 'from'], 'has no effect here, where there are no steps of training: take it out');
    if (s.tasks !== undefined && s.prompts === undefined && new Set(Object.values(s.tasks).map(({ weight }) => weight)).size > 1)
      issue(['tasks'], 'have different weights, which have no effect where all prompts are taken: set prompts');
    if (s.candidates === undefined) {
      if (s.maxTokens === undefined) issue(['maxTokens'], 'is missing');
      return;
    }
    for (const key of ['task', 'tasks', 'data', 'prompts', 'samples', 'maxTokens', 'temperature'] as const)
      if (s[key] !== undefined) issue([key], 'has no effect where candidates are given: nothing is sampled. Take it out');
    if (s.filters.correct && s.judge === undefined)
      issue(['filters', 'correct'], 'candidates that are given have no rule that judges them: set judge, or take it out');
  })
  .transform(({ filters: { correct, ...filters }, plus: further, ...s }) => ({
    ...s,
    ...(s.candidates === undefined ? { samples: s.samples ?? 4, temperature: s.temperature ?? 1 } : {}),
    filters: { ...filters, correct: correct ?? (s.candidates === undefined || s.judge !== undefined) },
    plus: further.map((each) =>
      typeof each === 'string' ? { data: each, split: 'train', texts: 'plain' as const, domain: 'general' } : each,
    ),
  }));
