// Rows of preferences as pairs: TRL's forms, HH's conversations, and rows that are none.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonRow } from '../formats/jsonl.ts';
import { describeNeeding, shared } from '../testing/need.ts';
import { type Pair, pairReader } from './pairs.ts';
import { streamRows } from './rows.ts';

const read = (row: JsonRow, texts: 'plain' | 'chat' = 'plain', columns?: Record<string, string>) =>
  pairReader(columns, texts)({ place: 'pairs.jsonl:7', file: 'pairs.jsonl', line: 7, row });
const pairOf = (row: JsonRow, texts: 'plain' | 'chat' = 'plain'): Pair => {
  const pair = read(row, texts);
  if (typeof pair === 'string') throw new Error(`it is ${pair}`);
  return pair;
};
const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });

describe('text', () => {
  it('with a prompt stays as it is, or becomes turns of a chat', () => {
    const row = { prompt: 'Why?', chosen: 'Because.', rejected: 'No.' };
    expect(pairOf(row)).toMatchObject({ chosen: { prompt: 'Why?', response: 'Because.' }, rejected: { prompt: 'Why?', response: 'No.' } });
    expect(pairOf(row, 'chat').chosen).toEqual({ prompt: [user('Why?')], response: 'Because.' });
  });

  it('without a prompt has what it shares for one, and no word is cut', () => {
    const { chosen, rejected } = pairOf({ chosen: 'The sky is blue.', rejected: 'The sky is black.' });
    expect([chosen, rejected]).toEqual([
      { prompt: 'The sky is', response: ' blue.' },
      { prompt: 'The sky is', response: ' black.' },
    ]);
    expect(pairOf({ chosen: 'foo bar', rejected: 'foobar' }).chosen).toEqual({ prompt: '', response: 'foo bar' });
  });

  it('loses nothing, whatever it is', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', 'Human:', '\n\nAssistant:', '\n\nHuman:') });
    fc.assert(
      fc.property(text, text, (chosen, rejected) => {
        const pair = read({ chosen, rejected });
        if (typeof pair === 'string') return;
        expect((pair.chosen.prompt as string) + pair.chosen.response).toBe(chosen);
        expect((pair.rejected.prompt as string) + pair.rejected.response).toBe(rejected);
      }),
    );
  });
});

describe("HH's conversations", () => {
  const begun = '\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: Bye';
  const row = { chosen: `${begun}\n\nAssistant: Goodbye!`, rejected: `${begun}\n\nAssistant: What?` };

  it('are text up to the last answer, or turns of a chat', () => {
    expect(pairOf(row).chosen).toEqual({ prompt: `${begun}\n\nAssistant:`, response: ' Goodbye!' });
    expect(pairOf(row, 'chat').rejected).toEqual({ prompt: [user('Hi'), assistant('Hello.'), user('Bye')], response: 'What?' });
  });

  it('may part before their ends: each side then has a prompt of its own', () => {
    const other = { ...row, rejected: '\n\nHuman: Hi\n\nAssistant: Go.\n\nHuman: Why?\n\nHuman: Oh?\n\nAssistant: What?' };
    expect(pairOf(other, 'chat').rejected).toEqual({ prompt: [user('Hi'), assistant('Go.'), user('Why?\n\nOh?')], response: 'What?' });
  });

  it('have an answer that says nothing counted, and are refused where the last turn is not an answer', () => {
    expect(read({ ...row, rejected: `${begun}\n\nAssistant:` })).toBe('empty');
    expect(() => read({ ...row, rejected: `${begun}\n\nAssistant: So?\n\nHuman: No` }, 'chat')).toThrow(
      /pairs.jsonl:7: a conversation ends with a turn of the role "user"/,
    );
  });
});

describe('messages', () => {
  it('with a prompt, and whole conversations, are the same pair', () => {
    const sides = { chosen: [assistant('Because.')], rejected: [assistant('No.')] };
    const whole = { chosen: [user('Why?'), ...sides.chosen], rejected: [user('Why?'), ...sides.rejected] };
    expect(pairOf(whole)).toEqual(pairOf({ prompt: [user('Why?')], ...sides }));
    expect(pairOf(whole).chosen).toEqual({ prompt: [user('Why?')], response: 'Because.' });
  });
});

describe('a row', () => {
  it.each([
    [{ prompt: 'Why?', chosen: '', rejected: 'No.' }, 'empty'],
    [{ prompt: 'Why?', chosen: 'Yes.', rejected: null }, 'empty'],
    [{ chosen: [user('Why?'), assistant(' ')], rejected: [user('Why?'), assistant('No.')] }, 'empty'],
    [{ prompt: 'Why?', chosen: [], rejected: [assistant('No.')] }, 'empty'],
    [{ prompt: 'Why?', chosen: 'No.', rejected: 'No.' }, 'equal'],
  ])('%j is %s', (row, expected) => {
    expect(read(row as JsonRow)).toBe(expected);
  });

  it('of another kind, or that mixes text and messages, is refused by its place', () => {
    expect(() => read({ prompt: 'Why?', completion: 'No.' })).toThrow(/pairs.jsonl:7: its columns are those of prompt-completion/);
    expect(() => read({ prompt: 'Why?', chosen: [assistant('a')], rejected: [assistant('b')] })).toThrow(
      /all must be text, or all messages/,
    );
    expect(() => read({ chosen: 'a', rejected: 'b' }, 'chat')).toThrow(/texts: chat, but there is no column prompt/);
  });

  it('may call its columns otherwise', () => {
    const columns = { chosen: 'better', rejected: 'worse' };
    expect(read({ better: 'a x', worse: 'a y' }, 'plain', columns)).toMatchObject({ chosen: { response: ' x' } });
    expect(read({ better: 'a', worse: '' }, 'plain', columns)).toBe('empty');
  });
});

describeNeeding(shared('data/preference'), 'published preferences', (dir) => {
  const counted = async (file: string, texts: 'plain' | 'chat') => {
    const reader = pairReader(undefined, texts);
    const counts = { pairs: 0, empty: 0, equal: 0, otherPrompts: 0 };
    for await (const row of streamRows(`${dir}/${file}`, 'train')) {
      const pair = reader(row);
      if (typeof pair === 'string') counts[pair]++;
      else {
        counts.pairs++;
        if (JSON.stringify(pair.chosen.prompt) !== JSON.stringify(pair.rejected.prompt)) counts.otherPrompts++;
      }
    }
    return counts;
  };

  it('of UltraFeedback and HH (packed) are pairs as they are, but for a few', async () => {
    for (const texts of ['plain', 'chat'] as const) {
      const ultra = { pairs: 199, empty: 0, equal: 1, otherPrompts: 0 };
      expect(await counted('ultrafeedback_eval_clean.jsonl', texts)).toEqual(ultra);
      expect(await counted('ultrafeedback_train_clean.jsonl', texts)).toEqual({ ...ultra, pairs: 994, empty: 2, equal: 4 });
      // Five conversations differ before their last turn, in white space alone.
      const harmless = { pairs: 2308, empty: 4, equal: 0, otherPrompts: texts === 'plain' ? 5 : 0 };
      expect(await counted('hh_harmless-base_test.jsonl.gz', texts)).toEqual(harmless);
    }
  });
});
