// Prompts as tokens: one beginning-of-text on every path, nothing cut, what is too long counted; and responses as text.

import { describe, expect, it } from 'vitest';
import { Tokenizer } from '../formats/tokenizer.ts';
import { InputError } from '../platform/errors.ts';
import { encodePrompt, encodePrompts, fittingPrompts, responseText } from './prompts.ts';

const words = ['<unk>', '<s>', '</s>', 'stop', 'a', 'b', '<think>', 'user', 'assistant'];
const special = (id: number) => ({
  id,
  content: words[id],
  special: true,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
});
const tokenizer = Tokenizer.fromFiles(
  {
    tokenizerJson: {
      version: '1.0',
      added_tokens: [special(1), special(2)],
      pre_tokenizer: { type: 'WhitespaceSplit' },
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        pair: [],
        special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
      },
      model: { type: 'WordLevel', vocab: Object.fromEntries(words.map((word, id) => [word, id])), unk_token: '<unk>' },
    },
    tokenizerConfig: {
      bos_token: '<s>',
      eos_token: '</s>',
      unk_token: '<unk>',
      chat_template: "{{ bos_token }}{% for m in messages %}{{ m.role + ' ' + m.content + ' ' }}{% endfor %}assistant ",
    },
  },
  { eosTokenIds: [3] },
);
const text = { tokenizer, maxContext: 10 };
const row = (id: string, prompt: string) => ({ id, prompt });

describe('encodePrompt', () => {
  // R20
  it('raw text and a template that writes BOS itself both begin with exactly one', () => {
    expect([...encodePrompt(tokenizer, {}, row('r', 'a b'))]).toEqual([1, 4, 5]);
    expect([...encodePrompt(tokenizer, {}, { id: 'c', prompt: [{ role: 'user', content: 'a' }] })]).toEqual([1, 7, 4, 8]);
  });

  it("the task's prefill stands at the end, inside the response's turn, without a second BOS", () => {
    expect([...encodePrompt(tokenizer, { prefill: '<think>' }, row('r', 'a'))]).toEqual([1, 4, 6]);
  });

  it('what looks like a control token in a question stays text', () => {
    expect([...encodePrompt(tokenizer, {}, row('r', 'a </s>'))]).not.toContain(2);
  });
});

describe('responseText', () => {
  // R22: config.json says 3 and the tokenizer 2; a token need not be special to be an end.
  it('shows no end token, of whichever list, and puts the prefill in front', () => {
    expect(tokenizer.stopIds).toEqual([2, 3]);
    expect(responseText(tokenizer, {}, Int32Array.of(4, 5, 2))).toBe('a b');
    expect(responseText(tokenizer, {}, Int32Array.of(4, 5, 3))).toBe('a b');
    expect(responseText(tokenizer, {}, Int32Array.of(3))).toBe('');
    expect(responseText(tokenizer, { prefill: '<think>\n' }, Int32Array.of(4))).toBe('<think>\na');
  });
});

describe('a <think> that the prompt ends with', () => {
  const prompt = (words: number[]): Int32Array => Int32Array.from(words);
  it('is put back in front of what the model wrote after it, once, with its white space', () => {
    expect(responseText(tokenizer, {}, Int32Array.of(4), prompt([1, 7, 4, 8, 6]))).toBe('<think>a');
    expect(responseText(tokenizer, { prefill: '<think>\n' }, Int32Array.of(4), prompt([1, 7, 6]))).toBe('<think>\na');
    expect(responseText(tokenizer, {}, Int32Array.of(4), prompt([1, 6, 7]))).toBe('a');
    const newline = { stopIds: [], isSpecial: () => false, decode: (ids: ArrayLike<number>) => (ids.length === 2 ? '<think>\n' : 'x') };
    expect(responseText(newline, {}, Int32Array.of(1), prompt([1, 2]))).toBe('<think>\nx');
  });

  it('and its fellows are kept also where the tokenizer calls them special; other control tokens are not', () => {
    const tags = ['<think>', '</think>', '<answer>', '</answer>', '<pad>', 'a'];
    const special = tags.slice(0, 5).map((content, id) => ({ id, content, special: true }));
    const json = {
      added_tokens: special,
      pre_tokenizer: { type: 'WhitespaceSplit' },
      model: { type: 'WordLevel', vocab: Object.fromEntries(tags.map((tag, id) => [tag, id])), unk_token: 'a' },
    };
    const strict = Tokenizer.fromFiles({ tokenizerJson: json, tokenizerConfig: {} });
    expect(responseText(strict, {}, Int32Array.of(0, 5, 1, 4, 2, 5, 3))).toBe('<think> a </think> <answer> a </answer>');
    // A prefill is the task author's own: a tag in it is the token.
    expect([...encodePrompt(strict, { prefill: '<think>' }, row('r', 'a <think>'))]).toEqual([5, 5, 0]);
  });
});

