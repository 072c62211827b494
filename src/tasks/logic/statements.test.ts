import { describe, expect, it } from 'vitest';
import { isTrue, type Statement, say } from './statements.ts';

const names = ['Ann', 'Bob', 'Cy'];
const is = (who: number, knight: boolean, negated = false): Statement => ({ kind: 'is', who, knight, negated });

// Said by Ann; the assignments (Ann, Bob, Cy; 1 is a knight) under which it is true.
const cases: [Statement, string, string[]][] = [
  [is(1, true), 'Bob is a knight', ['010', '011', '110', '111']],
  [is(1, true, true), 'Bob is not a knight', ['000', '001', '100', '101']],
  [is(0, false), 'I am a knave', ['000', '001', '010', '011']],
  [{ kind: 'and', left: is(1, true), right: is(2, false) }, 'Bob is a knight and Cy is a knave', ['010', '110']],
  [{ kind: 'or', left: is(1, true), right: is(2, true) }, 'Bob is a knight or Cy is a knight', ['001', '010', '011', '101', '110', '111']],
  [
    { kind: 'if', left: is(1, true), right: is(2, true) },
    'if Bob is a knight, then Cy is a knight',
    ['000', '001', '011', '100', '101', '111'],
  ],
  [{ kind: 'iff', left: is(1, true), right: is(2, true) }, 'Bob is a knight if and only if Cy is a knight', ['000', '011', '100', '111']],
  [{ kind: 'exactly', count: 1, knight: true }, 'exactly one of us is a knight', ['001', '010', '100']],
  [{ kind: 'at least', count: 2, knight: false }, 'at least two of us are knaves', ['000', '001', '010', '100']],
];

describe('a statement', () => {
  it.each(cases)('%j is said as %j, and true as it should be', (statement, english, worlds) => {
    expect(say(statement, names, 0)).toBe(english);
    const all = ['000', '001', '010', '011', '100', '101', '110', '111'];
    const set = (world: string) => [...world].reduce((bits, digit, i) => bits | (Number(digit) << i), 0);
    expect(all.filter((world) => isTrue(statement, set(world), 3))).toEqual(worlds);
  });
});
