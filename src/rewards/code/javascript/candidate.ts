// The candidate's program in its guest: loading it as one script, and the words for how a run ended.

import type { QuickJSHandle } from 'quickjs-emscripten-core';
import type { Budget } from './budget.ts';
import { GuestError, type Machine } from './machine.ts';
import type { Ending } from './protocol.ts';
import { asScript } from './source.ts';

/** A program that cannot be parsed. */
export class CompileError extends Error {
  override name = 'CompileError';
}

const file = 'solution.js';

/**
 * Runs a solution's top level. As `program` it may await there, and the promise of its end is returned then; as `functions` its names must be
 * reachable afterwards. Throws a CompileError, or a GuestError for what it threw.
 */
export function load(machine: Machine, solution: string, as: 'program' | 'functions'): QuickJSHandle {
  const script = asScript(solution);
  const forms = [solution, script];
  if (as === 'program') forms.push(`(async () => {${script}\n})()`);
  let first: unknown;
  for (const form of new Set(forms)) {
    try {
      machine.parse(form, file);
    } catch (error) {
      first ??= error;
      continue;
    }
    return machine.evaluate(form, file);
  }
  if (first instanceof GuestError && first.errorName === 'SyntaxError') throw new CompileError(first.message);
  throw first;
}

/** How a run ended that threw: by the budget, by what the program threw, or by an interpreter that gave up under it. */
export function endingOf(error: unknown, budget: Budget, machine: Machine): Ending {
  if (budget.stopped) return { outcome: budget.stopped.outcome, detail: budget.stopped.detail };
  if (error instanceof CompileError) return { outcome: 'compileError', detail: error.message };
  if (error instanceof GuestError) {
    if (isOutOfMemory(error.message)) return { outcome: 'memoryLimit', detail: 'out of memory' };
    return { outcome: error.errorName === 'ForbiddenError' ? 'forbidden' : 'crash', detail: error.message };
  }
  return machine.isFull
    ? { outcome: 'memoryLimit', detail: 'out of memory' }
    : { outcome: 'crash', detail: `the interpreter gave up: ${error instanceof Error ? error.message : String(error)}` };
}

/** What the interpreter says where an allocation fails. */
export const isOutOfMemory = (message: string): boolean => message.startsWith('InternalError: out of memory');
