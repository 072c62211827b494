// Decontamination of what a stage trains on, before anything is sampled or learnt: rows that share ten words in a row with an evaluation set of
// the recipe are left out, and each is reported with what it shares.

import { type Contamination, EvaluationSets } from '../datasets/decontaminate.ts';
import { runLength } from '../datasets/sharedWords.ts';
import { InputError } from '../platform/errors.ts';
import { join } from '../platform/files.ts';
import type { StageContext } from './context.ts';

/** A row that was dropped; its `id` is a task's, or its place in a file. */
export interface DroppedRow extends Contamination {
  id: string;
}

export class Decontamination {
  readonly dropped: DroppedRow[] = [];
  #rows = 0;

  private constructor(private readonly sets: EvaluationSets) {}

  /** @param names of evaluation sets @throws InputError as EvaluationSets.read */
  static async open(names: readonly string[]): Promise<Decontamination> {
    return new Decontamination(await EvaluationSets.read(names));
  }

  /** Whether a row shares nothing with an evaluation; one that does is counted as dropped. */
  isClean(id: string, row: Readonly<Record<string, unknown>>): boolean {
    this.#rows++;
    const found = this.sets.find(row);
    if (found) this.dropped.push({ id, ...found });
    return found === undefined;
  }

  /** What was found, in words. */
  get summary(): string {
    const [rows, dropped] = [this.#rows, this.dropped.length].map((count) => count.toLocaleString('en'));
    const all = `a question of ${this.sets.names.join(', ')} (${this.sets.size.toLocaleString('en')} in all)`;
    return this.dropped.length === 0
      ? `none of ${rows} rows shares ${inWords} in a row with ${all}`
      : `${dropped} of ${rows} rows share ${inWords} in a row with ${all} and are dropped`;
  }

  /** @throws InputError where every row was dropped */
  requireSome(): void {
    if (this.#rows === 0 || this.dropped.length < this.#rows) return;
    const [{ id, evaluation, evaluationRow, words }] = this.dropped;
    throw new InputError(
      `decontaminate: ${this.summary}: nothing is left to train on. ${id} shares with ${evaluationRow} of ${evaluation}: "${words}". Is the evaluation set the training data?`,
    );
  }

  /** Writes the report into the run's directory, and says in a line what it holds. @throws InputError as `requireSome` */
  async tell({ name, run, report }: Pick<StageContext, 'name' | 'run' | 'report'>): Promise<void> {
    this.requireSome();
    await run.decontamination(name, this.dropped);
    const where = this.dropped.length === 0 ? '' : `: ${join(run.dir, 'decontamination.jsonl')}`;
    report({ type: 'note', stage: name, message: `${this.summary}${where}` });
  }
}

const inWords = runLength === 10 ? 'ten words' : `${runLength} words`;
