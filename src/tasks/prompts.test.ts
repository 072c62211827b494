import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, remove, temporaryDirectory, writeTextAtomic } from '../platform/files.ts';
import { promptsTask } from './prompts.ts';

const task = promptsTask();
const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });
const pair = (n: number) => ({ prompt: `What is a ${n}?`, chosen: `A number, ${n}.`, rejected: 'No.', source: 'made' });

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('thinkling-prompts-');
});
afterEach(() => remove(dir));

async function write(name: string, rows: readonly object[]): Promise<string> {
  await writeTextAtomic(join(dir, name), lines(rows));
  return join(dir, name);
}

async function promptsOf(rows: readonly object[], columns?: Record<string, string>): Promise<unknown[]> {
  await write('p_test.jsonl', [{ prompt: 'held out', better: 'a', worse: 'b' }]);
  const data = await write('p_test_only.jsonl', rows);
  return (await task.load({ data, columns, seed: 0 })).heldOut.map(({ prompt }) => prompt);
}

describe('prompts', () => {
  it('takes the prompts of a file of preferences, each once, and holds out a tenth of them', async () => {
    const data = await write('p.jsonl', [...Array.from({ length: 20 }, (_, n) => pair(n)), pair(3)]);
    const { train, heldOut } = await task.load({ data, seed: 0 });
    expect([train.length, heldOut.length]).toEqual([18, 2]);
    const all = [...train, ...heldOut];
    expect(new Set(all.map(({ prompt }) => JSON.stringify(prompt))).size).toBe(20);
    expect(all.find(({ id }) => id === 'p.jsonl:1')).toEqual({
      ...{ id: 'p.jsonl:1', domain: 'p', source: 'made' },
      prompt: [user('What is a 0?')],
    });
  });

  it('never trains on a prompt that the test file beside it holds, whatever it answers there', async () => {
    await write('p_test.jsonl', [{ ...pair(1), chosen: 'Another answer.' }]);
    const { train, heldOut } = await task.load({ data: await write('p_train.jsonl', [pair(0), pair(1), pair(2)]), seed: 0 });
    expect(train.map(({ id }) => id)).toEqual(['p_train.jsonl:1', 'p_train.jsonl:3']);
    expect(heldOut.map(({ id }) => id)).toEqual(['p_test.jsonl:1']);
  });

  it('reads prompts as messages, of whole conversations, of HH texts, and of a file of prompts alone', async () => {
    const talk = [{ role: 'system', content: 'Be brief.' }, user('Hi'), assistant('Hello'), user('How are you?')];
    expect(await promptsOf([{ prompt: talk, chosen: [assistant('Well.')], rejected: [assistant('Go.')] }])).toEqual([talk]);
    expect(await promptsOf([{ chosen: [...talk, assistant('Well.')], rejected: [...talk, assistant('Go.')] }])).toEqual([talk]);
    const hh = (last: string) => `\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: How are you?\n\nAssistant: ${last}`;
    expect(await promptsOf([{ chosen: hh('Well.'), rejected: hh('Go.') }])).toEqual([talk.slice(1)]);
    expect(await promptsOf([{ prompt: 'Alone' }])).toEqual([[user('Alone')]]);
    expect(await promptsOf([{ instruction: 'Renamed', prompt: 'not this' }], { prompt: 'instruction' })).toEqual([[user('Renamed')]]);
  });

  it('takes a prompt of its own whatever the sides are, and none of pairs that say nothing', async () => {
    expect(await promptsOf([{ prompt: 'p', chosen: '', rejected: 'same' }])).toEqual([[user('p')]]);
    const talk = (last: string) => [user('q'), assistant(last)];
    const none = { chosen: talk('same'), rejected: talk('same') };
    expect(await promptsOf([none, { chosen: talk('a'), rejected: talk('b') }])).toEqual([[user('q')]]);
    await expect(promptsOf([none, { chosen: talk('a'), rejected: talk(' ') }])).rejects.toThrow(
      /p_test_only\.jsonl: none of its 2 rows has a prompt: in every one a side is empty, or both sides are the same/,
    );
  });

  it.each([
    [{ prompt: '  ', chosen: 'a', rejected: 'b' }, undefined, /p_test_only\.jsonl:1: the column "prompt" is empty/],
    [{ question: 'q', answer: 'a' }, undefined, /p_test_only\.jsonl:1: the column "prompt" is missing; the row has "question", "answer"/],
    [pair(1), { question: 'prompt' }, /columns: question is no column that the task prompts asks for/],
    [
      { prompt: [{ role: 'tool', content: 'x' }] },
      undefined,
      /p_test_only\.jsonl:1: a prompt holds words of the roles system, user and assistant/,
    ],
  ])('refuses %j', async (row, columns, message) => {
    const failure = promptsOf([row], columns as Record<string, string> | undefined);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toThrow(InputError);
  });

  it('claims no accuracy, and measures language and format', async () => {
    expect(task.accuracy).toBeUndefined();
    const rows = [{ id: 'a', prompt: [user('What do you like to eat in the evening?')] }];
    const completions = ['<think> 我喜欢 </think> <answer> rice </answer>'];
    const input = { prompts: rows.map(({ prompt }) => prompt), completions, rows };
    expect(await task.measures?.format(input as never)).toEqual([1]);
    expect(await task.measures?.language(input as never)).toEqual([0]);
  });
});
