// The kinds of data, recognised by their columns; what is none of them, or more than one, is refused with its place.

import { describe, expect, it } from 'vitest';
import type { JsonRow } from '../formats/jsonl.ts';
import { InputError } from '../platform/errors.ts';
import { type Columns, type Example, exampleReader } from './examples.ts';

const read = (row: JsonRow, columns?: Columns): Example => exampleReader(columns)({ place: 'd.jsonl:3', file: 'd.jsonl', line: 3, row });
const user = { role: 'user', content: 'q' };
const assistant = { role: 'assistant', content: 'a' };

describe('a row', () => {
  it('is what its columns say, as text or as messages; others are passed over', () => {
    expect(read({ prompt: 'p', id: 1 })).toEqual({ kind: 'prompt', prompt: 'p' });
    expect(read({ prompt: [user] })).toEqual({ kind: 'prompt', prompt: [user] });
    expect(read({ prompt: 'p', completion: 'c' })).toEqual({ kind: 'prompt-completion', prompt: 'p', completion: 'c' });
    expect(read({ prompt: [user], completion: [assistant] })).toMatchObject({ kind: 'prompt-completion', completion: [assistant] });
    expect(read({ messages: [user, assistant] })).toEqual({ kind: 'messages', messages: [user, assistant] });
    expect(read({ chosen: 'a', rejected: 'b' })).toEqual({ kind: 'preference', chosen: 'a', rejected: 'b' });
    expect(read({ prompt: 'p', chosen: 'a', rejected: 'b' })).toMatchObject({ kind: 'preference', prompt: 'p' });
  });

  it("is read by the recipe's columns, which alone count then", () => {
    const columns = { prompt: 'question', completion: 'answer' };
    expect(read({ question: 'q', answer: 'a', messages: [user] }, columns)).toEqual({
      kind: 'prompt-completion',
      prompt: 'q',
      completion: 'a',
    });
    expect(read({ prompt: 'p', messages: [user, assistant] }, { messages: 'messages' })).toMatchObject({ kind: 'messages' });
  });

  it('may answer with a number, digit for digit; 0 is one', () => {
    expect(read({ prompt: 'p', completion: 9007199254740993n })).toMatchObject({ completion: '9007199254740993' });
    expect(read({ prompt: 'p', completion: 0 })).toMatchObject({ completion: '0' });
  });

  it('keeps the fields of messages that are there, and leaves out those that are null, but for the content of a call', () => {
    const call = { role: 'assistant', content: null, tool_calls: [{ id: 'x' }], name: null };
    expect(read({ messages: [{ ...user, tool_calls: null }, call] })).toEqual({
      kind: 'messages',
      messages: [user, { role: 'assistant', content: null, tool_calls: [{ id: 'x' }] }],
    });
  });

  it('may have a blank completion, which is counted later', () => {
    expect(read({ prompt: 'p', completion: '' })).toMatchObject({ completion: '' });
    expect(read({ prompt: [user], completion: [] })).toMatchObject({ completion: [] });
  });
});

it('all rows are of the kind of the first', () => {
  const reader = exampleReader();
  reader({ place: 'd:1', file: 'd', line: 1, row: { prompt: 'p', completion: 'c' } });
  expect(() => reader({ place: 'd:2', file: 'd', line: 2, row: { prompt: 'p' } })).toThrow(
    'd:2: the column "completion" is missing; the row has "prompt"',
  );
});

it.each<[JsonRow, Columns | undefined, string]>([
  [{ question: 'q', answer: 'a' }, undefined, 'd.jsonl:3: the row has "question", "answer", which make no kind of data'],
  [{ question: 'q', answer: 'a' }, undefined, 'columns: { prompt: question, completion: answer }'],
  [{ question: 'q', completion: 'a' }, undefined, 'has "completion" alone (the row has "question", "completion")'],
  [{ prompt: 'p', messages: [user] }, undefined, 'it has "prompt", "messages", which make more than one kind of data; say which are meant'],
  [{ prompt: 'p', completion: 'c', chosen: 'a', rejected: 'b' }, undefined, 'more than one kind'],
  [{ q: 'q' }, { completion: 'q' }, 'columns names "completion", which make no kind of data'],
  [
    { question: 'q', answr: 'a' },
    { prompt: 'question', completion: 'answer' },
    'the column "answer" is missing; the row has "question", "answr"; did you mean "answr"?',
  ],
  [{ prompt: null, completion: 'c' }, undefined, 'the column "prompt" is empty'],
  [{ prompt: ' ', completion: 'c' }, undefined, 'the column "prompt" is empty'],
  [{ prompt: 'p', completion: null }, undefined, 'the column "completion" is empty'],
  [{ prompt: 'p', completion: [assistant] }, undefined, '"completion" holds messages, the other columns text'],
  [{ prompt: { a: 1 } }, undefined, '"prompt" must be text or a list of messages, not object'],
  [{ messages: 'user: q' }, undefined, '"messages" must be a list of messages, not text'],
  [{ messages: [] }, undefined, '"messages" holds no message'],
  [{ messages: [user, 'a'] }, undefined, 'messages[1] must be a message, { role, content }'],
  [
    { messages: [{ from: 'human', value: 'q' }] },
    undefined,
    'messages[0] has no role; it has "from", "value"; a message is { role, content }',
  ],
  [{ messages: [user, { role: 'assistant' }] }, undefined, 'messages[1].content must be text, and is missing'],
  [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, undefined, 'messages[0].content must be text, not a list (of parts)'],
])('%j by %j is refused', (row, columns, words) => {
  const attempt = () => read(row, columns);
  expect(attempt).toThrow(InputError);
  expect(attempt).toThrow(words);
});
