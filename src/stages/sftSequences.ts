// An example as the sequences that SFT learns from, and which of their tokens are learnt: the completion, or the assistant's turns, each
// with the token that ends it.

import type { Content, Example } from '../datasets/examples.ts';
import type { Datum } from '../engine/engine.ts';
import type { Message } from '../formats/chatTemplate.ts';
import type { LearntIds, Tokenizer } from '../formats/tokenizer.ts';
import { InputError } from '../platform/errors.ts';

/** A row may be millions of tokens with its neighbours: typed arrays, and no more than this of each. */
export interface Sequence {
  ids: Int32Array;
  /** [start, end) of each learnt stretch, one after another. */
  learnt: Int32Array;
}

export interface ExampleSequences {
  /** One, or one a turn where the chat template shows earlier turns otherwise than the last. */
  sequences: Sequence[];
  /** Turns that are learnt as they are written, since the chat template does not show them so. */
  asWritten: number;
  /** Turns that say nothing, which are not learnt. */
  silent: number;
}

/** @throws InputError naming the place, where the example is of a kind that is not learnt from, or the chat template does not take it */
export function sequencesOf(tokenizer: Tokenizer, example: Example, place: string): ExampleSequences {
  try {
    switch (example.kind) {
      case 'messages':
        return fromChat(tokenizer, example.messages, 0);
      case 'prompt-completion': {
        const { prompt, completion } = example;
        if (Array.isArray(prompt)) return fromChat(tokenizer, [...prompt, ...(completion as Message[])], prompt.length);
        // An end alone is nothing to learn.
        const text = completion as string;
        return { sequences: text.trim() === '' ? [] : [compact(tokenizer.learnText(prompt, text))], asWritten: 0, silent: 0 };
      }
      case 'prompt':
        throw new InputError(
          'its columns are those of prompts alone; SFT learns from prompt and completion, or from messages. Say which columns are meant, e.g. columns: { prompt: prompt, completion: answer }',
        );
      case 'preference':
        throw new InputError(
          'its columns are those of preferences; SFT learns from prompt and completion, or from messages. To learn the chosen ones: columns: { prompt: prompt, completion: chosen }, or columns: { messages: chosen }',
        );
    }
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${place}: ${error.message}`);
    throw error;
  }
}

/** Everything that is written in an example, for a first look at its length. */
export function contentsOf(example: Example): Content[] {
  const { kind: _, ...contents } = example;
  return Object.values(contents);
}

/** Tokens that are learnt: the first of a sequence follows nothing, so it never is. */
export function learntTokens({ learnt }: Sequence): number {
  let count = 0;
  for (let i = 0; i < learnt.length; i += 2) count += Math.max(0, learnt[i + 1] - Math.max(1, learnt[i]));
  return count;
}

/** The first `length` tokens, and no end that is not theirs. */
export function cutTo({ ids, learnt }: Sequence, length: number): Sequence {
  return { ids: ids.slice(0, length), learnt: learnt.map((at) => Math.min(at, length)) };
}

/** Weight 1 marks a token that is learnt. */
export function sftDatum({ ids, learnt }: Sequence): Datum {
  const weights = new Float32Array(ids.length - 1);
  for (let i = 0; i < learnt.length; i += 2) weights.fill(1, Math.max(0, learnt[i] - 1), Math.max(0, learnt[i + 1] - 1));
  return { tokens: ids.slice(0, -1), targets: ids.slice(1), weights };
}

function fromChat(tokenizer: Tokenizer, messages: Message[], from: number): ExampleSequences {
  const { sequences, ...counts } = tokenizer.learnChat(messages, from);
  return { ...counts, sequences: sequences.map(compact) };
}

function compact({ ids, spans }: LearntIds): Sequence {
  return { ids: Int32Array.from(ids), learnt: Int32Array.from(spans.flat()) };
}
