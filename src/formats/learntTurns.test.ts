// What is learnt from a conversation: by the template's marks, held against transformers (golden/, made by bench/golden/chat_masks.py);
// or by what each turn adds to its prompt, also where the template shows turns otherwise than they are written.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { type LearntIds, type Message, Tokenizer } from './tokenizer.ts';

interface Case {
  kind: string;
  name: string;
  template: string;
  messages: Message[];
  ids: number[];
  mask: number[];
}
const read = (name: string) => JSON.parse(readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8'));
const cases = read('chatMasks.json') as Case[];
const { kinds } = read('tokenizers.json') as { kinds: Record<string, { tokenizer: Record<string, unknown> }> };
const bytes = 'byte-level BPE, digits apart';

function tokenizerOf(chat_template: string | undefined, kind = bytes, config: Record<string, unknown> = {}): Tokenizer {
  const tokenizerConfig = { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>', chat_template, ...config };
  return Tokenizer.fromFiles({ tokenizerJson: kinds[kind].tokenizer, tokenizerConfig, source: 'dir/m' });
}
const mask = ({ ids, spans }: LearntIds) => ids.map((_, i) => (spans.some(([start, end]) => i >= start && i < end) ? 1 : 0));
/** The learnt stretches as text. */
const learnt = (tokenizer: Tokenizer, { ids, spans }: LearntIds) => spans.map(([start, end]) => tokenizer.decode(ids.slice(start, end)));
const whole = (tokenizer: Tokenizer, { ids }: LearntIds) => tokenizer.decode(ids);

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });
const talk = [user('the fox'), assistant('jumps'), user('again'), assistant('over')];

const chatml =
  "{% for m in messages %}{{ '<s>' + m.role + '\n' + m.content + '</s>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<s>assistant\n' }}{% endif %}";
// As Qwen3's and others: the thinking of earlier turns is left out.
const forgetful =
  "{% for m in messages %}{% set c = m.content %}{% if m.role == 'assistant' and not loop.last %}{% set c = m.content.split('</think>')[-1].lstrip('\n') %}{% endif %}" +
  "{{ '<s>' + m.role + '\n' + c + '</s>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<s>assistant\n' }}{% endif %}";
// As DeepSeek-R1's: thinking is never shown, and opened where the model is prompted.
const secretive =
  "{% for m in messages %}{% if m.role == 'user' %}{{ '<s>' + m.content }}{% else %}{{ '<s>A:' + m.content.split('</think>')[-1] + '</s>' }}{% endif %}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<s>A:<think>\n' }}{% endif %}";

describe("a template's marks", () => {
  it.each(cases.map((c) => [c.name, c.kind, c.messages.length, c] as const))(
    '%s (%s, %i messages) are those of transformers',
    (_1, _2, _3, c) => {
      const tokenizer = tokenizerOf(c.template, c.kind);
      const { how, silent, sequences } = tokenizer.learnChat(c.messages);
      expect(how).toBe('marked');
      expect(sequences).toHaveLength(1);
      expect(sequences[0].ids).toEqual(tokenizer.renderChat(c.messages));
      expect(sequences[0].ids).toEqual(c.ids);
      // Where transformers would learn the end of an answer without words, nothing is learnt.
      expect(silent).toBe(c.messages.filter(({ role, content }) => role === 'assistant' && content === '').length);
      expect(mask(sequences[0])).toEqual(silent === 0 ? c.mask : c.mask.map(() => 0));
    },
  );

  it('change nothing of what is rendered, and are not read out of messages', () => {
    const { template } = cases[0];
    const tokenizer = tokenizerOf(template);
    const odd = [user('{% generation %}\ufdd0</s>'), assistant('\ufdd1{% endgeneration %}<s>')];
    const { sequences } = tokenizer.learnChat(odd);
    expect(sequences[0].ids).toEqual(tokenizer.renderChat(odd));
    expect(learnt(tokenizer, sequences[0])).toEqual(['\ufdd1{% endgeneration %}<s></s>']);
  });

  it('count for the completion alone, where a prompt comes before it', () => {
    const tokenizer = tokenizerOf(cases[0].template);
    expect(learnt(tokenizer, tokenizer.learnChat(talk, 2).sequences[0])).toEqual(['over</s>']);
    expect(tokenizer.learnChat(talk, 4).sequences[0].spans).toEqual([]);
    const lastAlone = cases.find(({ name }) => name === 'the last turn alone') as Case;
    expect(() => tokenizerOf(lastAlone.template).learnChat(talk, 2)).toThrow(/marks 1 stretches .* of 2 assistant turns/);
  });
});

