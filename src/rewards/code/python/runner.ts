// Judges Python solutions: a program by its output, which is compared here; functions by a judge process that holds the tests, while the
// solution runs in another. What passes between the two goes through here and is not looked into.

import { stringifyJson } from '../../../formats/jsonl.ts';
import { now } from '../../../platform/clock.ts';
import { outputDifference } from '../output.ts';
import type { CodeRunner, CodeTest, CodeVerdict, Limits, Outcome, Submission } from '../verdict.ts';
import { outcomeOfEnding, outcomeOfException } from './outcomes.ts';
import type { PythonSandbox } from './sandbox.ts';
import type { Ending, Sandboxed } from './sandboxed.ts';

type StdioTest = Extract<CodeTest, { kind: 'stdio' }>;
/** Of one test; its place is where it stands in the list. */
interface TestResult {
  outcome: Outcome;
  detail: string;
}

const passed: TestResult = { outcome: 'passed', detail: '' };
/** After these the other tests are not tried: each would cost as much, or end the same. */
const final: readonly Outcome[] = ['timeLimit', 'compileError', 'sandboxFailure'];
/** What the judge has beyond a solution's time, and its memory. */
const judgeGraceSeconds = 5;
const judgeMemoryBytes = 2 ** 31;
const judgeOutputBytes = 2 ** 28;
/** A candidate speaks when it is asked: more than these frames at once are a flood, which would hold up this process for longer than any limit. */
const mostFrames = 16;

/** One submission at a time; `close` ends the judge's process, which waits for the next between them. */
export function pythonRunner(sandbox: PythonSandbox): CodeRunner {
  const runner = new PythonRunner(sandbox);
  return {
    judge: (submission, limits) => runner.judge(submission, limits),
    close: () => runner.close(),
  };
}

class PythonRunner {
  private readonly sandbox: PythonSandbox;
  private judgeProcess: Sandboxed | undefined;

  constructor(sandbox: PythonSandbox) {
    this.sandbox = sandbox;
  }

  async judge(submission: Submission, limits: Limits): Promise<CodeVerdict> {
    const { tests } = submission;
    const results = new Map<CodeTest, TestResult>();
    const functions = tests.filter(({ kind }) => kind !== 'stdio');
    if (functions.length > 0)
      for (const [i, result] of (await this.runFunctions(submission, functions, limits)).entries()) results.set(functions[i], result);
    let ended = [...results.values()].some(({ outcome }) => final.includes(outcome));
    for (const test of tests)
      if (test.kind === 'stdio' && !ended) {
        const result = await this.runProgram(submission.solution, test, limits);
        results.set(test, result);
        ended = final.includes(result.outcome);
      }
    return verdictOf(tests, results);
  }

  async close(): Promise<void> {
    this.judgeProcess?.stop();
    await this.judgeProcess?.ended;
    this.judgeProcess = undefined;
  }

  private start(mode: 'program' | 'functions', solution: string, stdin: string, limits: Limits): Sandboxed {
    const { cpuSeconds, memoryBytes, processes, fileBytes, outputBytes } = limits;
    const text = Buffer.from(stdin);
    const candidate = this.sandbox.start('candidate', {
      outputBytes,
      memoryBytes,
      fileBytes: fileBytes + text.length + solution.length * 4,
      frames: mostFrames,
    });
    candidate.send(
      'M',
      [mode, cpuSeconds, memoryBytes, processes, fileBytes].map((each) => (typeof each === 'number' ? Math.ceil(each) : each)).join(' '),
    );
    candidate.send('P', solution);
    candidate.send('I', text);
    return candidate;
  }

