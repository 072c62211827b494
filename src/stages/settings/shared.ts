// What settings of several stages are made of.
import { z } from 'zod';
import type { LearningRate } from '../../algorithms/schedules.ts';
import { projections } from '../../formats/adapterConfig.ts';

export const count = (description: string) => z.int().min(1).describe(description);
export const countOrNever = (description: string) => z.int().min(0).describe(description);
export const positive = (description: string) => z.number().positive().describe(description);
export const nonNegative = (description: string) => z.number().min(0).describe(description);

/** One of several that a stage makes: `$stage.NAME`. */
export const named = z.string().regex(/^[A-Za-z][\w-]*$/, 'must be a letter, then letters, digits, _ or -');

export const warmup = z.int().min(0).default(0).describe('steps of linear warm-up');

/** What a rate does that says nothing of its end is the stage's matter: `asLearningRate`. */
export const learningRate = z.union([
  positive('the peak'),
  z
    .strictObject({
      peak: positive('the rate after the warm-up'),
      final: nonNegative('where the cosine ends').optional(),
      schedule: z.enum(['constant', 'cosine']).optional().describe('cosine where `final` is given'),
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

/** @param part: a rate that says nothing of its end falls to the peak / part; without one it is constant */
export function asLearningRate(given: z.output<typeof learningRate>, part?: number): LearningRate {
  const rate = typeof given === 'number' ? { peak: given, warmup: 0 } : given;
  if (rate.schedule === 'constant' || (rate.final === undefined && part === undefined)) return { ...rate, schedule: 'constant' };
  return { ...rate, final: rate.final ?? rate.peak / (part as number), schedule: 'cosine' };
}

export const model = z
  .string()
  .min(1)
  .describe(
    "where to start: $stage, or a model as in the recipe; by default what the last training stage before made, else the recipe's model",
  );

/** Of a stage that works on a task: its own, where they are not the recipe's. */
export const ofTask = {
  task: z
    .string()
    .min(1)
    .describe("the name of a built-in task, or the path of a file that defines one; by default the recipe's")
    .optional(),
  data: z.string().min(1).describe("the task's data, where it needs any; by default the recipe's").optional(),
  columns: z
    .record(z.string(), z.string().min(1))
    .describe("what the data calls the columns that the task asks for; by default the recipe's")
    .optional(),
};

export const adam = {
  weightDecay: nonNegative('AdamW, decoupled').default(0),
  gradClipNorm: nonNegative('clip the global gradient norm to this; 0 = never').default(1),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.95),
  eps: positive('AdamW').default(1e-8),
};

/** An adapter instead of all weights. alpha / rank = 2 and all projections are the usual choice (peft, "LoRA Without Regret"). */
export const lora = z
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
