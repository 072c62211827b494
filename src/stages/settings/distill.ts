// The settings of distillation: those of supervised fine-tuning, for several students, with or without a teacher beside the texts.
import { z } from 'zod';
import { checkExamples, completeExamples, exampleFields } from './sft.ts';
import { count, named } from './shared.ts';

export const distillSchema = z
  .strictObject({
    kind: z.literal('distill'),
    students: z
      .record(named, z.string().min(1).describe('the model that it starts from'))
      .refine((students) => Object.keys(students).length > 0, 'is empty: name at least one, e.g. { tiny: lab:tiny }')
      .describe('the students by name; $stage.NAME is then what one has become'),
    teacher: z
      .string()
      .min(1)
      .describe(
        'learn its distribution over the next token too ($stage, or a model as in the recipe); by default its texts alone, as the paper did',
      )
      .optional(),
    topK: count("of the teacher's likeliest tokens at each position, which are learnt; by default 64").optional(),
    ...exampleFields,
  })
  .superRefine((s, context) => {
    checkExamples(s, context);
    if (s.topK !== undefined && s.teacher === undefined)
      context.addIssue({ code: 'custom', path: ['topK'], message: 'has no effect without a teacher: name one, or take it out' });
  })
  .transform((s) => ({ ...completeExamples(s), ...(s.teacher === undefined ? {} : { topK: s.topK ?? 64 }) }));
