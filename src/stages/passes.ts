// Pass after pass over a data set: how many steps that takes, and which of them would take the most memory, as every stage that learns by
// such passes has it (SFT, distillation, reward models, DPO).

import type { LearningRate } from '../algorithms/schedules.ts';
import type { Datum } from '../engine/engine.ts';
import { InputError } from '../platform/errors.ts';
import type { LargestStep } from './supervised.ts';

export interface Passes {
  stage: string;
  /** What the data set is made of, in the recipe's words. */
  rows: 'sequences' | 'rows';
  /** Of one pass. */
  count: number;
  epochs: number;
  /** How many one step has, and the setting that says it. */
  size: number;
  field: 'sequencesPerStep' | 'batch';
}

/** @throws InputError where the warm-up would never end */
export function stepsOf({ stage, rows, count, epochs, size }: Passes, { warmup }: LearningRate): number {
  const steps = Math.ceil((epochs * count) / size);
  if (warmup >= steps && warmup > 0)
    throw new InputError(
      `stages.${stage}.learningRate.warmup: ${warmup} must be less than the ${steps} steps of the stage (${epochs * count} ${rows} in ${epochs} epochs, ${size} a step)`,
    );
  return steps;
}

/**
 * The longest rows, should the order bring them together.
 * @param tokens of the longest
 * @param data of the longest `most` rows as they are where none may have more than `length` tokens
 * @param long what `longSequences` may say to longer ones
 */
export function largestStep(
  { stage, rows, size, field }: Passes,
  tokens: number,
  data: (most: number, length: number) => Datum[],
  long: string,
): LargestStep {
  return {
    what: `a step of the longest ${rows} (${field} ${size}; the longest has ${tokens} tokens)`,
    data: data(size, tokens),
    lowered: [
      { field, value: size, data: (most) => data(most, tokens) },
      {
        ...{ field: 'maxLength', value: tokens, data: (length) => data(size, length) },
        mend: (most) => `set stages.${stage}.maxLength to ${most}, with longSequences: ${long}`,
      },
    ],
  };
}
