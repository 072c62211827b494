// The encoding between judge and candidate, by properties: every value comes back as it was, and bytes that are no value do no harm.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeNeeding } from '../../../testing/need.ts';
import { FrameReader, frame } from './frames.ts';

const python = '/usr/bin/python3';

/** Values as Python writes them. */
const { value } = fc.letrec<{ value: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    fc.bigInt().map(String),
    fc.double().map((number) => `float('${String(number).replace('Infinity', 'inf')}')`),
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => `bytes([${bytes.join()}])`),
    fc.constantFrom(
      'None',
      'True',
      'False',
      '...',
      '1j',
      'range(1, 10, 3)',
      'Decimal("1.50")',
      'Fraction(1, 3)',
      'date(2020, 2, 29)',
      'datetime(2020, 1, 2, 3, 4, 5, 6)',
      'timedelta(-1, 5)',
      'int',
      'str',
    ),
  ),
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    tie('atom'),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join()}]`),
    fc.array(fc.bigInt().map(String), { maxLength: 8 }).map((items) => `[${items.join()}]`),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `tuple([${items.join()}])`),
    fc
      .array(fc.tuple(tie('atom'), tie('value')), { maxLength: 4 })
      .map((pairs) => `{${pairs.map(([key, item]) => `${key}: ${item}`).join()}}`),
    fc.array(tie('atom'), { maxLength: 4 }).map((items) => `frozenset([${items.join()}])`),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `deque([${items.join()}], 9)`),
    fc.array(tie('atom'), { maxLength: 4 }).map((items) => `Counter([${items.join()}])`),
  ),
}));

const program = `
import json, sys
from collections import *; from datetime import *; from decimal import Decimal; from fractions import Fraction
refuse = lambda *_: (_ for _ in ()).throw(AssertionError("a handle"))
def no_handle(*_): raise BadMessage("a handle")
def look(value):
    kind = type(value).__name__
    if isinstance(value, (set, frozenset)): return kind, sorted(map(repr, map(look, value)))
    if isinstance(value, dict): return kind, [(look(key), look(item)) for key, item in value.items()]
    if isinstance(value, (list, tuple, deque)): return kind, [look(item) for item in value], getattr(value, "maxlen", 0)
    return kind, repr(value)
request = json.load(sys.stdin)
wrong = []
for text in request["values"]:
    value = eval(text)
    data = encode(value, refuse)
    back = decode(data, no_handle)
    if look(back) != look(value): wrong.append([text, repr(back)])
    for at in range(0, len(data), 7):
        for changed in (data[:at], data[:at] + b"x" + data[at + 1:], data[:at] + b"9" + data[at:], data + data[at:]):
            try: decode(changed, no_handle)
            except BadMessage: pass
for data in request["bytes"]:
    try: decode(bytes(data), no_handle)
    except BadMessage: pass
print(json.dumps(wrong))
`;

const found = existsSync(python) ? python : undefined;
describeNeeding({ what: python, found, mend: 'install Python 3', installable: true }, 'values', (interpreter) => {
  test('come back as they were; other bytes give an error of their own kind and nothing else', () => {
    const input = {
      values: fc.sample(value, 400),
      bytes: fc.sample(
        fc.uint8Array({ maxLength: 60 }).map((bytes) => [...bytes]),
        2000,
      ),
    };
    const source = readFileSync(new URL('./values.py', import.meta.url), 'utf8') + program;
    const { stdout, stderr } = spawnSync(interpreter, ['-I', '-X', 'utf8', '-c', source], {
      input: JSON.stringify(input),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([]);
  });
});

test('frames arrive whole, however they were cut; one that is too long is refused', () => {
  const frames = fc.array(fc.tuple(fc.constantFrom('A', 'J'), fc.uint8Array({ maxLength: 50 })));
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 20 })), (list, cuts) => {
      const bytes = Buffer.concat(list.map(([kind, payload]) => frame(kind, payload)));
      const reader = new FrameReader(50);
      const got: [string, number[]][] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = cuts[i] ?? bytes.length;
        for (const { kind, payload } of reader.push(bytes.subarray(at, at + size))) got.push([kind, [...payload]]);
        at += size;
      }
      expect(got).toEqual(list.map(([kind, payload]) => [kind, [...payload]]));
    }),
  );
  expect(() => [...new FrameReader(10).push(frame('A', Buffer.alloc(11)))]).toThrow(RangeError);
});
