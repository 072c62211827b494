// Tests that call the solution: the candidate in one guest, the tests in another. Verdicts come from the judge's guest and from here.

import { InputError, messageOf } from '../../../platform/errors.ts';
import { Budget } from './budget.ts';
import { CompileError, endingOf, isOutOfMemory, load } from './candidate.ts';
import { type Guest, keptGuests, runJobs, runUntil, startGuest } from './guest.ts';
import { connect, type Line } from './line.ts';
import type { CalledTest, Ending, TestsRun } from './protocol.ts';
import { asScript, namesOf } from './source.ts';
import type { WasmModule } from './webAssembly.ts';
import { toWire } from './wire.ts';

interface Pair {
  judge: Guest;
  candidate: Guest;
  line: Line;
  harness: ReturnType<typeof harnessOf>;
}

const thePair = keptGuests(
  async (wasm: WasmModule, memoryBytes: number): Promise<Pair> => {
    const judge = await startGuest(wasm, memoryBytes);
    const candidate = await startGuest(wasm, memoryBytes);
    const line = connect(judge, candidate);
    return { judge, candidate, line, harness: harnessOf(judge, line.judgeEnd) };
  },
  ({ judge, candidate }) => [judge, candidate],
);

/** How many timers are still run when a test has come to its end. */
const afterwards = 1000;

/**
 * Runs the tests one after another; `onBegin` hears when the solution's first line is due, `onEnding` of each test as it ends. After one that
 * ends the candidate (time, memory, exit) no further is run. Rejects with an InputError where the tests or their setup cannot be run.
 */
export function runTests(wasm: WasmModule, run: TestsRun, onBegin: () => void, onEnding: (ending: Ending) => void): Promise<void> {
  const budget = new Budget(run.limits);
  // What is printed while functions are judged is of no account, but it is bounded.
  return thePair(wasm, run.limits.memoryBytes, { budget }, (pair) => judgeTests(pair, run, budget, onBegin, onEnding));
}

function judgeTests(
  { judge, candidate, line, harness }: Pair,
  { solution, tests, setup, entryPoint }: TestsRun,
  budget: Budget,
  onBegin: () => void,
  onEnding: (ending: Ending) => void,
): void {
  const script = readable(setup, (form) => judge.machine.parse(form, 'setup.js'), 'the setup of the tests');
  const prepared = tests.map((test, at) => prepare(test, entryPoint, `test ${at + 1}`, harness.check));
  const guests = [judge, candidate];
  const failed = (error: unknown): Ending => endingOf(error, budget, candidate.machine);

  let asked = Number.POSITIVE_INFINITY;
  onBegin();
  budget.begin();
  try {
    candidate.machine.call(candidate.machine.get(candidate.node, 'asModule')).dispose();
    load(candidate.machine, solution, 'functions');
    runJobs(guests);
    harness.define({ ...namesOf([setup, `${entryPoint ?? ''}()`, ...prepared.map(({ names }) => names)].join('\n')), entryPoint });
    asked = line.requests();
    judge.machine.evaluate(script, 'setup.js').dispose();
  } catch (error) {
    if (line.requests() === asked && !budget.stopped) throw new InputError(`the setup of the tests fails: ${messageOf(error)}`);
    const ending = notPassed(failed(error));
    for (const _ of tests) onEnding(ending);
    return;
  }

  let allPassed = true;
  for (const test of prepared) {
    let ending: Ending;
    try {
      harness.begin(test);
      const settled = runUntil(guests, harness.ended);
      // What a test left behind, an assertion that nobody awaits, still counts.
      let turns = afterwards;
      runUntil(guests, () => turns-- === 0);
      const reason = settled ? harness.verdict() : 'the test does not come to its end: a promise is left pending';
      ending = budget.stopped ?? verdictOf(reason, candidate.machine.isFull);
    } catch (error) {
      ending = failed(error);
      budget.stopped ??= ending;
    }
    onEnding(budget.stopped ? notPassed(budget.stopped) : ending);
    if (budget.stopped) return;
    allPassed &&= ending.outcome === 'passed';
  }
  // Names that are the interpreter's own too (structuredClone) are its own in tests, whatever the solution is.
  if (allPassed && line.requests() === asked) throw new InputError('the tests ask nothing of the solution');
}

/** An exit is the end of a whole program, not of functions. */
const notPassed = (ending: Ending): Ending => (ending.outcome === 'passed' ? { ...ending, outcome: 'crash' } : ending);

function verdictOf(reason: string, isFull: boolean): Ending {
  if (reason === '') return { outcome: 'passed', detail: '' };
  // Where there is no memory for an error either, null is thrown.
  const outOfMemory = isOutOfMemory(reason) || (isFull && reason === 'null was thrown');
  return outOfMemory ? { outcome: 'memoryLimit', detail: 'out of memory' } : { outcome: 'wrongAnswer', detail: reason };
}

interface Prepared {
  /** The function of guest/tests.js that begins it, and what it is given. */
  begin: 'statements' | 'call';
  text: string;
  /** The text that names what the candidate has to define. */
  names: string;
}

function prepare(test: CalledTest, entryPoint: string | undefined, what: string, check: (code: string) => string): Prepared {
  if (test.kind === 'call') {
    const { function: name, args, expected } = test;
    return { begin: 'call', text: JSON.stringify({ name, args: toWire(args), expected: toWire(expected) }), names: `${name}()` };
  }
  const code = readable(
    test.code,
    (form) => {
      const reason = check(form);
      if (reason !== '') throw new CompileError(reason);
    },
    what,
  );
  // HumanEval's tests define a function that is to be called with the solution's.
  const checks = entryPoint !== undefined && /\b(function\s+check\b|check\s*=)/.test(code);
  return { begin: 'statements', text: JSON.stringify({ code, last: checks ? `await check(${entryPoint});` : '' }), names: code };
}

/** The trusted text as a script. Throws where it is none: that is the row's fault, not the solution's. */
function readable(source: string, check: (form: string) => void, what: string): string {
  try {
    check(source);
    return source;
  } catch (error) {
    const form = asScript(source);
    try {
      check(form);
    } catch {
      throw new InputError(`${what} cannot be read: ${messageOf(error)}`);
    }
    return form;
  }
}

function harnessOf({ machine, node, printer }: Guest, judgeEnd: Parameters<typeof machine.get>[0]) {
  const harness = machine.install('tests.js', judgeEnd, node, printer);
  const names = ['define', 'check', 'statements', 'call', 'ended', 'verdict'] as const;
  const [define, check, statements, call, ended, verdict] = names.map((name) => machine.get(harness, name));
  const begins = { statements, call };
  return {
    define: (names: { used: string[]; called: string[]; entryPoint: string | undefined }) =>
      void machine.ask(define, JSON.stringify(names)),
    check: (code: string) => machine.ask(check, JSON.stringify(code)),
    begin: ({ begin, text }: Prepared) => void machine.ask(begins[begin], text),
    ended: () => machine.number(ended) === 1,
    verdict: () => machine.ask(verdict),
  };
}
