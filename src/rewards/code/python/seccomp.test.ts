// The filter of system calls, run by a small interpreter of its program.
import { describe, expect, test } from 'vitest';
import { seccompFilter } from './seccomp.ts';

/** What the kernel would answer to a call with this first argument. */
function answerOf(filter: Buffer, architecture: number, number: number, argument = 0): string {
  const data = Buffer.alloc(64);
  data.writeInt32LE(number, 0);
  data.writeUInt32LE(architecture, 4);
  data.writeBigInt64LE(BigInt(argument), 16);
  let loaded = 0;
  for (let at = 0; ; at++) {
    const [code, ifTrue, ifFalse, value] = [
      filter.readUInt16LE(at * 8),
      filter[at * 8 + 2],
      filter[at * 8 + 3],
      filter.readUInt32LE(at * 8 + 4),
    ];
    if (code === 0x06) return value === 0x7fff0000 ? 'allowed' : value === 0x80000000 ? 'killed' : `errno ${value & 0xffff}`;
    if (code === 0x20) loaded = data.readUInt32LE(value);
    else at += (code === 0x15 ? loaded === value : code === 0x35 ? loaded >= value : (loaded & value) !== 0) ? ifTrue : ifFalse;
  }
}

describe.each([
  ['x64', 0xc000003e, { read: 0, ptrace: 101, clone: 56, clone3: 435, kill: 62, socket: 41, mount: 165, memfd: 319 }],
  ['arm64', 0xc00000b7, { read: 63, ptrace: 117, clone: 220, clone3: 435, kill: 129, socket: 198, mount: 40, memfd: 279 }],
] as const)('on %s', (name, architecture, calls) => {
  const filter = seccompFilter(name) as Buffer;
  const ask = (call: keyof typeof calls, argument?: number) => answerOf(filter, architecture, calls[call], argument);

  test('what a program needs is allowed', () => {
    expect([
      ask('read'),
      ask('clone', 0x01200011),
      ask('kill', 2),
      ask('kill', 300),
      ask('socket', 1),
      ask('socket', 2),
      ask('socket', 10),
    ]).toEqual(Array(7).fill('allowed'));
  });

  test('what reaches out is not permitted', () => {
    const refused = [
      ask('ptrace'),
      ask('mount'),
      ask('memfd'),
      ask('clone', 0x10000000),
      ask('kill', 0),
      ask('kill', 1),
      ask('kill', -1),
      ask('kill', -5),
      ask('socket', 16),
      ask('socket', 40),
    ];
    expect(refused).toEqual(refused.map(() => 'errno 1'));
    expect(ask('clone3')).toBe('errno 38');
  });

  test('calls of another architecture end the program', () => {
    expect(answerOf(filter, 0x40000003, 11)).toBe('killed');
  });
});

test('an architecture whose calls are not known has no filter', () => {
  expect(seccompFilter('mips')).toBeUndefined();
});
