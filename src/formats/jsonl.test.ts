import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, openForWriting, remove, temporaryDirectory, truncate } from '../platform/files.ts';
import { residentMemory } from '../platform/memory.ts';
import { type JsonRow, type JsonValue, parseJson, readJsonl, stringifyJson } from './jsonl.ts';

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-jsonl-');
});
afterAll(() => remove(dir));

async function rowsOf(content: string | Uint8Array): Promise<{ line: number; row: JsonRow }[]> {
  const path = join(dir, 'rows.jsonl');
  const file = await openForWriting(path);
  await file.write(content);
  await file.close();
  const rows = [];
  for await (const row of readJsonl(path)) rows.push(row);
  return rows;
}

describe('JSON Lines', () => {
  it('have line numbers, through a byte order mark, CRLF, blank lines and a missing end of line', async () => {
    expect(await rowsOf('\ufeff{"a":1}\r\n\r\n  \n{"a":2}\n{"a":3}')).toEqual([
      { line: 1, row: { a: 1 } },
      { line: 4, row: { a: 2 } },
      { line: 5, row: { a: 3 } },
    ]);
    expect(await rowsOf('')).toEqual([]);
    expect(await rowsOf('\n')).toEqual([]);
  });

  it('end at a line feed only: U+2028, U+2029 and U+0085 are text', async () => {
    const text = 'one\u2028two\u2029three\u0085four';
    expect(await rowsOf(`{"t":"${text}"}\n{"t":"next"}\n`)).toEqual([
      { line: 1, row: { t: text } },
      { line: 2, row: { t: 'next' } },
    ]);
  });

  it('may be of any length, characters of several bytes across the chunks too', async () => {
    const long = '\u7b49a\ud83d\udc69'.repeat(200_000);
    const rows = await rowsOf([long, 'short', long.slice(1)].map((t) => JSON.stringify({ t })).join('\n'));
    expect(rows.map(({ row }) => row.t === long || row.t === long.slice(1) || row.t)).toEqual([true, 'short', true]);
  });

  it('may be one row of 50 MB', async () => {
    const t = 'a \u7b49 '.repeat(8_400_000);
    const [{ row }] = await rowsOf(`{"t":"${t}","n":90071992547409931}\n`);
    expect(row.t === t).toBe(true);
    expect(row.n).toBe(90071992547409931n);
  });

  it('are read as they are asked for, of a file larger than memory too', async () => {
    const path = join(dir, 'large.jsonl');
    const file = await openForWriting(path);
    await file.write('{"a":1}\n{"a":2}\n');
    await file.close();
    // A hole of a terabyte: reading on would never end.
    await truncate(path, 2 ** 40);
    const memory = residentMemory();
    const seen = [];
    for await (const { row } of readJsonl(path)) {
      seen.push(row.a);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([1, 2]);
    expect(residentMemory() - memory).toBeLessThan(50e6);
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['a broken line', '{"a":1}\n{"a":\n{"a":3}\n', /rows\.jsonl:2: not valid JSON/],
    ['a number that is none', '{"a":1}\n{"a":NaN}\n', /rows\.jsonl:2: not valid JSON/],
    ['a number beyond all', '{"a":-Infinity}', /rows\.jsonl:1: not valid JSON/],
    [
      'a number beyond all doubles',
      '{"a":"1e400","b":1e308}\n{"a":[-1e400]}\n',
      /rows\.jsonl:2: not valid JSON: the number -1e400 is too large/,
    ],
    ['a row that is no object', '{"a":1}\n[1]\n', /rows\.jsonl:2: expected a JSON object, found a list/],
    ['a text', '"a"', /rows\.jsonl:1: expected a JSON object, found a string/],
    ['null', '\nnull', /rows\.jsonl:2: expected a JSON object, found null/],
    ['bytes that are not UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), /rows\.jsonl:1: the line is not valid UTF-8/],
  ])('with %s name the place', async (_, content, message) => {
    await expect(rowsOf(content)).rejects.toThrow(message);
    await expect(rowsOf(content)).rejects.toThrow(InputError);
  });

  it('of a file that is not there say so', async () => {
    await expect(readJsonl(join(dir, 'nowhere.jsonl')).next()).rejects.toThrow(/nowhere\.jsonl: there is no such file/);
  });
});

describe('numbers', () => {
  it('beyond 2^53 are exact', () => {
    const text = '{"a":90071992547409931,"b":[-9007199254740993,9007199254740991,1.5,1e20,1234567890123456.5],"c":"90071992547409931"}';
    expect(parseJson(text)).toEqual({
      a: 90071992547409931n,
      b: [-9007199254740993n, 9007199254740991, 1.5, 1e20, 1234567890123456.5],
      c: '90071992547409931',
    });
  });

  it('and every text come through writing and reading', () => {
    const integer = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map((n) => (Number.isSafeInteger(Number(n)) ? Number(n) : n));
    const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 2 },
        integer,
        fc.array(fc.nat(0xffff), { maxLength: 12 }).map((codes) => String.fromCharCode(...codes)),
        fc.constantFrom('big0:', '\\"12345678901234567', '12345678901234567', true, null),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (Number.isInteger(x) ? 0.5 : x)),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(value, (item) => {
        expect(parseJson(stringifyJson(item))).toEqual(item);
      }),
      { numRuns: 150 },
    );
  });

  it('are not looked for in escaped text', () => {
    expect(parseJson('{"a":"\\u0062ig0:x","b":90071992547409931}')).toEqual({ a: 'big0:x', b: 90071992547409931n });
    expect(() => parseJson('{"a":12345678901234567 1}')).toThrow(SyntaxError);
  });
});
