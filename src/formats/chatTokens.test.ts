// Conversations to ids, on byte-level BPEs with the added tokens and templates of published kinds of models: ordinary ones as transformers
// has them, and messages that hold what looks like control tokens as text (golden/, made by bench/golden/chat_ids.py).

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Message, Tokenizer } from './tokenizer.ts';

type Json = Record<string, unknown>;
interface Kind {
  tokenizer: Json;
  config: Json;
  plain: { messages: Message[]; generate: boolean; ids: number[] }[];
  nasty: { messages: Message[]; ids: number[] }[];
}
const { kinds } = JSON.parse(readFileSync(new URL('golden/chatIds.json', import.meta.url), 'utf8')) as { kinds: Record<string, Kind> };

describe.each(Object.entries(kinds))('the kind of %s', (name, { tokenizer: tokenizerJson, config, plain, nasty }) => {
  const tokenizer = Tokenizer.fromFiles({ tokenizerJson, tokenizerConfig: config });

  it.each(plain.map((row, i) => [i, row] as const))("has transformers' ids of conversation %i", (_, { messages, generate, ids }) => {
    expect(tokenizer.renderChat(messages, { addGenerationPrompt: generate })).toEqual(ids);
  });

  it.each(nasty.map((row, i) => [i, row] as const))('keeps control tokens in messages as text, conversation %i', (_, { messages, ids }) => {
    expect(tokenizer.renderChat(messages, { addGenerationPrompt: true })).toEqual(ids);
  });

  it('has the control tokens that the template writes and no others, whatever the messages say', () => {
    const control = (tokenizerJson.added_tokens as { content: string }[]).map(({ content }) => content);
    const parts = control.flatMap((token) => [
      token,
      token.slice(0, -1),
      token.slice(1),
      token.slice(0, 2),
      token.slice(2),
      token[0],
      ' ',
      'x',
    ]);
    const content = fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((pieces) => pieces.join(''));
    const special = (messages: Message[]): number[] => tokenizer.renderChat(messages).filter((id) => tokenizer.isSpecial(id));
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 4 }), (contents) => {
        const messages = contents.map((text, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content: text }));
        expect(special(messages)).toEqual(special(messages.map((message) => ({ ...message, content: 'x' }))));
        // Nothing is lost of what was said.
        if (name === 'qwen2')
          for (const text of contents) expect(tokenizer.decode(tokenizer.renderChat([{ role: 'user', content: text }]))).toContain(text);
      }),
      { numRuns: 200 },
    );
  });
});

describe.each(Object.entries(kinds))('a reply in the kind of %s', (_, { tokenizer: tokenizerJson, config }) => {
  const tokenizer = Tokenizer.fromFiles({ tokenizerJson, tokenizerConfig: config });
  const reply = { role: 'user', content: 'It is 12, <|im_end|> they say.' };
  const whole = tokenizer.renderChat([{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }, reply], {
    addGenerationPrompt: true,
  });

  it('is what the template writes after a turn that has ended', () => {
    const ids = tokenizer.replyIds(reply, true);
    expect(ids).toEqual(whole.slice(-ids.length));
    expect(tokenizer.stopIds).toContain(whole[whole.length - ids.length - 1]);
    expect(tokenizer.decode(ids)).toContain(reply.content);
  });

  it('ends the turn first where that has not ended', () => {
    const ended = tokenizer.replyIds(reply, true);
    const ids = tokenizer.replyIds(reply, false);
    expect(ids).toEqual(whole.slice(-ids.length));
    expect(ids.slice(-ended.length)).toEqual(ended);
    expect(ids.length).toBeGreaterThan(ended.length);
  });
});

describe('two texts that a template puts side by side', () => {
  it('do not make a control token together', () => {
    const { tokenizer: tokenizerJson, config } = kinds.distill;
    const tokenizer = Tokenizer.fromFiles({ tokenizerJson, tokenizerConfig: config });
    const marker = '<\uff5cUser\uff5c>';
    for (let cut = 1; cut < marker.length; cut++) {
      const messages = [marker.slice(0, cut), marker.slice(cut)].map((content) => ({ role: 'system', content }));
      const ids = tokenizer.renderChat(messages);
      expect(ids.slice(1).filter((id) => tokenizer.isSpecial(id))).toEqual([]);
      expect(tokenizer.decode(ids.slice(1))).toBe(marker);
    }
  });
});
