// The line between the judge's guest and the candidate's (guest/end.js on both ends). It carries texts, one way at a time; those that the
// candidate's side wrote are checked here before the judge's side reads them.

import type { QuickJSHandle } from 'quickjs-emscripten-core';
import { endingOf } from './candidate.ts';
import type { Guest } from './guest.ts';
import { GuestError, type Machine } from './machine.ts';
import { checkWire, WireError, wireBounds } from './wire.ts';

/** Of calls that wait for each other on both sides: each has its frames on this thread's stack. */
const deepest = 50;

export interface Line {
  /** The judge's end: { ask, decode, ... }. */
  judgeEnd: QuickJSHandle;
  /** How many requests the judge has made. */
  requests(): number;
}

/** Connects two guests. To be done before the candidate's program is loaded. */
export function connect(judge: Guest, candidate: Guest): Line {
  let depth = 0;
  let requests = 0;

  const pass = (to: Machine, receive: QuickJSHandle, text: string): string => {
    const { budget } = to;
    if (budget === undefined || budget.spent()) throw new Error('the run was stopped');
    if (depth >= deepest) throw new RangeError('the tests and the solution call each other too deeply');
    depth++;
    try {
      return to.ask(receive, text);
    } catch (error) {
      // Not thrown by the guest's code but by the interpreter under it: then it is of no further use.
      if (!(error instanceof GuestError)) budget.stopped ??= endingOf(error, budget, to);
      throw error;
    } finally {
      depth--;
    }
  };
  const checked = (text: string): string => {
    try {
      checkWire(text);
    } catch (error) {
      if (error instanceof WireError) throw new TypeError(`what the solution gives cannot be read: ${error.message}`);
      throw error;
    }
    return text;
  };

  const ends: { judge?: Received; candidate?: Received } = {};
  const endOf = ({ machine }: Guest, role: QuickJSHandle, send: (text: string) => string, settle: (text: string) => void): QuickJSHandle =>
    machine.install(
      'end.js',
      machine.evaluateFile('codec.js'),
      machine.evaluate(`(${JSON.stringify(wireBounds)})`, 'bounds.js'),
      machine.hostFunction('send', send),
      machine.hostFunction('settle', (text) => {
        settle(text);
        return undefined;
      }),
      role,
    );
  const to = (name: 'judge' | 'candidate'): Received => {
    const end = ends[name];
    if (end === undefined) throw new Error(`nothing is connected to the ${name}`);
    return end;
  };
  const judgeEnd = endOf(
    judge,
    judge.machine.install('judge.js'),
    (text) => {
      requests++;
      return checked(pass(candidate.machine, to('candidate').serve, text));
    },
    (text) => void pass(candidate.machine, to('candidate').settled, text),
  );
  const candidateEnd = endOf(
    candidate,
    candidate.machine.install('candidate.js', candidate.machine.get(candidate.node, 'moduleObject')),
    (text) => pass(judge.machine, to('judge').serve, checked(text)),
    (text) => void pass(judge.machine, to('judge').settled, checked(text)),
  );
  ends.judge = { serve: judge.machine.get(judgeEnd, 'serve'), settled: judge.machine.get(judgeEnd, 'settled') };
  ends.candidate = { serve: candidate.machine.get(candidateEnd, 'serve'), settled: candidate.machine.get(candidateEnd, 'settled') };
  return { judgeEnd, requests: () => requests };
}

interface Received {
  serve: QuickJSHandle;
  settled: QuickJSHandle;
}
