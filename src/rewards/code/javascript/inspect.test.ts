// The printing of values inside the sandbox, against that of the Node at hand.

import { readFileSync } from 'node:fs';
import { format, inspect } from 'node:util';
import { runInThisContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const source = readFileSync(new URL('./guest/inspect.js', import.meta.url), 'utf8');
const ours = (runInThisContext(source) as () => { inspect: typeof inspect; format: typeof format })();

class Foo {
  a = 1;
}
class Bar extends Foo {}
const circle: Record<string, unknown> = { name: 'circle' };
circle.self = circle;
circle.list = [circle, { circle }];

const values: unknown[] = [
  ...[1, -0, NaN, 10n, true, null, undefined, Symbol('x'), 'plain', "it's", `it's "both"`, '`all\'"', 'a\nb\tc\u0000\u001b', '\ud800'],
  ...[[], {}, [1, 2, 3], ['a', 'b'], [[1, [2, [3, [4]]]]], { a: { b: { c: { d: 1 } } } }, [undefined, null]],
  Array.from({ length: 7 }, (_, i) => i),
  Array.from({ length: 30 }, (_, i) => i * i),
  Array.from({ length: 150 }, (_, i) => -i),
  Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i).repeat(1 + (i % 5))),
  Array.from({ length: 8 }, (_, i) => ({ i })),
  Array.from({ length: 9 }, () => [1, 2, 3]),
  [
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    ['x'.repeat(60), 'y'.repeat(60)],
  ],
  // biome-ignore lint/suspicious/noSparseArray: it is what is printed.
  [, 1, , , 2],
  new Array(5),
  Object.assign([1, 2], { extra: true, '-1': 0 }),
  { 'a-b': 1, valid_1: 2, 3: 4, [Symbol('s')]: 5, long: 'x'.repeat(100), longer: ['y'.repeat(50), 'z'.repeat(50)] },
  { text: 'line one\nline two that is long enough to be broken apart at its end of line\nthree' },
  { first: 'x'.repeat(30), second: 'y'.repeat(30), third: 1 },
  { first: 'x'.repeat(20), second: 'y'.repeat(20), third: 1 },
  ...[
    new Map(),
    new Map<unknown, unknown>([
      ['a', 1],
      [{ b: 1 }, [1]],
    ]),
    new Set(),
    new Set([1, 'two', [3]]),
    [new Map([[1, new Set([1])]])],
  ],
  ...[new Foo(), new Bar(), [new Foo()], new (class {})(), Object.create(null), Object.assign(Object.create(null), { a: 1 })],
  ...[
    Foo,
    Bar,
    class {},
    function named() {},
    () => {},
    Math.max,
    async () => {},
    function* generate() {},
    Object.assign(() => {}, { a: 1 }),
  ],
  ...[/a+/gi, new Date(0), new Date(NaN), [new Date(1e12)], new Number(3), new String('abc'), new Boolean(false), Object(1n)],
  ...[new Uint8Array([1, 2, 3]), new Float64Array(2), new Uint8Array(200), new WeakMap(), JSON, Math, globalThis.Reflect],
  {
    get a() {
      return 1;
    },
    set a(_) {},
    get b() {
      return 2;
    },
    set c(_: unknown) {},
  },
  circle,
  [circle],
  { f() {}, g: class {}, h: Symbol('h') },
  { ['__proto__']: 1 },
  { [Symbol.toStringTag]: 'Tagged', x: 1 },
  (function () {
    // biome-ignore lint/complexity/noArguments: it is what is printed.
    return arguments;
  })(),
];

test.each(values.map((value, at) => [at, value] as const))('value %i is printed as Node prints it', (_, value) => {
  expect(ours.inspect(value)).toBe(inspect(value));
  expect(ours.inspect({ nested: [value] })).toBe(inspect({ nested: [value] }));
});

test('any data is printed as Node prints it', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withSparseArray: true,
    withNullPrototype: true,
    maxDepth: 5,
    maxKeys: 10,
  });
  fc.assert(
    fc.property(fc.oneof(anything, fc.array(fc.oneof(fc.integer(), fc.string(), fc.double()), { maxLength: 130 })), (value) => {
      expect(ours.inspect(value)).toBe(inspect(value));
    }),
    { numRuns: 500 },
  );
});

const formats: unknown[][] = [
  ['plain', 1, [2], 'text'],
  [1, 'text'],
  ['%s is %d, %i and %f%%', 'x', '42', 42.9, '1.5', 'rest'],
  ['%j %O', { a: 1 }, [1]],
  ['%s', null],
  ['%s %s', 'only one'],
  ['%d', {}],
  ['100%', 5],
  [],
  ['%c styled', 'css'],
  ['%s', -0, 5n],
];
test.each(formats.map((args, at) => [at, args] as const))('console.log %i is formatted as Node formats it', (_, args) => {
  expect(ours.format(...args)).toBe(format(...args));
});
