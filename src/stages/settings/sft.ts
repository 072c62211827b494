// The settings of supervised fine-tuning.
import { z } from 'zod';
import type { LearningRate } from '../../algorithms/schedules.ts';
import { adam, asLearningRate, count, countOrNever, learningRate, lora, model } from './shared.ts';

const column = (description: string) => z.string().min(1).describe(description).optional();

/** What any stage that learns from examples has, whatever it makes of them. */
export const exampleFields = {
  lora: lora.optional(),
  data: z
    .string()
    .min(1)
    .describe(
      "a file (.jsonl, .csv, .tsv, .parquet), a directory as on the hub, owner/name on the hub, or lab:general; by default the recipe's data",
    )
    .optional(),
  split: z.string().min(1).default('train').describe('of a directory or a data set on the hub: what to learn from'),
  columns: z
    .strictObject({
      prompt: column('text, or messages'),
      completion: column('text, or messages: what is learnt'),
      messages: column("conversations, of which the assistant's turns are learnt"),
    })
    .optional()
    .describe("which of the data's columns are meant, e.g. { prompt: question, completion: answer }; by default those of these names"),
  epochs: count('passes over the data; the paper: 2 to 3').default(2),
  sequencesPerStep: count('sequences of one optimiser step').default(32),
  maxLength: count("tokens of a sequence, at most; by default the model's context").optional(),
  longSequences: z
    .enum(['refuse', 'drop', 'cut'])
    .default('refuse')
    .describe('longer ones: refuse the data, leave them out, or learn their beginning, without any end; counted'),
  learningRate: learningRate.default(5e-5).describe('cosine to a tenth of the peak, unless `final` or `schedule` say otherwise'),
  ...adam,
  heldOut: z
    .union([
      z
        .number()
        .min(0)
        .refine((n) => n < 1 || Number.isInteger(n), 'must be a share below 1, a whole number of rows, or the name of a split')
        .describe('a share of the rows below 1, or their number, drawn by the seed; 0 = none'),
      z.string().min(1).describe('a split of the data'),
    ])
    .default(0)
    .describe('rows that are not learnt from, but whose loss is measured'),
  evalEvery: countOrNever('steps between looks at the loss of the rows held out; 0 = never; by default 10').optional(),
  saveEvery: count('steps between checkpoints; the last step is always saved').default(50),
  keep: count('checkpoints kept').default(2),
  logEvery: count('steps between rows of metrics').default(1),
  seed: z.int().min(0).optional().describe("of the order and the rows held out; by default the recipe's"),
};

const examples = z.strictObject(exampleFields);
type Examples = z.output<typeof examples>;

/** What makes no sense among the fields above. */
export function checkExamples(s: Examples, context: z.RefinementCtx): void {
  if (s.evalEvery !== undefined && s.heldOut === 0)
    context.addIssue({
      code: 'custom',
      path: ['evalEvery'],
      message: 'has no effect where no rows are held out: set heldOut, or take it out',
    });
  if (s.heldOut === s.split)
    context.addIssue({ code: 'custom', path: ['heldOut'], message: `"${s.heldOut}" is the split to learn from: name another` });
}

/** The defaults that depend on other fields. */
export function completeExamples<S extends Examples>(s: S): Omit<S, 'learningRate'> & { learningRate: LearningRate } {
  return { ...s, learningRate: asLearningRate(s.learningRate, 10), ...(s.heldOut === 0 ? {} : { evalEvery: s.evalEvery ?? 10 }) };
}

export const sftSchema = z
  .strictObject({ kind: z.literal('sft'), model: model.optional(), ...exampleFields })
  .superRefine(checkExamples)
  .transform(completeExamples);