  private async runProgram(solution: string, test: StdioTest, limits: Limits): Promise<TestResult> {
    const candidate = this.start('program', solution, test.stdin, limits);
    if ((await candidate.next())?.kind !== 'S') return notStarted(candidate);
    candidate.deadline(limits.wallSeconds);
    const begun = now();
    const said = await candidate.next();
    const ending = await candidate.ended;
    if (said?.kind === 'E') return { outcome: 'compileError', detail: said.payload.toString() };
    if (ending.status !== 0) return outcomeOfEnding(ending, (now() - begun) / 1000, limits.cpuSeconds);
    const difference = outputDifference(ending.stdout, test.stdout);
    return difference === undefined ? passed : { outcome: 'wrongAnswer', detail: difference };
  }

  private async runFunctions(submission: Submission, tests: readonly CodeTest[], limits: Limits): Promise<TestResult[]> {
    const candidate = this.start('functions', submission.solution, '', limits);
    const all = (result: TestResult): TestResult[] => tests.map(() => result);
    try {
      if ((await candidate.next())?.kind !== 'S') return all(await notStarted(candidate));
      candidate.deadline(limits.wallSeconds);
      const begun = now();
      const loaded = await candidate.next();
      const line = loaded?.payload.toString() ?? '';
      if (loaded?.kind === 'E') return all({ outcome: 'compileError', detail: line });
      if (loaded?.kind === 'L') return all({ outcome: outcomeOfException(line, 'crash'), detail: `while loading: ${line}` });
      const gone = async (): Promise<TestResult> => {
        const ending = await candidate.ended;
        const early = ending.status === 0;
        return early
          ? { outcome: 'crash', detail: 'it ended before its tests did' }
          : outcomeOfEnding(ending, (now() - begun) / 1000, limits.cpuSeconds);
      };
      if (loaded?.kind !== 'O') {
        candidate.stop('badFrame');
        return all(await gone());
      }
      return await this.converse(candidate, submission, tests, limits, gone);
    } finally {
      candidate.stop();
      await candidate.ended;
    }
  }

  /** The judge asks, the candidate answers, until the judge is done. */
  private async converse(
    candidate: Sandboxed,
    submission: Submission,
    tests: readonly CodeTest[],
    limits: Limits,
    gone: () => Promise<TestResult>,
  ): Promise<TestResult[]> {
    const judge = await this.readyJudge();
    if (judge === undefined) return tests.map(() => ({ outcome: 'sandboxFailure', detail: 'the judge does not start' }));
    const { setup, entryPoint } = submission;
    const request = { tests, setup, entryPoint, memory: judgeMemoryBytes, cpu: Math.ceil(limits.cpuSeconds) };
    judge.renew(judgeOutputBytes);
    judge.deadline(limits.wallSeconds + judgeGraceSeconds);
    judge.hold(true);
    judge.send('B', stringifyJson(request));
    let open = true;
    // One answer to each question; what comes beside that is not our program's, and is not passed on.
    let owed = 0;
    const relay = (async () => {
      for (let each = await candidate.next(); each !== undefined && open; each = await candidate.next()) {
        if (each.kind === 'C' && --owed >= 0) judge.send('A', each.payload);
        else candidate.stop('badFrame');
      }
      if (open) judge.send('X', '');
    })();
    const results: TestResult[] = [];
    let rest: TestResult | undefined;
    let done = false;
    for (let each = await judge.next(); ; each = await judge.next()) {
      if (each?.kind === 'Q' || each?.kind === 'R') {
        owed++;
        candidate.send(each.kind, each.payload);
      } else if (each?.kind === 'J') {
        const said = JSON.parse(each.payload.toString()) as Said;
        if (said.done) {
          done = true;
          if (said.broken !== undefined) {
            rest = { outcome: 'sandboxFailure', detail: said.broken };
            results.length = 0;
          } else if (said.line !== undefined) rest = await failed(said, gone);
        } else results.push(said.ok ? passed : await failed(said, gone));
      } else if (each?.kind === 'F') {
        if (!done) rest = await judgeDied(Number(each.payload.toString()));
        break;
      } else {
        rest = judgeStopped(await judge.ended);
        break;
      }
    }
    open = false;
    if (done && rest?.outcome !== 'sandboxFailure') {
      judge.deadline();
      judge.hold(false);
    } else await this.close();
    candidate.stop();
    await relay;
    const last = rest ?? results.at(-1) ?? { outcome: 'sandboxFailure', detail: 'the judge said nothing' };
    return tests.map((_, i) => results[i] ?? last);
  }

