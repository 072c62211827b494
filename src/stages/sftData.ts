// Rows of examples as the sequences that SFT learns from, and which of their tokens are learnt: the completion, or the assistant's turns,
// each with the token that ends it. Nothing is cut; what is left out is counted.

import { type Example, exampleReader } from '../datasets/examples.ts';
import { drawHeldOut } from '../datasets/order.ts';
import { type DataRow, streamRows } from '../datasets/rows.ts';
import type { Datum } from '../engine/engine.ts';
import type { Message } from '../formats/chatTemplate.ts';
import type { LearntIds, Tokenizer } from '../formats/tokenizer.ts';
import { InputError } from '../platform/errors.ts';
import type { ModelText } from './prompts.ts';
import type { SftSettings } from './settings.ts';

/** A row of the data and its sequences: one, or one a turn where the chat template shows earlier turns otherwise than the last. */
export interface SftRow {
  place: string;
  sequences: LearntIds[];
}

export interface SftData {
  train: SftRow[];
  heldOut: SftRow[];
}

/**
 * The rows that fit and teach something.
 * @throws InputError naming the row, where it cannot be learnt from; where a row is too long and the recipe refuses that; where none is left
 */
export async function loadSftData(
  settings: Pick<SftSettings, 'data' | 'columns' | 'maxLength' | 'longSequences' | 'heldOut'>,
  { tokenizer, maxContext }: ModelText,
  seed: number,
  warn: (message: string) => void,
): Promise<SftData> {
  const { data, maxLength = maxContext } = settings;
  if (maxLength > maxContext)
    throw new InputError(`maxLength ${maxLength} is more than the model's context of ${maxContext} tokens: lower it`);
  const read = exampleReader(settings.columns);
  const rows: SftRow[] = [];
  const left = { tooLong: 0, longest: 0, untaught: 0, asWritten: 0 };
  let count = 0;
  for await (const row of streamRows(data, 'train')) {
    count++;
    const { sequences, asWritten } = learntIds(tokenizer, read(row), row);
    const teaching = sequences.filter((sequence) => sftDatum(sequence).weights.some((weight) => weight !== 0));
    const longest = teaching.reduce((max, { ids }) => Math.max(max, ids.length), 0);
    if (teaching.length === 0) left.untaught++;
    else if (longest > maxLength) {
      left.tooLong++;
      left.longest = Math.max(left.longest, longest);
      if (settings.longSequences === 'refuse')
        throw new InputError(
          `${row.place}: ${longest} tokens are more than maxLength (${maxLength}): raise maxLength (the model's context is ${maxContext}), or set longSequences: drop`,
        );
    } else {
      rows.push({ place: row.place, sequences: teaching });
      left.asWritten += asWritten;
    }
  }
  if (left.tooLong > 0)
    warn(
      `${left.tooLong} of ${count} rows are longer than maxLength (${maxLength}; the longest has ${left.longest} tokens): they are left out`,
    );
  if (left.untaught > 0)
    warn(`${left.untaught} of ${count} rows have nothing to learn (no assistant turn, or an empty completion): they are left out`);
  if (left.asWritten > 0)
    warn(
      `the chat template does not show ${left.asWritten} assistant turns as they are: they are learnt as written, after the prompt that it makes`,
    );
  if (rows.length === 0)
    throw new InputError(
      `${data}: none of its ${count} rows is left to learn from (${left.tooLong} too long, ${left.untaught} with nothing to learn)`,
    );
  if (settings.heldOut === 0) return { train: rows, heldOut: [] };
  const chosen = drawHeldOut(rows.length, settings.heldOut, seed);
  if (chosen.size >= rows.length)
    throw new InputError(`heldOut ${settings.heldOut} takes all of the ${rows.length} rows: nothing is left to learn from; lower it`);
  return { train: rows.filter((_, i) => !chosen.has(i)), heldOut: rows.filter((_, i) => chosen.has(i)) };
}

/** Weight 1 marks a token that is learnt. The first token of a sequence follows nothing and is never learnt. */
export function sftDatum({ ids, spans }: LearntIds): Datum {
  const weights = new Float32Array(Math.max(0, ids.length - 1));
  for (const [start, end] of spans) weights.fill(1, Math.max(0, start - 1), Math.max(0, end - 1));
  return { tokens: Int32Array.from(ids.slice(0, -1)), targets: Int32Array.from(ids.slice(1)), weights };
}

function learntIds(tokenizer: Tokenizer, example: Example, { place }: DataRow): { sequences: LearntIds[]; asWritten: number } {
  if (example.kind === 'prompt' || example.kind === 'preference')
    throw new InputError(
      `${place}: its columns are those of ${example.kind === 'prompt' ? 'prompts alone' : 'preferences (chosen and rejected)'}; SFT learns from prompt and completion, or from messages. Say which columns are meant, e.g. columns: { prompt: prompt, completion: ${example.kind === 'prompt' ? 'answer' : 'chosen'} }`,
    );
  try {
    if (example.kind === 'messages') return tokenizer.learnChat(example.messages);
    const { prompt, completion } = example;
    if (typeof prompt !== 'string') {
      const turns = completion as Message[];
      return tokenizer.learnChat([...prompt, ...turns], prompt.length);
    }
    const text = completion as string;
    return { sequences: text.trim() === '' ? [] : [tokenizer.learnText(prompt, text)], asWritten: 0 };
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${place}: ${error.message}`);
    throw error;
  }
}
