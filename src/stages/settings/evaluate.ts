// The settings of an evaluation.
import { z } from 'zod';
import { count, model, nonNegative, ofTask } from './shared.ts';

export const evaluateSchema = z
  .strictObject({
    kind: z.literal('evaluate'),
    model: model.optional(),
    ...ofTask,
    samples: count('of each problem').default(16),
    problems: count('held-out problems; by default all of them').optional(),
    temperature: nonNegative("0 = greedy; the paper's 0.6").default(0.6),
    topP: z.number().gt(0).max(1).default(0.95).describe("nucleus; the paper's 0.95"),
    maxTokens: count('new tokens of a response, at most'),
    ks: z.array(count('k of pass@k')).min(1).optional().describe('pass@1 is told beside them; by default `samples`'),
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
  .transform((s) => ({ ...s, ks: [...new Set([1, ...(s.ks ?? [s.samples])])].sort((a, b) => a - b) }));
