// CSV and TSV: every value as it was written, each row with its line; what is wrong is named by file and line.

import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, remove, temporaryDirectory } from '../platform/files.ts';
import { readCsv } from './csv.ts';

let dir: string;
let files = 0;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-csv-');
});
afterAll(() => remove(dir));

async function read(content: string | Uint8Array, delimiter: ',' | '\t' = ',') {
  const file = join(dir, `${files++}.csv`);
  await writeFile(file, content);
  const rows = [];
  for await (const row of readCsv(file, delimiter)) rows.push(row);
  return rows;
}

it('values stay text, digit for digit; a byte order mark and either line end are no part of them', async () => {
  for (const [mark, end] of [
    ['', '\n'],
    ['\ufeff', '\r\n'],
  ])
    expect(await read(`${mark}id,text${end}9007199254740993,a\u2028b${end}0012, c ${end}`)).toEqual([
      { line: 2, row: { id: '9007199254740993', text: 'a\u2028b' } },
      { line: 3, row: { id: '0012', text: ' c ' } },
    ]);
});

it('both line ends may be in one file, whichever comes first', async () => {
  const rows = ['1', '2', '3'].map((b, i) => ({ line: i + 2, row: { a: 'x', b } }));
  expect(await read('a,b\nx,1\r\nx,"2"\r\nx,3\n')).toEqual(rows);
  expect(await read('a,b\r\nx,1\nx,"2"\nx,3\r\n')).toEqual(rows);
  expect(await read('text\r\none\ntwo\n')).toEqual([
    { line: 2, row: { text: 'one' } },
    { line: 3, row: { text: 'two' } },
  ]);
});

it('quoted values hold delimiters, quotes and line ends; rows have the line they begin on', async () => {
  expect(await read('a,b\n"1,\r\n2","say ""x"""\n\n6" x 4","7" 8\n')).toEqual([
    { line: 2, row: { a: '1,\r\n2', b: 'say "x"' } },
    { line: 5, row: { a: '6" x 4"', b: '"7" 8' } },
  ]);
  expect(await read('a\tb\n1,5\t"x\ty"\n', '\t')).toEqual([{ line: 2, row: { a: '1,5', b: 'x\ty' } }]);
});

it('any text that is written with quotes comes back', async () => {
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
  const value = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', '\u2028', '\ufeff', ' ', '😀') });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(value, value), { minLength: 1 }), async (rows) => {
      const text = `x,y\n${rows.map((row) => `${row.map(quoted).join(',')}\n`).join('')}`;
      let line = 2;
      const expected = rows.map(([x, y]) => {
        const row = { line, row: { x, y } };
        line += 1 + [...x, ...y].filter((char) => char === '\n').length;
        return row;
      });
      expect(await read(text)).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});

it('characters that lie over the ends of what is read at a time are whole', async () => {
  const long = '😀'.repeat((1 << 18) + 5);
  const [{ row }] = await read(`a,b\nx${long},y\n`);
  expect(row.a === `x${long}`).toBe(true);
});

describe('what is wrong', () => {
  it.each([
    ['a,b\n1,2\n1,2,3\n', ':3: the row has 3 values, the first line names 2 columns'],
    ['a,b\n1\n', ':2: the row has 1 values'],
    ['a,b\n1,2\n\n1,"2\n3,4\n', ':4: a quote is opened and never closed'],
    ['a,a\n1,2\n', ':1: two columns are called "a"'],
    ['a,,c\n1,2,3\n', ':1: column 2 of 3 has no name'],
    ['a,b\r1,2\r', ':1: its lines end at \\r alone'],
    [Buffer.from([0x61, 0x0a, 0xe9, 0x0a]), ': it is not UTF-8 (somewhere in lines 1 to 3)'],
    [Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), ': it is not UTF-8'],
  ])('%j is named by its line', async (content, words) => {
    const error = await read(content as string | Uint8Array).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(words);
    expect(error.message).toContain(dir);
  });
});
