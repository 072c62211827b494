// The settings of an evaluation.
import { z } from 'zod';
import { count, model, nonNegative, ofTask } from './shared.ts';

/** Starts with a letter: a model called 1 would lose its place, for JavaScript sorts such keys first. */
const modelName = /^[A-Za-z][\w.-]*$/;

const taskWithData = z.strictObject({
  ...{ task: z.string().min(1), data: z.string().min(1).describe("by default the recipe's, where the task is the recipe's").optional() },
  columns: z.record(z.string(), z.string().min(1)).optional().describe('what its data calls the columns that it asks for'),
});

export const evaluateSchema = z
  .strictObject({
    kind: z.literal('evaluate'),
    model: model.optional(),
    ...ofTask,
    models: z
      .record(z.string(), model)
      .describe(
        'instead of one model: several by the names that the table gives them, each $stage, $stage.part or a model as in the recipe',
      )
      .optional(),
    tasks: z
      .array(z.union([z.string().min(1), taskWithData]))
      .min(1)
      .transform((tasks) => tasks.map((task) => (typeof task === 'string' ? { task } : task)))
      .describe("what every one of `models` is measured on: names of tasks or paths of files that define one; by default the recipe's task")
      .optional(),
    samples: count('of each problem').default(16),
    problems: count('held-out problems; by default all of them').optional(),
    temperature: nonNegative("0 = greedy; the paper's 0.6").default(0.6),
    topP: z.number().gt(0).max(1).default(0.95).describe("nucleus; the paper's 0.95"),
    maxTokens: count('new tokens of a response, at most'),
    ks: z.array(count('k of pass@k')).min(1).optional().describe('pass@1 is told beside them; by default `samples`'),
  })
  .superRefine((s, context) => {
    const wrong = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    if (s.models !== undefined && s.model !== undefined) wrong(['model'], 'has no effect where there are models: take one of them out');
    if (s.tasks !== undefined && s.models === undefined) wrong(['tasks'], 'needs models: { NAME: MODEL, ... }, which are measured on them');
    if (s.models !== undefined && Object.keys(s.models).length === 0) wrong(['models'], 'is empty: give { NAME: MODEL, ... }');
    for (const name of Object.keys(s.models ?? {}))
      if (!modelName.test(name))
        wrong(['models', name], 'must be called by a letter, then letters, digits, "_", "-" and ".": it names a folder');
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
