// The directory of an evaluation, and the only place that writes one: evaluation.json (what is measured, and how), problems.jsonl (what was
// asked), details.jsonl (every sample, problem by problem, as they come), results.json. An evaluation that was stopped goes on after the problems that are there.
import { InputError } from '../platform/errors.ts';
import * as files from '../platform/files.ts';
import { AppendedFile } from './appendedFile.ts';
import { openFailure, writeFailure } from './failure.ts';
import { jsonLine } from './jsonLines.ts';
import { takeLock } from './lock.ts';
import { wholeLines } from './wholeLines.ts';

/** A line of details.jsonl. */
export interface SampleRow {
  /** The problem's id in the task. */
  problem: string;
  /** Which of its samples, from 0. */
  sample: number;
  completion: string;
  /** Generated tokens; null where they are not known. */
  tokens: number | null;
  /** "stop", "length" (cut at the limit), or null where it is not known. */
  stopReason: string | null;
  /** What the task reads as its answer; null where there is none, or the task does not tell. */
  answer: string | null;
  /** The task's accuracy: 1 is right; null where it does not apply. */
  correct: number | null;
  /** The task's measures by name, where it has any; null where one does not apply. */
  measures?: Record<string, number | null>;
  /** The answers that vote together, from 0, the most votes first; null without a vote. */
  class: number | null;
  /** Of a task with an environment: all that was said. */
  turns?: readonly object[];
}

/** A line of problems.jsonl. */
export interface ProblemRow {
  problem: string;
  prompt: string | readonly { role: string; content: string }[];
  domain?: string;
}

const names = { settings: 'evaluation.json', problems: 'problems.jsonl', details: 'details.jsonl', results: 'results.json' };
const kept = 'The problems that are done are kept.';

export class EvaluationDirectory {
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    /** Absolute. */
    readonly dir: string,
    private readonly details: AppendedFile,
    private readonly unlock: () => Promise<void>,
  ) {}

  /**
   * Makes the directory, or opens the one that is there to go on: then what was cut short at its end is cut off.
   * @param settings what the samples depend on, by name: those of the directory must be the same
   * @param samples of each problem
   * @param take is given each problem that is done, its rows in order
   * @throws InputError where the directory is in use, holds an evaluation of other settings or something else, or a line of its details is
   * damaged
   */
  static async open(
    dir: string,
    settings: Readonly<Record<string, string | number>>,
    samples: number,
    take: (rows: SampleRow[]) => void,
  ): Promise<EvaluationDirectory> {
    const path = files.resolve(dir);
    let unlock = async () => {};
    try {
      await files.mkdir(path);
      await requireOurs(path);
      unlock = await takeLock(path);
      await requireSame(path, settings);
      const file = files.join(path, names.details);
      const details = await AppendedFile.open(file, await readDetails(file, samples, take));
      return new EvaluationDirectory(path, details, unlock);
    } catch (error) {
      await unlock().catch(() => {});
      throw openFailure(error, path);
    }
  }

  /** Keeps what the problems ask, for readers of the samples. */
  async keepProblems(rows: readonly ProblemRow[]): Promise<void> {
    const file = files.join(this.dir, names.problems);
    if (await files.exists(file)) return;
    try {
      await files.writeTextAtomic(file, rows.map(jsonLine).join(''));
    } catch (error) {
      throw writeFailure(error, names.problems, kept);
    }
  }

  /** Appends all samples of a problem; where that fails nothing of them stays. */
  append(rows: readonly SampleRow[]): Promise<void> {
    const lines = rows.map(jsonLine).join('');
    const write = async (): Promise<void> => {
      try {
        await this.details.append(lines);
      } catch (error) {
        throw writeFailure(error, `the samples of ${rows[0]?.problem}`, kept);
      }
    };
    // One after another: problems that end together would otherwise be written into each other.
    const done = this.writing.then(write);
    this.writing = done.catch(() => {});
    return done;
  }

  /** Writes results.json. */
  async finish(results: object): Promise<void> {
    try {
      await this.details.sync();
      await files.writeTextAtomic(files.join(this.dir, names.results), `${JSON.stringify(results, null, 1)}\n`);
    } catch (error) {
      throw writeFailure(error, names.results, kept);
    }
  }

  async close(): Promise<void> {
    await this.writing;
    await this.details.close();
    await this.unlock();
  }
}

async function requireOurs(dir: string): Promise<void> {
  if (await files.exists(files.join(dir, names.settings))) return;
  const strange = (await files.list(dir)).filter((name) => name !== 'lock' && !name.endsWith('.tmp'));
  if (strange.length > 0) throw new InputError(`${dir} holds something else (${strange[0]}): give an empty or new directory with --out`);
}

async function requireSame(dir: string, settings: Readonly<Record<string, string | number>>): Promise<void> {
  const file = files.join(dir, names.settings);
  if (!(await files.exists(file))) {
    await files.writeTextAtomic(file, `${JSON.stringify(settings, null, 1)}\n`);
    return;
  }
  let before: Record<string, unknown>;
  try {
    before = JSON.parse(await files.readText(file)) as Record<string, unknown>;
  } catch {
    throw new InputError(`${file} is damaged: it is not JSON. Give another directory with --out`);
  }
  const other = Object.keys({ ...before, ...settings }).find((name) => before[name] !== settings[name]);
  if (other === undefined) return;
  throw new InputError(
    `${dir} holds an evaluation with another ${other}: ${shown(before[other])}, and here it is ${shown(settings[other])}. Give what it was begun with, or another directory with --out`,
  );
}

function shown(value: unknown): string {
  return value === undefined ? 'none' : String(value);
}

/** Hands on the problems that have all their samples. @returns how many bytes those take */
async function readDetails(file: string, samples: number, take: (rows: SampleRow[]) => void): Promise<number> {
  if (!(await files.exists(file))) return 0;
  let whole = 0;
  let line = 0;
  let rows: SampleRow[] = [];
  for await (const { text, end } of wholeLines(file)) {
    line++;
    const row = parse(text);
    if (row === undefined || row.sample !== rows.length || (rows.length > 0 && row.problem !== rows[0].problem))
      throw new InputError(
        `${file}:${line} is damaged: it is not sample ${rows.length} of ${rows[0]?.problem ?? 'a problem'}. Cut the file off before it, or give another directory with --out`,
      );
    rows.push(row);
    if (rows.length < samples) continue;
    take(rows);
    rows = [];
    whole = end;
  }
  return whole;
}

function parse(text: string): SampleRow | undefined {
  try {
    const row = JSON.parse(text) as Partial<SampleRow>;
    if (typeof row.problem === 'string' && typeof row.completion === 'string' && row.correct !== undefined) return row as SampleRow;
  } catch {}
  return undefined;
}