  private async readyJudge(): Promise<Sandboxed | undefined> {
    if (this.judgeProcess !== undefined) return this.judgeProcess;
    const judge = this.sandbox.start('judge', { outputBytes: judgeOutputBytes, fileBytes: 2 ** 20 });
    if ((await judge.next())?.kind !== 'S') {
      judge.stop();
      await judge.ended;
      return undefined;
    }
    this.judgeProcess = judge;
    return judge;
  }
}

/** A line of the judge: one test's result, or that it is done. */
interface Said {
  ok?: boolean;
  raised?: string;
  line?: string;
  done?: boolean;
  broken?: string;
}

const slow: TestResult = { outcome: 'timeLimit', detail: 'its values took the tests too long' };

async function failed({ raised = '', line = '' }: Said, gone: () => Promise<TestResult>): Promise<TestResult> {
  if (raised === 'Gone') return gone();
  if (raised === 'BadMessage') return { outcome: 'forbidden', detail: line };
  return { outcome: raised === '' ? 'wrongAnswer' : outcomeOfException(line, 'wrongAnswer'), detail: line };
}

/** What holds up the judge or makes it send too much are the solution's values, and its calls of the tests' functions. */
function judgeStopped({ stopped }: Ending): TestResult {
  if (stopped === 'timeLimit') return slow;
  if (stopped === 'outputLimit' || stopped === 'badFrame') return { outcome: 'outputLimit', detail: 'it made the tests send too much' };
  return { outcome: 'sandboxFailure', detail: 'the judge ended' };
}

/** What a failed allocation ends the judge's child with: of its own (judge.py), an abort or a fault within the interpreter. */
const outOfMemory = [77, -6, -7, -11];

/** @param status of the process, negative for a signal */
function judgeDied(status: number): TestResult {
  if (outOfMemory.includes(status)) return { outcome: 'memoryLimit', detail: 'its values took the tests too much memory' };
  return status === -24 || status === -9 ? slow : { outcome: 'sandboxFailure', detail: `the judge ended with status ${status}` };
}

async function notStarted(candidate: Sandboxed): Promise<TestResult> {
  candidate.stop();
  const { stderr } = await candidate.ended;
  return { outcome: 'sandboxFailure', detail: `the sandbox does not start: ${stderr.trim().split('\n').at(-1) ?? ''}` };
}

function verdictOf(tests: readonly CodeTest[], results: ReadonlyMap<CodeTest, TestResult>): CodeVerdict {
  const total = tests.length;
  const good = tests.filter((test) => results.get(test)?.outcome === 'passed').length;
  const all = tests.map((test) => results.get(test));
  // A failure of the sandbox says nothing of the solution, whatever else there is.
  const broken = all.find((result) => result?.outcome === 'sandboxFailure');
  const at = broken ? all.indexOf(broken) : all.findIndex((result) => result !== undefined && result.outcome !== 'passed');
  const result = all[at];
  if (result === undefined) return { outcome: 'passed', passed: good, total, detail: `${total} of ${total} tests passed` };
  const test = tests[at];
  const what = test.kind === 'assert' && result.outcome === 'wrongAnswer' ? `: ${test.code.trim().split('\n')[0].slice(0, 200)}` : '';
  // A candidate's own words are in it: no new lines, and nothing that a terminal obeys.
  const detail = `test ${at + 1} of ${total}: ${result.detail}${what}`.replace(/[\s\p{Cc}]+/gu, ' ');
  return { outcome: result.outcome, passed: good, total, detail };
}
