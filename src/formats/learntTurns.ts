// Which stretches of a rendered conversation the assistant writes: what is learnt from it. By the template's own marks where it has them;
// else by what a turn adds to the text that the model is prompted with for it, so that what is learnt is what sampling will ask for.

import { InputError } from '../platform/errors.ts';
import type { ChatTemplate, MarkedText, Message } from './chatTemplate.ts';

/** `end`: an end token follows the text, and is learnt. */
export interface LearntText extends MarkedText {
  end: boolean;
}

export interface LearntConversation {
  /**
   * `marked`: by the template's marks. `whole`: one text with every turn. `turns`: the template shows earlier turns otherwise than the
   * last (many leave out their thinking), so each turn has a text of its own, after the history as the model will see it.
   */
  how: 'marked' | 'whole' | 'turns';
  /** Turns that the template does not show as they are: learnt as they are written, after the prompt that the template makes for them. */
  asWritten: number;
  /** Turns that are not learnt: they say nothing that the template shows, so that all they teach were to end at once. */
  silent: number;
  texts: LearntText[];
}

/**
 * @param from the first message that is learnt, where the assistant writes it
 * @throws InputError where the template rejects the messages, or it cannot be told what is learnt
 */
export function learntTurns(template: ChatTemplate, messages: Message[], from: number): LearntConversation {
  const turns = messages.flatMap(({ role }, i) => (role === 'assistant' && i >= from ? [i] : []));
  for (const turn of turns) requireToolCalls(template, messages, turn);
  const spoken = turns.filter((turn) => !isSilent(template, messages, turn));
  const silent = turns.length - spoken.length;
  if (template.marksGeneration) return { how: 'marked', asWritten: 0, silent, texts: [markedTurns(template, messages, spoken)] };
  const whole = template.render(messages, false);
  const learnt = spoken.map((turn): LearntText & { complete: boolean } => {
    const said = messages[turn].content ?? '';
    const prompt = template.render(messages.slice(0, turn), true);
    const text = turn === messages.length - 1 ? whole : template.render(messages.slice(0, turn + 1), false);
    const complete = text.startsWith(prompt) && squeezed(text.slice(prompt.length)).includes(squeezed(said));
    if (complete) return { text, spans: [[prompt.length, text.length]], end: false, complete };
    if (callsTools(messages[turn]))
      throw new InputError(
        `the chat template does not show message ${turn + 1} as it is, and it calls tools: it cannot be told what is learnt`,
      );
    return { ...asWritten(prompt, said), complete };
  });
  const incomplete = learnt.filter(({ complete }) => !complete).length;
  if (incomplete === 0 && learnt.every(({ text }) => whole.startsWith(text)))
    return { how: 'whole', asWritten: 0, silent, texts: [{ text: whole, spans: learnt.flatMap(({ spans }) => spans), end: false }] };
  return { how: 'turns', asWritten: incomplete, silent, texts: learnt.map(({ text, spans, end }) => ({ text, spans, end })) };
}

/** @param turns that are learnt, as places among the messages */
function markedTurns(template: ChatTemplate, messages: Message[], turns: readonly number[]): LearntText {
  const { text, spans } = template.renderMarked(messages);
  const all = messages.flatMap(({ role }, i) => (role === 'assistant' ? [i] : []));
  if (turns.length === all.length) return { text, spans, end: false };
  if (spans.length !== all.length)
    throw new InputError(
      `the chat template marks ${spans.length} stretches ({% generation %}) in a conversation of ${all.length} assistant turns: it cannot be told which of them are learnt`,
    );
  return { text, spans: spans.filter((_, i) => turns.includes(all[i])), end: false };
}

/** @throws InputError where the turn calls tools and the template shows nothing of it: it would be learnt to do without */
function requireToolCalls(template: ChatTemplate, messages: Message[], turn: number): void {
  const { tool_calls: _, ...without } = messages[turn];
  if (!callsTools(messages[turn]) || changes(template, messages, turn, without)) return;
  throw new InputError(
    `the chat template does not show the tool calls of message ${turn + 1}: leave the row out, or take a model whose template shows them`,
  );
}

function callsTools({ tool_calls: calls }: Message): boolean {
  return Array.isArray(calls) ? calls.length > 0 : calls !== undefined && calls !== null;
}

/** Whether a turn without words says nothing else either (calls of tools, thoughts in a field of their own). */
function isSilent(template: ChatTemplate, messages: Message[], turn: number): boolean {
  const { role, content } = messages[turn];
  return squeezed(content ?? '') === '' && !changes(template, messages, turn, { role, content });
}

/** Whether the template shows a turn otherwise than `other` in its place; one that rejects either does. */
function changes(template: ChatTemplate, messages: Message[], turn: number, other: Message): boolean {
  const history = messages.slice(0, turn);
  try {
    return template.render([...history, messages[turn]], false) !== template.render([...history, other], false);
  } catch (error) {
    if (error instanceof InputError) return true;
    throw error;
  }
}

/** A thought that the prompt has opened is not opened twice. */
function asWritten(prompt: string, content: string): LearntText {
  const opened = /<think>\s*$/.test(prompt) ? content.replace(/^\s*<think>\n?/, '') : content;
  return { text: prompt + opened, spans: [[prompt.length, prompt.length + opened.length]], end: true };
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, '');
}
