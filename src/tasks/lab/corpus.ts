// The corpus that the lab's base is pretrained on: prompts with one response each, in the shares given below. It is mediocre on
// purpose: half of the answers are guessed, few search long, few in order, some check themselves, some are wrong. What reasoning
// needs is all there, but rare; reinforcement learning lifts it.
import { type Stream, stream } from '../../algorithms/random.ts';
import { chainResponse } from './chainResponse.ts';
import { chainPrompt, drawChain } from './chains.ts';
import { countdownPrompt, drawCountdown } from './countdown.ts';
import { countdownResponse } from './countdownResponse.ts';
import { generalPrompts } from './general.ts';
import type { Language } from './language.ts';

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
  chinese: 0.15,
  mixed: 0.1,
  /** Of the problems' documents: no think and answer tags. */
  untagged: 0.1,
  /** Of the general documents: a good answer; and where the request should be declined. */
  generalGood: 0.5,
  declined: 0.3,
};

/** Document `index` of the corpus of this seed: the same whatever was drawn before, so that pretraining resumes anywhere. */
export function labDocument(seed: number, index: number): LabDocument {
  const random = stream(seed, 'lab', 'corpus', index);
  if (random.next() < corpusShares.general) return generalDocument(random);
  const domain = random.next() < corpusShares.countdown ? 'countdown' : 'chain';
  const u = random.next();
  const language: Language = u < corpusShares.chinese ? 'zh' : u < corpusShares.chinese + corpusShares.mixed ? 'mixed' : 'en';
  const tagged = random.next() >= corpusShares.untagged;
  if (domain === 'chain') {
    const chain = drawChain(random);
    return { prompt: chainPrompt(chain), response: chainResponse(chain, language, tagged, random) };
  }
  const problem = drawCountdown(random);
  return { prompt: countdownPrompt(problem), response: countdownResponse(problem, language, tagged, random) };
}

/** The documents of a seed without end, from document `start` on. */
export function* labDocuments(seed: number, start = 0): Generator<LabDocument, never> {
  for (let index = start; ; index++) yield labDocument(seed, index);
}

const seenPrompts = generalPrompts().filter((prompt) => !prompt.heldOut);
// Kinds equally often, or the many number questions would crowd out the rest.
const kinds = [...new Set(seenPrompts.map(({ kind, language }) => `${kind} ${language}`))];
const byKind = kinds.map((name) => seenPrompts.filter(({ kind, language }) => `${kind} ${language}` === name));

function generalDocument(random: Stream): LabDocument {
  const list = byKind[random.int(byKind.length)];
  const { prompt, kind, good, poor } = list[random.int(list.length)];
  const answers = random.next() < (kind === 'decline' ? corpusShares.declined : corpusShares.generalGood) ? good : poor;
  return { prompt, response: answers[random.int(answers.length)] };
}
