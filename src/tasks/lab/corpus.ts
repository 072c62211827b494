// The corpus that the lab's base is pretrained on: prompts with one response each, in the shares given below. It is mediocre on
// purpose: half of the answers are guessed, few search long, few in order, some check themselves, some are wrong. What reasoning
// needs is all there, but rare; reinforcement learning lifts it.
import { stream } from '../../algorithms/random.ts';
import type { TaskRow } from '../task.ts';
import { chainResponse } from './chainResponse.ts';
import { drawChain } from './chains.ts';
import { drawCountdown } from './countdown.ts';
import { countdownResponse } from './countdownResponse.ts';
import { generalDocument } from './general/documents.ts';
import type { Language } from './language.ts';
import { chainRow, countdownRow } from './rows.ts';
import { labSummary } from './summary.ts';

export interface LabDocument {
  prompt: string;
  /** Without `<eos>`. */
  response: string;
}

/** Shares of the corpus; the response writers have their own beside them. */
export const corpusShares = {
  /** Of all documents. */
  general: 0.1,
  /** Of the rest; the others are chains. */
  countdown: 0.75,
  /** Of the problems' documents, each way of writing. */
  chinese: 0.08,
  mixed: 0.06,
  /** Of the problems' documents: no think and answer tags. */
  untagged: 0.1,
  /** Of the thoughts that found the answer: a summary before it. Rare; the cold start builds on it. */
  summary: 0.03,
};

/** Document `index` of the corpus of this seed: the same whatever was drawn before, so that pretraining resumes anywhere. */
export function labDocument(seed: number, index: number): LabDocument {
  const random = stream(seed, 'lab', 'corpus', index);
  if (random.next() < corpusShares.general) return generalDocument(random);
  const domain = random.next() < corpusShares.countdown ? 'countdown' : 'chain';
  const u = random.next();
  const language: Language = u < corpusShares.chinese ? 'zh' : u < corpusShares.chinese + corpusShares.mixed ? 'mixed' : 'en';
  const tagged = random.next() >= corpusShares.untagged;
  const summarised = (row: TaskRow, response: string): LabDocument => {
    const summary = random.next() < corpusShares.summary ? labSummary(row, response) : null;
    return { prompt: row.prompt as string, response: summary ?? response };
  };
  if (domain === 'chain') {
    const chain = drawChain(random);
    return summarised(chainRow(chain), chainResponse(chain, language, tagged, random));
  }
  const problem = drawCountdown(random);
  return summarised(countdownRow(problem), countdownResponse(problem, language, tagged, random));
}

/** The documents of a seed without end, from document `start` on. */
export function* labDocuments(seed: number, start = 0): Generator<LabDocument, never> {
  for (let index = start; ; index++) yield labDocument(seed, index);
}
