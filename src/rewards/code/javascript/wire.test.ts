// The wire text: what one side writes the other reads as it was, and what passes the host's check can be read.

import { deepStrictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkWire, toWire, WireError, wireBounds } from './wire.ts';

interface Codec {
  encode(value: unknown): string;
  decode(text: string): unknown;
}

const source = readFileSync(new URL('./guest/codec.js', import.meta.url), 'utf8');
const makeCodec = runInThisContext(source) as (ends: object, bounds: object) => Codec;

/** A codec whose handles are numbered objects, for both sides at once. */
function codec(live = true, bounds = wireBounds): Codec {
  const values: unknown[] = [];
  const stood = new Map<unknown, number>();
  const standIn = (id: number) => {
    const value = { standsFor: id };
    stood.set(value, id);
    return value;
  };
  return makeCodec(
    {
      live,
      give: (value: unknown) => values.push(value) - 1,
      own: (id: number) => values[id],
      known: (value: unknown) => stood.get(value),
      handle: standIn,
      callable: standIn,
      promise: standIn,
      watch: () => undefined,
    },
    bounds,
  );
}

const data = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  maxDepth: 4,
});

describe('data', () => {
  test('comes back as it was, and passes the check', () => {
    const { encode, decode } = codec();
    fc.assert(
      fc.property(data, (value) => {
        const text = encode(value);
        checkWire(text);
        // Not deepStrictEqual, to which no invalid date is equal to another.
        expect(decode(text)).toStrictEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  const lists: unknown[][] = [
    [NaN, -0, 0, Infinity, -Infinity, 2 ** 53, 5e-324, 1e21],
    [undefined, null, true, '', "'", 'u', '\ud800', '\u0000\u2028"\\'],
    [/a\/b/giu, new Date(0)],
    [Object.assign(new Array(5), { 1: 1, 3: undefined })],
    [{ ['__proto__']: 1, constructor: 2, 0: 3 }],
    [123456789012345678901234567890n, -1n, new BigInt64Array([1n, -1n]), new Float32Array([NaN, -0])],
  ];
  test.each(lists.map((values, at) => [at, values] as const))('list %i comes back as it was', (_, values) => {
    const { encode, decode } = codec();
    const text = encode(values);
    checkWire(text);
    deepStrictEqual(decode(text), values);
  });

  test('an error comes back with its class and message', () => {
    const { encode, decode } = codec();
    const text = encode([new TypeError('x'), new Error('')]);
    checkWire(text);
    const [first, second] = decode(text) as Error[];
    expect([first.constructor, first.message, second.constructor, second.message]).toEqual([TypeError, 'x', Error, '']);
  });

  test('shared and circular references stay so', () => {
    const { encode, decode } = codec();
    const inner = { a: 1 };
    const list: unknown[] = [inner, inner];
    list.push(list, new Map([[inner, list]]));
    const text = encode(list);
    checkWire(text);
    const back = decode(text) as unknown[];
    expect(back[0]).toBe(back[1]);
    expect(back[2]).toBe(back);
    expect((back[3] as Map<unknown, unknown>).get(back[0])).toBe(back);
  });

  test('a hundred thousand levels deep needs no stack', () => {
    const { encode, decode } = codec();
    let list: unknown = null;
    for (let at = 0; at < 100_000; at++) list = { value: at, next: list };
    const text = encode(list);
    checkWire(text);
    let depth = 0;
    for (let at = decode(text) as { next: unknown } | null; at !== null; at = at.next as typeof at) depth++;
    expect(depth).toBe(100_000);
  });

  test('a row of a data set is written as the guests write it', () => {
    const { encode, decode } = codec();
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = toWire(value);
        checkWire(text);
        deepStrictEqual(decode(text), decode(encode(value)));
      }),
    );
    expect(toWire([undefined, 3n, NaN, -0])).toBe('["a4","u","b3","nan","-0"]');
    expect(() => toWire([() => 1])).toThrow(WireError);
  });
});

describe('what is not data', () => {
  class Point {
    x = 1;
  }
  class Equal extends Number {
    override valueOf() {
      return 9;
    }
  }
  const handled: [string, unknown][] = [
    ['an instance', new Point()],
    ['a number with methods', new Equal(3)],
    ['a subclass of Map', new (class extends Map {})()],
    ['an object with a method', { method() {} }],
    ['an object with a getter', Object.defineProperty({}, 'x', { get: () => 1, enumerable: true })],
    ['a generator', (function* () {})()],
    ['an error with more than a message', Object.assign(new Error('x'), { code: 1 })],
    ['a proxy that throws', new Proxy({}, { getPrototypeOf: () => fail() })],
    ['what only claims to be a Map', Object.create(Map.prototype)],
    ['what only claims to be a Date', Object.create(Date.prototype)],
  ];
  const fail = (): never => {
    throw new Error('a trap');
  };
  test.each(handled)('%s is a handle', (_, value) => {
    expect(codec().encode(value)).toBe('["h0"]');
  });

  test('of the trusted side only functions stay there', () => {
    const { encode } = codec(false);
    expect(encode(new Point())).toBe(`["o1","'x",1]`);
    expect(encode({ method() {} })).toBe(`["o1","'method","f0",0,0,"'method"]`);
  });

  test('a function has its name and length, a promise its number', () => {
    expect(codec().encode([(a: unknown, _b: unknown) => a, Promise.resolve()])).toBe(`["a2","f0",2,2,"'","p1"]`);
  });

  test('how many arguments a function can see is told where its text tells it', () => {
    const seen = (f: unknown) => /^\["f\d+",\d+,([^,]*),/.exec(codec().encode(f))?.[1];
    const few = [
      (x: number) => x,
      function f(a: number, b: number) {
        return a + b;
      },
      async (a: number) => a,
      () => 1,
    ];
    expect(few.map(seen)).toEqual(['1', '2', '1', '0']);
    const more = [
      (...all: number[]) => all,
      (a: number, b = 2) => a + b,
      ({ a = 1 }) => a,
      function () {
        // biome-ignore lint/complexity/noArguments: it is what is looked for.
        return arguments;
      },
      Math.max,
      parseInt,
      class {},
    ];
    expect(more.map(seen)).toEqual(more.map(() => '"+inf"'));
  });

  test('no getter, iterator or conversion of the program runs', () => {
    const { encode } = codec();
    const spoiled = Object.assign([1, 2], { toJSON: fail, [Symbol.iterator]: fail, valueOf: fail, toString: fail });
    expect(encode([spoiled, Object.assign(new Map([[1, 2]]), { forEach: fail, entries: fail })])).toBe('["a2","a2",1,2,"m1",1,2]');
  });
});

describe('the check', () => {
  const token = fc.oneof(
    fc.constantFrom(
      'u',
      '_',
      'nan',
      '-0',
      '+inf',
      '-inf',
      'b12',
      'b-3',
      'b',
      'd',
      'r',
      'e',
      "'",
      "'key",
      "'Map",
      "'Int8Array",
      'y',
      'x',
      '',
      '=0',
      '=1',
      '=9',
    ),
    fc.tuple(fc.constantFrom(...'aomstfhpg'), fc.nat(3)).map(([kind, count]) => `${kind}${count}`),
    fc.constantFrom<unknown>(null, true, false, 0, -1.5, 1e300, {}, [], ['a1']),
  );

  test('what it lets through can be read', () => {
    const { decode } = codec();
    let passed = 0;
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 6 }), (tokens) => {
        const text = JSON.stringify(tokens);
        try {
          checkWire(text);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
          return;
        }
        passed++;
        try {
          decode(text);
        } catch (error) {
          // The one thing that reading is asked to find out: a pattern that is none.
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
      { numRuns: 5000 },
    );
    expect(passed).toBeGreaterThan(200);
  });

  test.each([
    ['', 'not JSON'],
    ['{}', 'not a list'],
    ['[]', 'not whole'],
    ['[1,2]', 'more than one'],
    ['["a2",1]', 'not whole'],
    ['["a1000000000"]', 'of no kind'],
    ['["a-1"]', 'of no kind'],
    ['["o1",1,1]', 'not a key'],
    ['["=0"]', 'not there'],
    ['["_"]', 'of no kind'],
    ['["b1e5"]', 'of no kind'],
    [`["t1","'Map",1]`, 'name of a typed array'],
    [`["t1","'Int8Array","b1"]`, 'not a number'],
    ['[{"a":1}]', 'of no kind'],
    ['["f1",1]', 'not a count'],
    ['["f1",1,1]', 'not a name'],
  ])('%s is refused', (text, reason) => {
    expect(() => checkWire(text)).toThrow(reason);
    expect(() => checkWire(text)).toThrow(WireError);
  });

  test('what is too large is neither written nor read', () => {
    expect(() => codec(true, { values: 10, characters: 1000 }).encode(Array.from({ length: 11 }))).toThrow(RangeError);
    expect(() => codec(true, { values: 1000, characters: 100 }).encode(['x'.repeat(200), 1])).toThrow(RangeError);
    expect(() => codec().encode(new Proxy([], { get: () => 1e15 }))).toThrow(RangeError);
    expect(() => checkWire(`["'${'x'.repeat(wireBounds.characters)}"]`)).toThrow(WireError);
  });
});
