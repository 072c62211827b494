// The general prompts as rows of a task and as examples to learn from. The held-out ones are the same whatever the seed.
import { stream } from '../../../algorithms/random.ts';
import { InputError } from '../../../platform/errors.ts';
import { writtenResponse } from './documents.ts';
import { drawGeneral, generalPrompt } from './draw.ts';
import type { GeneralItem } from './item.ts';
import type { GeneralRow } from './verifier.ts';

const trainingRows = 6000;
const heldOutRows = 512;
/** Some 27,000 prompts differ; drawing the last of them would take long. */
const mostExamples = 20_000;

/** The name of the examples below where data are asked for. */
export const labGeneral = 'lab:general';

export interface GeneralExample {
  id: string;
  prompt: string;
  completion: string;
  domain: 'general';
  task: 'lab-general';
}

/** Different prompts, none of them held out; the same ones for the same seed. */
export function generalTrainingRows(seed: number): GeneralRow[] {
  return [...drawDifferent(seed, 'training prompts', trainingRows, false)].map(rowOf);
}

export function generalHeldOutRows(): GeneralRow[] {
  return [...drawDifferent(0, 'held-out prompts', heldOutRows, true)].map(rowOf);
}

/**
 * Answers to general prompts, each after a short thought, mostly good (documents.ts): were all good, what learnt from them would leave reward
 * models nothing to tell apart. Different prompts, of those for training only: the data `lab:general`, for SFT and beside curated reasoning.
 * @throws InputError for more than there are.
 */
export function* labGeneralExamples(seed: number, count = trainingRows): Generator<GeneralExample> {
  if (count > mostExamples) throw new InputError(`lab:general has ${mostExamples} examples; ${count} are asked for: ask for fewer`);
  for (const item of drawDifferent(seed, 'examples', count, false)) {
    const { id, prompt } = rowOf(item);
    const completion = writtenResponse(item, stream(seed, 'lab', 'general', 'answer', prompt));
    yield { id, prompt, completion, domain: 'general', task: 'lab-general' };
  }
}

function* drawDifferent(seed: number, what: string, count: number, heldOut: boolean): Generator<GeneralItem> {
  const random = stream(seed, 'lab', 'general', what);
  const seen = new Set<string>();
  while (seen.size < count) {
    const item = drawGeneral(random, heldOut);
    if (seen.has(item.text)) continue;
    seen.add(item.text);
    yield item;
  }
}

function rowOf(item: GeneralItem): GeneralRow {
  const { kind, language, facts, text } = item;
  return { id: `general ${text}`, prompt: generalPrompt(item), domain: 'general', kind, language, facts };
}
