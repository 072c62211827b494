// The settings of pretraining.
import { z } from 'zod';
import { adam, count, nonNegative, positive, warmup } from './shared.ts';

export const pretrainSchema = z
  .strictObject({
    kind: z.literal('pretrain'),
    architecture: z
      .strictObject({
        hiddenSize: count('width'),
        layers: count('layers'),
        heads: count('query heads'),
        kvHeads: count('key and value heads (GQA); by default as many as `heads`').optional(),
        intermediateSize: count('width of the SwiGLU'),
        maxPositions: count('context: prompt and response together'),
      })
      .superRefine((a, context) => {
        const kvHeads = a.kvHeads ?? a.heads;
        if (a.hiddenSize % a.heads !== 0 || (a.hiddenSize / a.heads) % 2 !== 0)
          context.addIssue({
            code: 'custom',
            path: ['hiddenSize'],
            message: `${a.hiddenSize} must be an even multiple of heads (${a.heads}): rotary positions turn pairs`,
          });
        if (a.heads % kvHeads !== 0)
          context.addIssue({ code: 'custom', path: ['kvHeads'], message: `${kvHeads} must divide heads (${a.heads})` });
      }),
    corpus: z.literal('lab').describe('what to train on'),
    tokens: count('tokens to train on; the last step is whole'),
    rowTokens: count('rowTokens x rowsPerStep = tokens of one optimiser step; the engine packs them into rows of its own choice'),
    rowsPerStep: count('see rowTokens'),
    learningRate: z.strictObject({ peak: positive('after the warm-up'), final: nonNegative('where the cosine ends'), warmup }),
    ...adam,
    weightDecay: nonNegative('AdamW, decoupled').default(0.05),
    saveEvery: count('steps between checkpoints').default(200),
    keep: count('checkpoints kept').default(2),
    logEvery: count('steps between rows of metrics').default(10),
    seed: z.int().min(0).optional().describe("of the weights and the corpus; by default the recipe's"),
  })
  .superRefine((s, context) => {
    if (s.rowTokens > s.architecture.maxPositions)
      context.addIssue({
        code: 'custom',
        path: ['rowTokens'],
        message: `${s.rowTokens} is more than architecture.maxPositions (${s.architecture.maxPositions})`,
      });
  });