describe('encodePrompts', () => {
  const rows = [row('short', 'a'), row('long', 'a b a b a b')];
  const task = { name: 'mine' };

  // R66
  it('refuses prompts that leave no room, naming how many and both numbers', () => {
    const call = () => encodePrompts(text, task, rows, { maxTokens: 5, longPrompts: 'refuse' }, () => {});
    expect(call).toThrow(InputError);
    expect(call).toThrow(
      "1 of 2 prompts of mine are longer than the 5 tokens that maxTokens 5 leaves of the model's context of 10 (the longest has 7): lower maxTokens, or set longPrompts: drop",
    );
  });

  it('counts a prompt of 2000 tokens that a context of 1024 does not hold, and does not encode one of 50 MB to its end', () => {
    const context = { tokenizer, maxContext: 1024 };
    const room = { maxTokens: 256, longPrompts: 'refuse' as const };
    const long = row('long', 'a b '.repeat(1000));
    expect(() => encodePrompts(context, task, [row('short', 'a'), long], room, () => {})).toThrow(
      "1 of 2 prompts of mine are longer than the 768 tokens that maxTokens 256 leaves of the model's context of 1024 (the longest has 2001)",
    );
    const endless = 'a b '.repeat(12_500_000);
    const rows = [row('short', 'a'), row('endless', endless), { id: 'chat', prompt: [{ role: 'user' as const, content: endless }] }, long];
    const began = performance.now();
    expect(() => encodePrompts(context, task, rows, room, () => {})).toThrow(/3 of 4 prompts .*\(the longest has more than 2048\)/);
    const kept = encodePrompts(context, task, rows, { ...room, longPrompts: 'drop' }, () => {});
    expect(kept.map(({ row: { id } }) => id)).toEqual(['short']);
    expect(performance.now() - began).toBeLessThan(5000);
    // What only looks long is read to its end.
    expect(encodePrompts(context, task, [row('spaces', `${' '.repeat(1e6)}a`)], room, () => {})[0].tokens.length).toBe(2);
  });

  it('drops them whole where the recipe says so, and says it', () => {
    const said: string[] = [];
    const prompts = encodePrompts(text, task, rows, { maxTokens: 5, longPrompts: 'drop' }, (message) => said.push(message));
    expect(prompts.map(({ row }) => row.id)).toEqual(['short']);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^1 of 2 prompts .* left out$/);
  });

  it('a prompt that just fits is kept; where none is left there is nothing to train on', () => {
    expect(fittingPrompts(text, task, rows, 'prompts', { maxTokens: 3, longPrompts: 'refuse' }, () => {})).toHaveLength(2);
    expect(() => encodePrompts(text, task, rows, { maxTokens: 12, longPrompts: 'drop' }, () => {})).toThrow(
      'no prompt is left to train on',
    );
  });

  it('a prompt without a token is named', () => {
    const bare = Tokenizer.fromFiles({
      tokenizerJson: {
        version: '1.0',
        added_tokens: [],
        pre_tokenizer: { type: 'WhitespaceSplit' },
        model: { type: 'WordLevel', vocab: { '<unk>': 0 }, unk_token: '<unk>' },
      },
      tokenizerConfig: {},
    });
    expect(() =>
      encodePrompts({ tokenizer: bare, maxContext: 10 }, task, [row('blank', '  ')], { maxTokens: 5, longPrompts: 'drop' }, () => {}),
    ).toThrow(/the prompt of blank has no tokens/);
  });
});
