// Several judgements at a time: a queue, and as many slots as there are processors, each with a runner for every language it was asked for.
import { cpus } from '../../platform/memory.ts';
import { javascriptRunner } from './javascript/runner.ts';
import { defaultLimits, judgeCode } from './judge.ts';
import { pythonRunner } from './python/runner.ts';
import { PythonSandbox } from './python/sandbox.ts';
import type { CodeRunner, CodeVerdict, Language, Limits, Submission } from './verdict.ts';

type Slot = Partial<Record<Language, CodeRunner>>;

export class CodePool {
  private readonly idle: Slot[];
  private readonly all: Slot[];
  private readonly waiting: ((slot: Slot) => void)[] = [];
  private python: Promise<PythonSandbox> | undefined;

  constructor(size = cpus()) {
    this.all = Array.from({ length: size }, () => ({}));
    this.idle = [...this.all];
  }

  /**
   * Makes sure that programs of the language can be run here.
   * @throws InputError with what to install where they cannot
   */
  async ready(language: Language): Promise<void> {
    if (language === 'python') await this.sandbox();
  }

  /**
   * Waits for its turn. Limits that are not given are `defaultLimits`'.
   * @throws InputError where programs of the language cannot be run here
   */
  async judge(submission: Submission, limits: Partial<Limits> = {}): Promise<CodeVerdict> {
    const { language } = submission;
    await this.ready(language);
    const slot = this.idle.pop() ?? (await new Promise<Slot>((resolve) => this.waiting.push(resolve)));
    try {
      slot[language] ??= await this.open(language);
      return await judgeCode(slot, submission, { ...defaultLimits, ...limits });
    } finally {
      const next = this.waiting.shift();
      if (next) next(slot);
      else this.idle.push(slot);
    }
  }

  /** How many are judged at a time. */
  get size(): number {
    return this.all.length;
  }

  /** Ends every process; a later judgement starts new ones. */
  async close(): Promise<void> {
    await Promise.all(this.all.flatMap((slot) => Object.values(slot)).map((runner) => runner.close()));
  }

  private async open(language: Language): Promise<CodeRunner> {
    return language === 'python' ? pythonRunner(await this.sandbox()) : javascriptRunner();
  }

  /** Looked for once; where that fails, again at the next call. */
  private sandbox(): Promise<PythonSandbox> {
    this.python ??= PythonSandbox.open().catch((error) => {
      this.python = undefined;
      throw error;
    });
    return this.python;
  }
}

let shared: CodePool | undefined;

/** The pool of this process. Its idle runners do not keep the process alive, and end with it. */
export function codePool(): CodePool {
  shared ??= new CodePool();
  return shared;
}
