import { CommanderError } from 'commander';
import { expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { StageError } from '../stages/context.ts';
import { exitStatus, Stopped } from './failure.ts';

function told(error: unknown, env: NodeJS.ProcessEnv = {}): [number, string[]] {
  const lines: string[] = [];
  return [exitStatus(error, (line) => lines.push(line), env), lines];
}

it('the exit status tells wrong input (2) from failed work (1), a stop (130) and help (0)', () => {
  expect(told(new InputError('no such recipe'))).toEqual([2, ['thinkling: no such recipe']]);
  expect(told(new StageError('the loss is NaN'))).toEqual([1, ['thinkling: the loss is NaN']]);
  expect(told(new TypeError('x is undefined'))[0]).toBe(1);
  expect(told('a text was thrown')).toEqual([1, ['thinkling: a text was thrown']]);
  expect(told(new Stopped())).toEqual([130, []]);
  expect(told(new CommanderError(0, 'commander.help', ''))).toEqual([0, []]);
  expect(told(new CommanderError(1, 'commander.unknownOption', 'said already'))).toEqual([2, []]);
});

it('the stack is shown with THINKLING_DEBUG=1 only', () => {
  const error = new Error('outer', { cause: new Error('inner') });
  expect(told(error)[1]).toHaveLength(1);
  const lines = told(error, { THINKLING_DEBUG: '1' })[1];
  expect(lines[1]).toContain('failure.test.ts');
  expect(lines[2]).toMatch(/^caused by Error: inner/);
});
