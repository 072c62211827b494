// What a reward model reads: a prompt and a response to it, as ids. The one place that renders it, for training a reward model and for its
// reward in RL alike: what was never seen in training would be judged by chance.

import type { Message, Tokenizer } from '../formats/tokenizer.ts';
import { InputError } from '../platform/errors.ts';
import { afterThought } from './format.ts';

/** `summary`: what follows the thinking, as the paper's helpfulness model; `response`: all of it, as its model of harmlessness. */
export type Sees = 'summary' | 'response';

/** A prompt as a task or a data set has it: text as it is, or messages for the model's chat template. */
export type JudgedPrompt = string | readonly Message[];

/** What follows the thinking of a response; all of it where it has none. Empty where the thought was not ended: nothing was answered. */
export function summaryOf(response: string): string {
  return afterThought(response) ?? '';
}

/**
 * Prompt and response, [T] ids, of which the last is an end token, whose position bears the score. A response that was cut is read as one
 * that ended there; an empty summary as an empty answer, which is what a user would be given.
 * @throws InputError where the tokenizer names no end token, or the chat template does not take the messages
 */
export function judgedText(tokenizer: Tokenizer, prompt: JudgedPrompt, response: string, sees: Sees): Int32Array {
  if (sees === 'response') return responseIds(tokenizer, prompt, response).ids;
  const summary = summaryOf(response);
  if (typeof prompt === 'string') return responseIds(tokenizer, prompt, summary).ids;
  // As history, and not as a turn to go on with: many templates open a thought there.
  const asked = tokenizer.renderChat([...prompt]);
  const ids = tokenizer.renderChat([...prompt, { role: 'assistant', content: summary }]);
  const said = ids.findIndex((id, i) => id !== asked[i]);
  return ended(tokenizer, ids, said < 0 ? ids.length : said);
}

/** The whole text is read, and the score at its last token, which is an input: nothing follows it that could be a target. */
export function scoredAtEnd(ids: Int32Array): { tokens: Int32Array; targets: Int32Array; weights: Float32Array } {
  const weights = new Float32Array(ids.length);
  weights[ids.length - 1] = 1;
  return { tokens: ids, targets: ids, weights };
}

/**
 * Prompt and whole response as `judgedText` has them, and where the response begins: `ids[start ..]` is the response with its end token.
 * Thinking stays, whatever the template does to earlier turns.
 * @throws InputError as `judgedText`
 */
export function responseIds(tokenizer: Tokenizer, prompt: JudgedPrompt, response: string): { ids: Int32Array; start: number } {
  if (typeof prompt === 'string') {
    const { ids, spans } = tokenizer.learnText(prompt, response);
    return { ids: Int32Array.from(ids), start: spans[0][0] };
  }
  const messages = [...prompt, { role: 'assistant', content: response }];
  const learnt = response.trim() === '' ? undefined : tokenizer.learnChat(messages, prompt.length).sequences.at(-1);
  const span = learnt?.spans.at(-1);
  if (learnt === undefined || span === undefined) {
    const asked = tokenizer.renderChat([...prompt], { addGenerationPrompt: true });
    return { ids: ended(tokenizer, asked, asked.length), start: asked.length };
  }
  const [start, end] = span;
  // A template that marks what the assistant writes may leave the end token out of it.
  const endIsNext = tokenizer.stopIds.includes(learnt.ids[end]);
  return { ids: ended(tokenizer, learnt.ids.slice(0, endIsNext ? end + 1 : end), start), start };
}

/** Up to and with the last end token from `start` on, for a template may write more behind it; where there is none it is written. */
function ended(tokenizer: Tokenizer, ids: readonly number[], start: number): Int32Array {
  const at = ids.findLastIndex((id, i) => i >= start && tokenizer.stopIds.includes(id));
  if (at >= 0) return Int32Array.from(ids.slice(0, at + 1));
  if (tokenizer.endId === undefined)
    throw new InputError('the tokenizer names no end token (eos_token): there is no place to read a score at');
  return Int32Array.from([...ids, tokenizer.endId]);
}
