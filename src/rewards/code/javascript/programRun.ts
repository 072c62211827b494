// A whole program with its standard input, from its first line until nothing is left to do.

import { Budget } from './budget.ts';
import { endingOf, load } from './candidate.ts';
import { type Guest, keptGuests, runUntil, startGuest } from './guest.ts';
import type { Ending, ProgramRun } from './protocol.ts';
import type { WasmModule } from './webAssembly.ts';

const theGuest = keptGuests(startGuest, (guest) => [guest]);

/**
 * Runs a program; `onBegin` hears when its first line is due. `passed` says that it ended by itself with status 0: whether its output is right
 * is for the caller to say.
 */
export function runProgram(
  wasm: WasmModule,
  { solution, stdin, limits }: ProgramRun,
  onBegin: () => void,
): Promise<Ending & { stdout: string }> {
  const budget = new Budget(limits);
  const written: string[] = [];
  const print = (text: string) => {
    written.push(text);
  };
  return theGuest(wasm, limits.memoryBytes, { budget, stdin, print }, (guest) => {
    onBegin();
    budget.begin();
    const ending = endingOfProgram(guest, solution, budget);
    return { ...ending, stdout: written.join('') };
  });
}

function endingOfProgram(guest: Guest, solution: string, budget: Budget): Ending {
  const { machine, node } = guest;
  try {
    const main = load(machine, solution, 'program');
    runUntil([guest], () => false);
    machine.call(machine.get(node, 'flush')).dispose();
    const rejection = machine.rejection(main);
    if (rejection) throw rejection;
    const status = machine.number(machine.get(node, 'exitCode'));
    if (status !== 0) return { outcome: 'crash', detail: `the exit status is ${status}` };
    return budget.stopped ?? { outcome: 'passed', detail: '' };
  } catch (error) {
    return endingOf(error, budget, machine);
  }
}
