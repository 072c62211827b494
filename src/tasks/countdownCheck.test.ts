import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCountdown, sameExpression } from './countdownCheck.ts';
import { attempts } from './lab/countdown.ts';

describe('checkCountdown', () => {
  it.each([
    ['48*2*2', [2, 2, 48], 192, true],
    ['( 48 * 2 ) * 2', [2, 2, 48], 192, true],
    ['48*2', [2, 2, 48], 96, false],
    ['(48*2)*(2/2)', [2, 2, 48], 96, false],
    ['48+48', [2, 2, 48], 96, false],
    ['7/3', [7, 3], 2, false],
    ['12', [1, 2], 12, false],
    ['1 2', [1, 2], 12, false],
    ['9//3', [9, 3], 3, false],
    ['9/3 = 3', [9, 3], 3, true],
    ['9/3 = 4', [9, 3], 3, false],
    ['3 = 9/3', [9, 3], 3, true],
    ['192 = 48*2*2', [2, 2, 48], 192, true],
    ['4 = 9/3', [9, 3], 3, false],
    ['3 = 3', [3], 3, true],
    ['9/3 = 3 = 3', [9, 3], 3, false],
    ["__import__('os')", [9, 3], 3, false],
    ['1/0', [1, 0], 1, false],
    ['1/(1-1)', [1, 1, 1], 1, false],
    ['8/(3-8/3)', [3, 3, 8, 8], 24, true],
    ['-1+2', [1, 2], 1, false],
    ['2**3', [2, 3], 8, false],
    ['', [1, 2], 3, false],
    ['(1+2', [1, 2], 3, false],
    ['1+2)', [1, 2], 3, false],
    ['1+', [1], 1, false],
    ['1.0+2', [1, 2, 0], 3, false],
    ['6/(1-3)+5', [6, 1, 3, 5], 2, true],
    ['02+1', [2, 1], 3, true],
  ] as const)('%s from %j for %i: %s', (answer, numbers, target, right) => {
    expect(checkCountdown(answer, numbers, target)).toBe(right);
  });

  it('accepts every attempt of the solver for its own value and for no other', () => {
    for (const numbers of [
      [7, 7, 1],
      [12, 3, 4],
      [5, 11, 8],
    ] as [number, number, number][])
      for (const { expression, second } of attempts(numbers)) {
        expect(checkCountdown(expression, numbers, second.value), expression).toBe(true);
        expect(checkCountdown(expression, numbers, second.value + 1), expression).toBe(false);
      }
  });

  it('survives any text, deep nesting too', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+*/()=0-9 ]*$/)), (text) => {
        expect(typeof checkCountdown(text, [1, 2, 3], 6)).toBe('boolean');
      }),
    );
    expect(checkCountdown('('.repeat(100_000), [1, 2, 3], 6)).toBe(false);
    expect(checkCountdown(`${'('.repeat(150)}1+2${')'.repeat(150)}`, [1, 2], 3)).toBe(true);
  });
});

describe('sameExpression', () => {
  it.each([
    ['44+19+35', '35 + (44 + 19) = 98', true],
    ['(1+2)*3', '3*(2+1)', true],
    ['8-(3-2)', '2+8-3', true],
    ['8/(4/2)', '8*2/4', true],
    ['12/(3*2)', '12/3/2', true],
    ['8-3-2', '8-(3-2)', false],
    ['2*6', '3*4', false],
    ['6*2', '6+6', false],
    ['8/4*2', '8/(4*2)', false],
    ['no', 'no', true],
    ['no', '1', false],
    ['1/0', '2/0', false],
  ])('%s and %s: %s', (a, b, same) => {
    expect(sameExpression(a, b)).toBe(same);
    expect(sameExpression(b, a)).toBe(same);
  });

  it('of two that are one the values are', () => {
    const numbers: [number, number, number] = [12, 3, 4];
    const all = attempts(numbers);
    for (const a of all) for (const b of all) if (sameExpression(a.expression, b.expression)) expect(a.second.value).toBe(b.second.value);
  });
});
