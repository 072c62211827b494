// Further data beside what was sampled: columns of text as turns of a chat, and of preferences the chosen side.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { join, remove, temporaryDirectory, writeTextAtomic } from '../../platform/files.ts';
import { type GivenRow, givenRows, type Reading } from './given.ts';

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-given-');
});
afterAll(() => remove(dir));

async function read(rows: readonly object[], reading: Reading): Promise<Pick<GivenRow['row'], 'prompt' | 'response'>[]> {
  const file = join(dir, 'rows.jsonl');
  await writeTextAtomic(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const found: Pick<GivenRow['row'], 'prompt' | 'response'>[] = [];
  for await (const { row, response } of givenRows(file, 'train', reading)) found.push({ prompt: row.prompt, response });
  return found;
}

const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });

it('texts are turns of a chat where that is asked for', async () => {
  const rows = [{ prompt: 'q', completion: 'a' }];
  expect(await read(rows, {})).toEqual([{ prompt: 'q', response: 'a' }]);
  expect(await read(rows, { texts: 'chat' })).toEqual([{ prompt: [user('q')], response: 'a' }]);
});

it('of preferences the chosen side is taken; what is no pair is told', async () => {
  const left: string[] = [];
  const pairs = ({ place }: { place: string }) => void left.push(place);
  const rows = [
    { prompt: 'q', chosen: 'good', rejected: 'bad' },
    { prompt: 'r', chosen: '', rejected: 'bad' },
    { prompt: 's', chosen: 'same', rejected: 'same' },
  ];
  expect(await read(rows, { texts: 'chat', pairs })).toEqual([{ prompt: [user('q')], response: 'good' }]);
  expect(left.map((place) => place.replace(/^.*:/, ''))).toEqual(['2', '3']);
  const talk = [{ chosen: [user('q'), assistant('good')], rejected: [user('q'), assistant('bad')] }];
  expect(await read(talk, { pairs })).toEqual([{ prompt: [user('q')], response: 'good' }]);
});

it('rows of preferences are no candidates', async () => {
  await expect(read([{ prompt: 'q', chosen: 'good', rejected: 'bad' }], {})).rejects.toThrow(/rows\.jsonl:1: it has no completion/);
});
