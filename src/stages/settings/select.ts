// The settings of prompt selection.
import { z } from 'zod';
import { count, model, ofTask, positive } from './shared.ts';

export const selectSchema = z.strictObject({
  kind: z.literal('select'),
  model: model.optional(),
  ...ofTask,
  prompts: count('training prompts that are tried, drawn by the seed; by default all of them').optional(),
  samples: z
    .int()
    .min(2, 'must be at least 2: of one sample nobody can say whether it could have come out otherwise')
    .default(8)
    .describe('of each prompt (k)'),
  maxTokens: count('new tokens of a response, at most'),
  temperature: positive('of sampling').default(1),
  longPrompts: z.enum(['drop', 'refuse']).default('refuse').describe("prompts that do not fit the model's context with maxTokens"),
});
