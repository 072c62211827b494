// The settings that a reward model and DPO have in common: their pairs, and how they are learnt from.
import { z } from 'zod';
import { adam, asLearningRate, count, countOrNever, learningRate, lora, model } from './shared.ts';

const column = (description: string) => z.string().min(1).describe(description).optional();

const heldOut = z.union([
  z
    .number()
    .min(0)
    .refine((n) => n < 1 || Number.isInteger(n), 'must be a share below 1, a whole number of prompts, or the name of a split')
    .describe('a share of the prompts below 1, or their number, drawn by the seed; 0 = none'),
  z.string().min(1).describe('a split of the data'),
]);

const pairColumns = {
  prompt: column('text, or messages'),
  chosen: column('the better side: text, or messages'),
  rejected: column('the worse side'),
};
const columnsOf = <T extends z.ZodRawShape>(columns: T) =>
  z
    .strictObject(columns)
    .optional()
    .describe("which of the data's columns are meant, e.g. { chosen: better, rejected: worse }; by default those of these names");

const preferenceKeys = {
  model: model.optional(),
  lora: lora.optional(),
  data: z
    .string()
    .min(1)
    .describe(
      "$stage of a judge stage; or a file (.jsonl, .jsonl.gz, .csv, .parquet), a directory, or owner/name on the hub; by default the recipe's data",
    )
    .optional(),
  split: z.string().min(1).default('train').describe('of a directory or a data set on the hub: what to learn from'),
  texts: z
    .enum(['plain', 'chat'])
    .default('plain')
    .describe(
      "columns of text: as they are, or as turns of a chat (prompt the user's, the sides the assistant's; \\n\\nHuman: and \\n\\nAssistant: as in HH)",
    ),
  epochs: count('passes over the data; the paper: 1').default(1),
  maxLength: count("tokens of prompt and response, at most; by default the model's context").optional(),
  longSequences: z.enum(['refuse', 'drop']).default('refuse').describe('longer ones: refuse the data, or leave them out; counted'),
  ...adam,
  heldOut: heldOut
    .optional()
    .describe('what is not learnt from, but measured on; by default the split test where there is one, else a tenth of the prompts'),
  evalEvery: countOrNever('steps between looks at what is held out; 0 = before the first and after the last step alone').default(0),
  saveEvery: count('steps between checkpoints; the last step is always saved').default(50),
  keep: count('checkpoints kept').default(2),
  logEvery: count('steps between rows of metrics').default(1),
  seed: z.int().min(0).optional().describe("of the order and of what is held out; by default the recipe's"),
};

const rate = (byDefault: number, description: string) => learningRate.default(byDefault).describe(description);

export const rewardModelSchema = z
  .strictObject({
    kind: z.literal('reward_model'),
    ...preferenceKeys,
    columns: columnsOf({
      ...pairColumns,
      response: column('pointwise: text, or messages'),
      label: column('pointwise: 1 or true is safe, 0 or false is not'),
    }),
    objective: z
      .enum(['pairwise', 'pointwise'])
      .default('pairwise')
      .describe('Bradley-Terry on pairs (helpfulness), or a label a response (harmlessness)'),
    sees: z
      .enum(['summary', 'response'])
      .optional()
      .describe('what of a response is read: what follows the thinking, or all of it; by default summary where pairwise'),
    batch: count('pairs, or labelled responses, of one optimiser step; the paper: 256').default(256),
    learningRate: rate(
      6e-6,
      "the paper's 6e-6, for all weights of a large model; an adapter or a small model wants ten to a hundred times as much",
    ),
  })
  .transform((s) => ({
    ...s,
    sees: s.sees ?? (s.objective === 'pairwise' ? ('summary' as const) : ('response' as const)),
    learningRate: asLearningRate(s.learningRate),
  }));

export const dpoSchema = z
  .strictObject({
    kind: z.literal('dpo'),
    ...preferenceKeys,
    columns: columnsOf(pairColumns),
    beta: z.number().positive().default(0.1).describe('how strongly the policy is held to where it starts'),
    batch: count('pairs of one optimiser step').default(64),
    learningRate: rate(1e-6, 'constant, unless `final` or `schedule` say otherwise; an adapter wants ten to fifty times as much'),
  })
  .transform((s) => ({ ...s, learningRate: asLearningRate(s.learningRate) }));
