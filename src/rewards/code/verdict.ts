// What goes into a judgement of code and what comes out of it: shared by the runners, the pool and the reward.

export type Language = 'python' | 'javascript';

/** assert: code that throws where the solution is wrong (an assert statement, or HumanEval's check(candidate)); stdio: a whole program's input and the output expected; call: one call by its arguments and the value expected. */
export type CodeTest =
  | { kind: 'assert'; code: string }
  | { kind: 'stdio'; stdin: string; stdout: string }
  | { kind: 'call'; function: string; args: unknown[]; expected: unknown };

export interface Submission {
  language: Language;
  solution: string;
  tests: readonly CodeTest[];
  /** Trusted code that the tests need: imports, and for HumanEval the prompt's own helpers. It runs beside the tests, never with the solution. */
  setup?: string;
  /** The function that a HumanEval check is given. */
  entryPoint?: string;
}

export interface Limits {
  wallSeconds: number;
  cpuSeconds: number;
  memoryBytes: number;
  processes: number;
  outputBytes: number;
  fileBytes: number;
}

export type Outcome =
  | 'passed'
  | 'wrongAnswer'
  | 'compileError'
  | 'crash'
  | 'timeLimit'
  | 'memoryLimit'
  | 'outputLimit'
  | 'forbidden'
  | 'sandboxFailure';

export interface CodeVerdict {
  outcome: Outcome;
  passed: number;
  total: number;
  /** One line for a reader. */
  detail: string;
}

export interface CodeRunner {
  /** Never rejects for what the solution does. */
  judge(submission: Submission, limits: Limits): Promise<CodeVerdict>;
  close(): Promise<void>;
}
