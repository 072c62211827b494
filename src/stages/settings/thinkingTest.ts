// The settings of the test whether models use the thinking that they write.
import { z } from 'zod';
import { count, named, ofTask, positive } from './shared.ts';

export const thinkingTestSchema = z.strictObject({
  kind: z.literal('thinking_test'),
  models: z
    .record(named, z.string().min(1))
    .refine((models) => Object.keys(models).length > 0, 'is empty: name at least one, e.g. { student: $students.small }')
    .describe('whom to test, by name: $stage, $stage.part, or a model as in the recipe'),
  ...ofTask,
  problems: count('held-out problems of each domain').default(128),
  samples: count('responses to each, and as many answers after each other thinking').default(4),
  maxTokens: count('new tokens of a response, at most'),
  temperature: positive('of sampling').default(1),
});
