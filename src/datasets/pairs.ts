// Rows of preferences as pairs: a chosen response and a rejected one, each with the prompt that it answers. In TRL's forms: with a prompt or
// without one (whole conversations, which share their beginning), text or messages; and HH's conversations in one text.

import type { Message } from '../formats/chatTemplate.ts';
import { InputError } from '../platform/errors.ts';
import { type Columns, type Content, type Example, exampleReader } from './examples.ts';
import type { DataRow } from './rows.ts';

/** A response, and what it answers: text, or messages. */
export interface Side {
  prompt: Content;
  response: string;
}

export interface Pair {
  place: string;
  chosen: Side;
  rejected: Side;
}

/** `plain`: columns of text are texts. `chat`: they are turns of a chat. */
export type Texts = 'plain' | 'chat';

/** Why a row is no pair to learn from. */
export type NoPair = 'empty' | 'equal';

/**
 * A reader of rows as pairs; it tells of rows whose sides say the same, or of which one says nothing.
 * @throws InputError naming the row's place, where its columns are not those of preferences, or what they hold is none
 */
export function pairReader(
  columns: Pick<Columns, 'prompt' | 'chosen' | 'rejected'> | undefined,
  texts: Texts,
): (row: DataRow) => Pair | NoPair {
  const read = exampleReader(columns);
  const names = [columns?.chosen ?? 'chosen', columns?.rejected ?? 'rejected'];
  return (row) => {
    // A reader of examples would refuse it.
    if (names.some((name) => Object.hasOwn(row.row, name) && isBlank(row.row[name]))) return 'empty';
    const example = read(row);
    if (example.kind !== 'preference')
      throw new InputError(
        `${row.place}: its columns are those of ${example.kind}; pairs have chosen and rejected, with or without prompt. Say which columns are meant, e.g. columns: { chosen: better, rejected: worse }`,
      );
    const pair = pairOf(example, row.place, texts);
    const sides = [pair.chosen, pair.rejected];
    if (sides.some(({ response }) => response.trim() === '')) return 'empty';
    return pair.chosen.response === pair.rejected.response ? 'equal' : pair;
  };
}

function isBlank(value: unknown): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '') || (Array.isArray(value) && value.length === 0);
}

function pairOf({ prompt, chosen, rejected }: Extract<Example, { kind: 'preference' }>, place: string, texts: Texts): Pair {
  if (Array.isArray(chosen) && Array.isArray(rejected)) {
    const before = Array.isArray(prompt) ? prompt : [];
    return { place, chosen: lastTurn([...before, ...chosen], place), rejected: lastTurn([...before, ...rejected], place) };
  }
  const [better, worse] = [chosen as string, rejected as string];
  if (prompt !== undefined) {
    const asked = texts === 'chat' ? [{ role: 'user', content: prompt as string }] : (prompt as string);
    return { place, chosen: { prompt: asked, response: better }, rejected: { prompt: asked, response: worse } };
  }
  const turns = [better, worse].map(turnsOf);
  if (turns[0] && turns[1]) {
    const [a, b] = texts === 'chat' ? turns.map((all) => lastTurn(all as Message[], place)) : [better, worse].map(lastAnswer);
    return { place, chosen: a, rejected: b };
  }
  if (texts === 'chat')
    throw new InputError(
      `${place}: texts: chat, but there is no column prompt, and the texts are no conversations with "\\n\\nHuman:" and "\\n\\nAssistant:" before their turns`,
    );
  const shared = sharedBeginning(better, worse);
  const side = (text: string): Side => ({ prompt: text.slice(0, shared), response: text.slice(shared) });
  return { place, chosen: side(better), rejected: side(worse) };
}

/** A conversation's last turn, and what it answers. @throws InputError where that is not the assistant's */
export function lastTurn(messages: readonly Message[], place: string): Side {
  const last = messages[messages.length - 1];
  if (last?.role !== 'assistant')
    throw new InputError(
      `${place}: a conversation ends with ${last ? `a turn of the role "${last.role}"` : 'no turn'}; what is judged is the assistant's last turn`,
    );
  return { prompt: messages.slice(0, -1), response: last.content ?? '' };
}

const turnMark = /\n\n(Human|Assistant):/g;
const answerMark = '\n\nAssistant:';

/** The turns of a conversation in HH's form (the assistant's among them), those of one speaker that follow each other joined; undefined where it is none. */
export function turnsOf(text: string): Message[] | undefined {
  const marks = [...text.matchAll(turnMark)];
  if (marks.length === 0 || text.slice(0, marks[0].index).trim() !== '' || !text.includes(answerMark)) return undefined;
  const turns: Message[] = [];
  for (const [i, { index, 0: mark, 1: speaker }] of marks.entries()) {
    const role = speaker === 'Human' ? 'user' : 'assistant';
    const content = text.slice(index + mark.length, marks[i + 1]?.index).trim();
    const before = turns.at(-1);
    if (before?.role === role) before.content = `${before.content}\n\n${content}`;
    else turns.push({ role, content });
  }
  return turns;
}

/** As HH has it: what follows the last mark of the assistant's. */
function lastAnswer(text: string): Side {
  const at = text.lastIndexOf(answerMark) + answerMark.length;
  return { prompt: text.slice(0, at), response: text.slice(at) };
}

/** How much two texts share, up to a white space, which the responses then begin with: no word is cut, and tokenizers put spaces before words. */
function sharedBeginning(a: string, b: string): number {
  const isSpace = (text: string, i: number): boolean => i >= text.length || /\s/.test(text[i]);
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  while (at > 0 && !(isSpace(a, at) && isSpace(b, at))) at--;
  return at;
}