describe('without marks', () => {
  it('every turn of the assistant is learnt with the token that ends it, and nothing else', () => {
    const tokenizer = tokenizerOf(chatml);
    const { how, asWritten, sequences } = tokenizer.learnChat([{ role: 'system', content: 'how' }, ...talk]);
    expect([how, asWritten, sequences.length]).toEqual(['whole', 0, 1]);
    expect(learnt(tokenizer, sequences[0])).toEqual(['jumps</s>', 'over</s>']);
    expect(sequences[0].ids).toEqual(tokenizer.renderChat([{ role: 'system', content: 'how' }, ...talk]));
  });

  it('the tokens before a turn are those the model is prompted with', () => {
    // "\n" and "\n\nx" would be one token together.
    for (const kind of [bytes, 'Metaspace first', 'Metaspace always']) {
      const tokenizer = tokenizerOf(chatml, kind);
      for (const text of ['\n\nx', ' fox', 'fox', '12'])
        for (const conversation of [[user('the fox'), assistant(text)]]) {
          const { ids, spans } = tokenizer.learnChat(conversation).sequences[0];
          expect(ids.slice(0, spans[0][0])).toEqual(tokenizer.renderChat(conversation.slice(0, 1), { addGenerationPrompt: true }));
          expect(ids[spans[0][1] - 1]).toBe(1);
        }
    }
  });

  it('a completion is learnt after its prompt, though the prompt holds turns of the assistant', () => {
    const tokenizer = tokenizerOf(chatml);
    expect(learnt(tokenizer, tokenizer.learnChat(talk, 3).sequences[0])).toEqual(['over</s>']);
    expect(tokenizer.learnChat([user('a')], 0).sequences).toEqual([{ ids: tokenizer.renderChat([user('a')]), spans: [] }]);
  });

  it('what looks like a control token in a turn stays text, and does not end it', () => {
    const tokenizer = tokenizerOf(chatml);
    const { sequences } = tokenizer.learnChat([user('<s>system'), assistant('a</s>b<s>')]);
    expect(learnt(tokenizer, sequences[0])).toEqual(['a</s>b<s></s>']);
    expect(sequences[0].ids.filter((id) => id === 1)).toHaveLength(2);
  });

  it('a template that rewrites earlier turns gives a sequence for each, after the history as the model will see it', () => {
    const tokenizer = tokenizerOf(forgetful);
    const thinking = [user('q'), assistant('<think>\na\n</think>\n\nb'), user('r'), assistant('<think>\nc\n</think>\n\nd')];
    const { how, asWritten, sequences } = tokenizer.learnChat(thinking);
    expect([how, asWritten]).toEqual(['turns', 0]);
    expect(sequences.map((sequence) => learnt(tokenizer, sequence))).toEqual([
      ['<think>\na\n</think>\n\nb</s>'],
      ['<think>\nc\n</think>\n\nd</s>'],
    ]);
    expect(whole(tokenizer, sequences[1])).toBe(
      '<s>user\nq</s>\n<s>assistant\nb</s>\n<s>user\nr</s>\n<s>assistant\n<think>\nc\n</think>\n\nd</s>\n',
    );
    // Where there is nothing to leave out, they stay together.
    expect(tokenizer.learnChat(talk)).toMatchObject({ how: 'whole' });
  });

  it('a template that hides what a turn says is given the turn as it is written, its thought opened once, and the end token', () => {
    const tokenizer = tokenizerOf(secretive);
    const { how, asWritten, sequences } = tokenizer.learnChat([
      user('q'),
      assistant('<think>\na\n</think>\n\nb'),
      user('r'),
      assistant('c</think>d'),
    ]);
    expect([how, asWritten]).toEqual(['turns', 2]);
    expect(sequences.map((sequence) => whole(tokenizer, sequence))).toEqual([
      '<s>q<s>A:<think>\na\n</think>\n\nb</s>',
      '<s>q<s>A:\n\nb</s><s>r<s>A:<think>\nc</think>d</s>',
    ]);
    expect(sequences.map((sequence) => learnt(tokenizer, sequence))).toEqual([['a\n</think>\n\nb</s>'], ['c</think>d</s>']]);
    const call = { ...assistant('x</think>y'), tool_calls: [{ function: { name: 'f' } }] };
    expect(() => tokenizer.learnChat([user('q'), call])).toThrow(/does not show the tool calls of message 2: leave the row out/);
  });

  it('a turn that says nothing is not learnt, and counted: all it teaches were to end at once', () => {
    for (const template of [chatml, forgetful, secretive, cases[0].template]) {
      const tokenizer = tokenizerOf(template);
      for (const nothing of [assistant(''), assistant(' \n'), { ...assistant(''), tool_calls: [], reasoning_content: 'hm' }]) {
        const { silent, sequences } = tokenizer.learnChat([user('q'), nothing, user('r'), assistant('over')]);
        expect(silent).toBe(1);
        expect(sequences.map((sequence) => learnt(tokenizer, sequence))).toEqual([['over</s>']]);
        expect(tokenizer.learnChat([user('q'), nothing]).sequences.flatMap(({ spans }) => spans)).toEqual([]);
      }
    }
  });

  it('a call of tools is learnt where the template shows it, and refused where it does not, with words or without', () => {
    const call = { role: 'assistant', content: null, tool_calls: [{ function: { name: 'f' } }] };
    const calling = chatml.replace('+ m.content +', "+ (m.content or '') + (m.tool_calls[0].function.name if m.tool_calls else '') +");
    const tokenizer = tokenizerOf(calling);
    const { silent, sequences } = tokenizer.learnChat([user('q'), call]);
    expect([silent, learnt(tokenizer, sequences[0])]).toEqual([0, ['f</s>']]);
    for (const template of [chatml, cases[0].template])
      for (const content of ['', 'I look'])
        expect(() => tokenizerOf(template).learnChat([user('q'), { ...call, content }])).toThrow(
          'the chat template does not show the tool calls of message 2: leave the row out, or take a model whose template shows them',
        );
    // As DeepSeek-R1's templates.
    const byNone = calling.replace("(m.content or '')", "('none:' if m.content is none else m.content)");
    expect(learnt(tokenizer, tokenizerOf(byNone).learnChat([user('q'), call]).sequences[0])).toEqual(['none:f</s>']);
  });

  it("where the tokenizer has tokens for a thought's tags, they are learnt, and the template finds them", () => {
    const json = structuredClone(kinds[bytes].tokenizer) as { added_tokens: { id: number; content: string }[]; model: { vocab: object } };
    const size = Math.max(...Object.values(json.model.vocab), ...json.added_tokens.map(({ id }) => id)) + 1;
    const tags = ['<think>', '</think>'].map((content, i) => ({ ...json.added_tokens[0], id: size + i, content, special: true }));
    json.added_tokens.push(...tags);
    const tokenizerWith = (chat_template: string) =>
      Tokenizer.fromFiles({ tokenizerJson: json, tokenizerConfig: { bos_token: '<s>', eos_token: '</s>', chat_template } });
    const tokenizer = tokenizerWith(secretive);
    const { sequences } = tokenizer.learnChat([user('say </think>'), assistant('<think>\na</think>b'), user('q'), assistant('c')]);
    expect(sequences.map((sequence) => whole(tokenizer, sequence))).toEqual([
      '<s>say </think><s>A:<think>\na</think>b</s>',
      '<s>say </think><s>A:b</s><s>q<s>A:<think>\nc</s>',
    ]);
    // Of the user's text it stays text.
    expect(sequences[0].ids.filter((id) => id >= size)).toEqual([size, size + 1]);
    expect(sequences[0].ids.slice(...sequences[0].spans[0])).toContain(size + 1);
    const shown = tokenizerWith(chatml).learnChat([user('q'), assistant('<think>a</think>b')]).sequences[0];
    expect(shown.ids.slice(...shown.spans[0])).toEqual([size, ...tokenizer.encode('a'), size + 1, ...tokenizer.encode('b'), 1]);
    const text = tokenizer.learnText('<think>', '<think>a</think></s>b');
    expect(text.ids.filter((id) => id >= size || id === 1)).toEqual([size, size + 1, 1]);
    expect(text.ids.slice(0, text.spans[0][0])).toEqual(tokenizer.encode('<think>'));
    expect([tokenizer.holdsControl('<think>', true), tokenizer.holdsControl('<think>', false)]).toEqual([false, true]);
  });

  it('a template without any end token ends no turn', () => {
    const tokenizer = tokenizerOf(
      "{% for m in messages %}{{ m.role + ': ' + m.content + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant:' }}{% endif %}",
    );
    expect(learnt(tokenizer, tokenizer.learnChat(talk).sequences[0])).toEqual([' jumps\n', ' over\n']);
  });

  it('no template at all is an error that says so', () => {
    expect(() => tokenizerOf(undefined).learnChat(talk)).toThrow(InputError);
  });
});

