// What a reward model reads of a response, on tokenizers and chat templates of published kinds of models.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Message, Tokenizer } from '../formats/tokenizer.ts';
import { tinyNewModel } from '../testing/tinyModel.ts';
import { judgedText, responseIds, summaryOf } from './judgedText.ts';

type Json = Record<string, unknown>;
const golden = readFileSync(new URL('../formats/golden/chatIds.json', import.meta.url), 'utf8');
const { kinds } = JSON.parse(golden) as { kinds: Record<string, { tokenizer: Json; config: Json }> };

const words = (template?: string): Tokenizer => {
  const { tokenizerFiles } = tinyNewModel();
  return Tokenizer.fromFiles(
    { ...tokenizerFiles, tokenizerConfig: { ...tokenizerFiles.tokenizerConfig, eos_token: 'w1', chat_template: template } },
    { eosTokenIds: [1] },
  );
};

it.each([
  ['<think> a </think> b', ' b'],
  ['b', 'b'],
  ['a </think> b', ' b'],
  ['<think> a', ''],
  ['<think> a </think>', ''],
  ['', ''],
])('of %j the summary is %j', (response, summary) => {
  expect(summaryOf(response)).toBe(summary);
});

describe('a prompt of text', () => {
  const tokenizer = words();

  it('stands before the response or its summary, and an end token after it', () => {
    expect([...judgedText(tokenizer, 'w3 w4', ' w5 w6', 'response')]).toEqual([3, 4, 5, 6, 1]);
    expect([...judgedText(tokenizer, 'w3 w4', '<think> w5 </think> w6', 'summary')]).toEqual([3, 4, 6, 1]);
    const whole = judgedText(tokenizer, 'w3 w4', ' <think> w5 </think> w6', 'response');
    expect([...whole]).toEqual([3, 4, 0, 5, 0, 6, 1]);
  });

  it('has an empty answer where the thought was not ended, so that the score is one of the prompt alone', () => {
    expect([...judgedText(tokenizer, 'w3 w4', '<think> w5', 'summary')]).toEqual([3, 4, 1]);
    expect(responseIds(tokenizer, 'w3', '')).toEqual({ ids: Int32Array.of(3, 1), start: 1 });
  });
});

describe('a template', () => {
  const turns =
    "{% for m in messages %}{{ ' w8 ' if m.role == 'user' else ' w9 ' }}{{ m.content }}{{ ' w1 ' }}{% endfor %}{% if add_generation_prompt %} w9 {% endif %}";
  const prompt = [{ role: 'user', content: 'w3' }];

  it('that ends a turn has its own end token read, and nothing that it writes behind', () => {
    const tokenizer = words(turns.replace("{{ ' w1 ' }}", "{{ ' w1 w7 ' }}"));
    expect([...judgedText(tokenizer, prompt, 'w5', 'response')]).toEqual([8, 3, 1, 7, 9, 5, 1]);
    expect([...judgedText(tokenizer, prompt, '<think> w5 </think> w6', 'summary')]).toEqual([8, 3, 1, 7, 9, 6, 1]);
  });

  it("that ends the user's turns alone has one written: the answer is not lost for it", () => {
    const tokenizer = words(turns.replace("{{ ' w1 ' }}", "{{ ' w1 ' if m.role == 'user' else '' }}"));
    for (const sees of ['response', 'summary'] as const) expect([...judgedText(tokenizer, prompt, 'w5', sees)]).toEqual([8, 3, 1, 9, 5, 1]);
  });

  it('that leaves out the thinking of turns shows it to who sees the whole response', () => {
    const tokenizer = words(turns.replace('m.content', "m.content.split('</think>')[-1]"));
    const response = '<think> w5 </think> w6';
    expect([...judgedText(tokenizer, prompt, response, 'response')]).toEqual([8, 3, 1, 9, 0, 5, 0, 6, 1]);
    expect([...judgedText(tokenizer, prompt, response, 'summary')]).toEqual([8, 3, 1, 9, 6, 1]);
  });

  it('that opens a thought does not put a summary into it, nor open it twice', () => {
    const tokenizer = words(turns.replace(' w9 {% endif %}', ' w9 <think>\n{% endif %}'));
    const response = '<think>\n w5 </think> w6';
    expect([...judgedText(tokenizer, prompt, response, 'summary')]).toEqual([8, 3, 1, 9, 6, 1]);
    expect([...judgedText(tokenizer, prompt, response, 'response')]).toEqual([8, 3, 1, 9, 0, 5, 0, 6, 1]);
  });

  it('that marks what is generated, without its end, has the end read all the same', () => {
    const marked = turns.replace(
      '{{ m.content }}',
      "{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}",
    );
    expect(responseIds(words(marked), prompt, 'w5')).toEqual({ ids: Int32Array.of(8, 3, 1, 9, 5, 1), start: 4 });
  });

  it('answers nothing with an end alone', () => {
    expect(responseIds(words(turns), prompt, '')).toEqual({ ids: Int32Array.of(8, 3, 1, 9, 1), start: 4 });
    expect([...judgedText(words(turns), prompt, '<think> w5', 'summary')]).toEqual([8, 3, 1, 9, 1]);
  });
});

describe.each(Object.entries(kinds))('the kind of %s', (_, { tokenizer: tokenizerJson, config }) => {
  const tokenizer = Tokenizer.fromFiles({ tokenizerJson, tokenizerConfig: config });
  const prompt: Message[] = [{ role: 'user', content: 'How are you?' }];

  it('ends what is read with one end token, after all of the response', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((value) => value.trim() !== '');
    fc.assert(
      fc.property(text, (response) => {
        const { ids, start } = responseIds(tokenizer, prompt, response);
        expect(tokenizer.stopIds).toContain(ids.at(-1));
        expect(tokenizer.decode(ids.subarray(start, -1)).normalize().replace(/\s/g, '')).toContain(response.normalize().replace(/\s/g, ''));
        expect([...ids.subarray(start, -1)].filter((id) => tokenizer.stopIds.includes(id))).toEqual([]);
        expect(judgedText(tokenizer, prompt, response, 'response')).toEqual(ids);
      }),
      { numRuns: 50 },
    );
  });
});
