import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../platform/errors.ts';
import { join, remove, temporaryDirectory, writeTextAtomic } from '../../platform/files.ts';
import { storedCompletions } from './storedCompletions.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('thinkling-stored-');
});
afterEach(() => remove(dir));
const stored = async (...lines: object[]): Promise<string> => {
  const file = join(dir, 'c.jsonl');
  await writeTextAtomic(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return file;
};
const rows = ['set/0', 'set/1'].map((id) => ({ id, prompt: id }));
const texts = async (file: string, measured = rows) => {
  const source = await storedCompletions(file, measured, rows);
  const found: string[][] = [];
  await source.complete([...measured.keys()], (i, completions) => {
    found[i] = completions.map(({ text }) => text);
  });
  return { samples: source.samples, texts: found };
};

describe('stored completions', () => {
  it('name their problem by its id or its number, one a row or all in one', async () => {
    const both = {
      samples: 2,
      texts: [
        ['a', 'b'],
        ['c', 'd'],
      ],
    };
    expect(await texts(await stored({ id: 'set/0', completions: ['a', 'b'] }, { id: 1, completions: ['c', 'd'] }))).toEqual(both);
    expect(
      await texts(
        await stored(
          { problem: 'set/1', sample: 0, completion: 'c' },
          { problem: 'set/0', sample: 0, completion: 'a' },
          { problem: 'set/1', sample: 1, completion: 'd' },
          { id: '0', completion: 'b' },
        ),
      ),
    ).toEqual(both);
  });

  it('bring their length and end where they have them', async () => {
    const file = await stored({ id: 0, completion: 'a', tokens: 5, finish_reason: 'length' }, { id: 1, completion: 'b', tokens: null });
    const source = await storedCompletions(file, rows, rows);
    const found: unknown[] = [];
    await source.complete([0, 1], (_, completions) => found.push(completions));
    expect(found).toEqual([[{ text: 'a', tokens: 5, stopReason: 'length' }], [{ text: 'b' }]]);
  });

  it('of problems that are not measured on are passed over', async () => {
    const file = await stored({ id: 1, completion: 'c' }, { id: 0, completion: 'a' });
    expect(await texts(file, [rows[0]])).toEqual({ samples: 1, texts: [['a']] });
  });

  it.each<[object[], RegExp]>([
    [
      [{ id: 'set/2', completion: 'a' }],
      /c\.jsonl:1: the task has no problem "set\/2"; did you mean "set\/[01]"\?; it has 2, from set\/0 to set\/1/,
    ],
    [[{ id: 2, completion: 'a' }], /c\.jsonl:1: the task has no problem 2;/],
    [[{ completion: 'a' }], /c\.jsonl:1: it names no problem.*the row has "completion"/],
    [[{ id: 0, text: 'a' }], /c\.jsonl:1: it must have one of "completion", a text, and "completions"/],
    [[{ id: 0, completions: ['a', 5] }], /c\.jsonl:1: it must have one of/],
    [[{ id: 0, completion: 'a', tokens: -1 }], /c\.jsonl:1: "tokens" must be a whole number/],
    [[{ id: 0, completion: 'a' }], /1 of 2 problems have no completion \(set\/1\): add them, or measure on fewer with --limit/],
    [
      [
        { id: 0, completions: ['a', 'b'] },
        { id: 1, completion: 'c' },
      ],
      /1 of 2 problems have fewer than 2 completions \(set\/1\)/,
    ],
  ])('refuses %j', async (lines, words) => {
    const error = await storedCompletions(await stored(...lines), rows, rows).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(words);
  });

  it('refuses a file that is not there', async () => {
    await expect(storedCompletions(join(dir, 'none.jsonl'), rows, rows)).rejects.toThrow(/there is no file/);
  });
});
