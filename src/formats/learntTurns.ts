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
  texts: LearntText[];
}

/**
 * @param from the first message that is learnt, where the assistant writes it
 * @throws InputError where the template rejects the messages, or it cannot be told what is learnt
 */
export function learntTurns(template: ChatTemplate, messages: Message[], from: number): LearntConversation {
  const turns = messages.flatMap(({ role }, i) => (role === 'assistant' && i >= from ? [i] : []));
  if (template.marksGeneration) return { how: 'marked', asWritten: 0, texts: [markedTurns(template, messages, turns)] };
  const whole = template.render(messages, false);
  const learnt = turns.map((turn): LearntText & { complete: boolean } => {
    const prompt = template.render(messages.slice(0, turn), true);
    const text = turn === messages.length - 1 ? whole : template.render(messages.slice(0, turn + 1), false);
    const complete = text.startsWith(prompt) && squeezed(text.slice(prompt.length)).includes(squeezed(messages[turn].content));
    if (complete) return { text, spans: [[prompt.length, text.length]], end: false, complete };
    if (messages[turn].tool_calls !== undefined)
      throw new InputError(
        `the chat template does not show message ${turn + 1} as it is, and it calls tools: it cannot be told what is learnt`,
      );
    return { ...asWritten(prompt, messages[turn].content), complete };
  });
  const incomplete = learnt.filter(({ complete }) => !complete).length;
  if (incomplete === 0 && learnt.every(({ text }) => whole.startsWith(text)))
    return { how: 'whole', asWritten: 0, texts: [{ text: whole, spans: learnt.flatMap(({ spans }) => spans), end: false }] };
  return { how: 'turns', asWritten: incomplete, texts: learnt.map(({ text, spans, end }) => ({ text, spans, end })) };
}

function markedTurns(template: ChatTemplate, messages: Message[], turns: readonly number[]): LearntText {
  const { text, spans } = template.renderMarked(messages);
  const all = messages.filter(({ role }) => role === 'assistant').length;
  if (turns.length === all) return { text, spans, end: false };
  if (spans.length !== all)
    throw new InputError(
      `the chat template marks ${spans.length} stretches ({% generation %}) in a conversation of ${all} assistant turns: it cannot be told which of them belong to the completion`,
    );
  return { text, spans: spans.slice(all - turns.length), end: false };
}

/** A thought that the prompt has opened is not opened twice. */
function asWritten(prompt: string, content: string): LearntText {
  const opened = /<think>\s*$/.test(prompt) ? content.replace(/^\s*<think>\n?/, '') : content;
  return { text: prompt + opened, spans: [[prompt.length, prompt.length + opened.length]], end: true };
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, '');
}