// R20
it('the beginning of text comes once, where the template writes it and the tokenizer adds it', () => {
  const tokenizer = tokenizerOf(`{{ bos_token }}${chatml}`, 'byte-level BPE with beginning of text', { add_bos_token: true });
  const { sequences } = tokenizer.learnChat([user('the fox'), assistant('jumps')]);
  // The template's own <s>, and the one that begins a turn: two in the text, of which the tokenizer takes the first for its own.
  expect(sequences[0].ids).toEqual(tokenizer.renderChat([user('the fox'), assistant('jumps')]));
  expect(sequences[0].ids.slice(0, 2)).not.toEqual([0, 0]);
  expect(learnt(tokenizer, sequences[0])).toEqual(['jumps</s>']);
  expect(tokenizer.learnText('the fox', ' jumps').ids.filter((id) => id === 0)).toEqual([0]);
});

describe('a text and its completion', () => {
  it.each(Object.keys(kinds))('(%s) are the tokens of the prompt, those that come after it, and the end token', (kind) => {
    const tokenizer = tokenizerOf(undefined, kind);
    for (const [prompt, completion] of [
      ['the quick', ' brown fox'],
      ['the qu', 'ick brown'],
      ['12 * 7 =', '84'],
      ['the fox\n', '\n\njumps'],
      ['', 'the fox'],
      ['the fox', ''],
    ]) {
      const { ids, spans } = tokenizer.learnText(prompt, completion);
      const begun = tokenizer.encode(prompt, { special: true });
      expect(ids.slice(0, begun.length)).toEqual(begun);
      expect(spans).toEqual([[begun.length, ids.length]]);
      expect(ids.at(-1)).toBe(1);
      if (kind.startsWith('byte')) expect(tokenizer.decode(ids, { skipSpecial: true })).toBe(prompt + completion);
    }
  });

  it('no space comes between them that is not there', () => {
    const tokenizer = tokenizerOf(undefined, 'Metaspace first');
    const { ids } = tokenizer.learnText('the qu', 'ick brown');
    expect(tokenizer.decode(ids, { skipSpecial: true })).toBe('the quick brown');
  });

  it('the end token is the one that the tokenizer names, 0 too; without any it is refused', () => {
    expect(tokenizerOf(undefined, bytes, { eos_token: '<s>' }).learnText('a', 'b').ids.at(-1)).toBe(0);
    expect(() => tokenizerOf(undefined, bytes, { eos_token: undefined }).learnText('a', 'b')).toThrow('dir/m names no end token');
  });
});
