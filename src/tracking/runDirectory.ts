// A run's directory, and the only place that writes one: recipe.yaml, began.json, stages.json, starts.jsonl, metrics.jsonl, rollouts/,
// checkpoints/, evaluations/, data/, decontamination.jsonl, finished.json, lock.
// After a kill at any moment it can be opened again: `latest` says where to go on, `rewindTo` drops what came after.
import { parse } from 'yaml';
import { isoDate } from '../platform/clock.ts';
import { InputError } from '../platform/errors.ts';
import * as files from '../platform/files.ts';
import { sha256 } from '../platform/hash.ts';
import {
  type Checkpoint,
  newestCheckpoint,
  removeCheckpointsAfter,
  retainCheckpoints,
  saveCheckpoint,
  tidyCheckpoints,
} from './checkpoints.ts';
import { openFailure, writeFailure } from './failure.ts';
import { addFinished, type FinishedStage, finishedStage, type LastStep } from './finishedStages.ts';
import { jsonLine, readJsonLines } from './jsonLines.ts';
import { takeLock } from './lock.ts';
import { MetricsFile, type MetricsRow } from './metrics.ts';
import { stageOfPart, stepName } from './names.ts';
import { listRollouts, type RolloutRow, readRollouts, removeRolloutsAfter, writeRollouts } from './rollouts.ts';
import { ownersOf, readStageRecords, type StageRecord, writeStageRecords } from './stageRecords.ts';
import { noteStart } from './starts.ts';
import { removeTraces, tidyTraces } from './traces.ts';

export interface OpenOptions {
  dir: string;
  /** The recipe with every default written out: kept where the directory has none yet. */
  recipeText: string;
  /** Told of what was passed over or put right; without it that is silent. */
  warn?: (message: string) => void;
}

const ours = new Set([
  'recipe.yaml',
  'began.json',
  'stages.json',
  'starts.jsonl',
  'metrics.jsonl',
  'rollouts',
  'checkpoints',
  'evaluations',
  'data',
  'incidents',
  'decontamination.jsonl',
  'finished.json',
  'lock',
  'report.html',
]);

export class RunDirectory {
  private arithmetic?: string;
  /** Of the stage that is at work: the fingerprint of its new checkpoints, and those of checkpoints that it may go on from. */
  private owners: string[];

  private constructor(
    /** Absolute. */
    readonly dir: string,
    /** When the run was begun, ISO 8601: the date of prompts that write one, on whatever day it goes on. */
    readonly began: string,
    private records: Readonly<Record<string, StageRecord>>,
    private readonly recipe: string,
    private readonly warn: (message: string) => void,
    private readonly log: MetricsFile,
    private readonly unlock: () => Promise<void>,
    /** `open` made the directory. */
    private readonly made: boolean,
  ) {
    this.owners = [recipe];
  }

  /**
   * Makes the directory or opens the one that is there, and locks it.
   * @throws InputError where it is in use, holds something else than a run, or may not be written
   */
  static async open(options: OpenOptions): Promise<RunDirectory> {
    const dir = files.resolve(options.dir);
    const warn = options.warn ?? (() => {});
    let unlock = async () => {};
    try {
      const made = !(await files.exists(dir));
      await files.mkdir(dir);
      const strange = (await files.list(dir)).filter((name) => !ours.has(name) && !name.startsWith('.') && !name.endsWith('.tmp'));
      if (strange.length > 0 && !(await files.exists(files.join(dir, 'recipe.yaml'))))
        throw new InputError(
          `${dir} holds something else (${strange[0]}${strange.length > 1 ? ', ...' : ''}): give an empty or new directory with --out`,
        );
      unlock = await takeLock(dir);
      const recipe = files.join(dir, 'recipe.yaml');
      if (!(await files.exists(recipe))) await files.writeTextAtomic(recipe, options.recipeText);
      const began = await keepBeginning(files.join(dir, 'began.json'));
      for (const name of ['checkpoints', 'rollouts']) await files.mkdir(files.join(dir, name));
      for (const folder of [dir, files.join(dir, 'rollouts')])
        for (const name of await files.list(folder)) if (name.endsWith('.tmp')) await files.remove(files.join(folder, name));
      await tidyCheckpoints(files.join(dir, 'checkpoints'));
      await tidyTraces(dir);
      const records = (await readStageRecords(dir)) ?? {};
      const log = await MetricsFile.open(files.join(dir, 'metrics.jsonl'));
      return new RunDirectory(dir, began, records, await recipeFingerprint(dir), warn, log, unlock, made);
    } catch (error) {
      await unlock().catch(() => {});
      throw openFailure(error, dir);
    }
  }

  /** What computes this run from now on, in the engine's words: checkpoints remember it, and starts.jsonl, with the versions of the programs. */
  async computedWith(arithmetic: string): Promise<void> {
    this.arithmetic = arithmetic;
    await noteStart(this.dir, arithmetic);
  }

  /**
   * Says what the stages of the recipe are begun from, before any of them works; `forget` names those of which nothing is to stay, that they
   * may be done anew. The recipe is kept in place of the one that was.
   */
  async prepare(recipeText: string, records: Readonly<Record<string, StageRecord>>, forget: readonly string[]): Promise<void> {
    const kept = Object.fromEntries(Object.entries(this.records).filter(([stage]) => !forget.includes(stage)));
    // First: what a kill leaves of them is then nobody's, and no later start goes on from it.
    await this.keepRecords(kept);
    await removeTraces(this.dir, forget, this.log);
    await this.keepRecords({ ...kept, ...records });
    const file = files.join(this.dir, 'recipe.yaml');
    if ((await files.readText(file)) !== recipeText) await files.writeTextAtomic(file, recipeText);
  }

  /** From here on it is `stage` that works: its checkpoints bear the fingerprint of what it was begun from. */
  begin(stage: string): void {
    this.owners = this.ownersOf(stage);
  }

  /**
   * The newest whole checkpoint of a stage, to go on from; damaged ones, and those of another recipe, are passed over with a warning.
   * One that was computed with something else is taken, with a warning too.
   */
  async latest(stage: string): Promise<Checkpoint | undefined> {
    const checkpoint = await newestCheckpoint(this.checkpoints, stage, this.owners, this.warn);
    const [then, now] = [checkpoint?.arithmetic, this.arithmetic];
    if (then !== undefined && now !== undefined && then !== now)
      this.warn(
        `${checkpoint?.dir} was computed with ${then}, and this run goes on with ${now}: from here on its numbers are not bit for bit those of a run that was never stopped. Where that matters, begin another run (--out)`,
      );
    return checkpoint;
  }

  /**
   * Makes everything of `stage` as it was when its checkpoint of `step` had been written: later rows of metrics, rollouts and
   * (damaged) checkpoints go. Without a step the stage has never run.
   */
  async rewindTo(stage: string, step?: number): Promise<void> {
    const checkpoint = step === undefined ? undefined : await newestCheckpoint(this.checkpoints, stage, this.owners, () => {}, step);
    if (step !== undefined && checkpoint?.step !== step)
      throw new Error(`there is no whole checkpoint ${stepName(stage, step)} to rewind to`);
    await this.log.drop((name, of) => name === stage && (step === undefined || of > step));
    await removeRolloutsAfter(files.join(this.dir, 'rollouts'), stage, step);
    await removeCheckpointsAfter(this.checkpoints, stage, step, this.owners);
    if (checkpoint) await retainCheckpoints(this.checkpoints, stage, checkpoint.step, checkpoint.retention);
  }

  /**
   * Writes checkpoint <stage>-<step>: `fill` writes the model's files (and whatever else the stage needs to go on) into a directory,
   * `state` is any JSON. All rows and rollouts up to `step` must have been written before: a resumed run goes on after them. Afterwards only the newest `keep` of the stage stay, and any that a path of `inUse` lies in. Returns its directory.
   */
  async checkpoint(
    stage: string,
    step: number,
    state: unknown,
    fill: (dir: string) => Promise<void>,
    options: { keep: number; inUse?: readonly string[] },
  ): Promise<string> {
    await this.log.sync();
    const inUse = (options.inUse ?? []).map((path) => files.relative(this.checkpoints, files.resolve(path)));
    const retention = { keep: options.keep, inUse };
    const common = { dir: this.checkpoints, stage, step, owner: this.owners[0], state, retention, arithmetic: this.arithmetic };
    const dir = await saveCheckpoint({ ...common, fill });
    await retainCheckpoints(this.checkpoints, stage, step, retention);
    return dir;
  }

  /** Where the checkpoint <stage>-<step> lies. */
  checkpointDir(stage: string, step: number): string {
    return files.join(this.checkpoints, stepName(stage, step));
  }

  /** Appends a row to metrics.jsonl; NaN and infinity become null, their names kept in `nonFinite`. */
  metrics(row: MetricsRow): Promise<void> {
    return this.log.append(row);
  }

  /** Writes every sample that the steps from `step` (counted from 1) are made of. */
  rollouts(stage: string, step: number, rows: readonly RolloutRow[]): Promise<void> {
    return writeRollouts(files.join(this.dir, 'rollouts'), stage, step, rows);
  }

  /**
   * For a stage that is made of rollouts alone and has no checkpoints: what it has written before it was stopped, step by step without a
   * gap, to go on after. Its rows of metrics go.
   */
  async goOnAfterRollouts(stage: string): Promise<RolloutRow[][]> {
    await this.log.drop((name) => name === stage);
    const written = (await listRollouts(files.join(this.dir, 'rollouts'))).filter((entry) => entry.stage === stage);
    const whole = written.filter(({ step }, i) => step === i + 1);
    await removeRolloutsAfter(files.join(this.dir, 'rollouts'), stage, whole.length);
    return Promise.all(whole.map(({ file }) => readRollouts(file)));
  }

  /** Writes what was dropped from a stage's data, in place of what that stage wrote before, into decontamination.jsonl. */
  async decontamination(stage: string, dropped: readonly object[]): Promise<void> {
    const file = files.join(this.dir, 'decontamination.jsonl');
    try {
      const others = (await readJsonLines(file)).filter((row) => row.stage !== stage);
      const rows = [...others, ...dropped.map((row) => ({ stage, ...row }))];
      if (rows.length > 0) await files.writeTextAtomic(file, rows.map(jsonLine).join(''));
      else await files.remove(file);
    } catch (error) {
      throw writeFailure(error, file, 'Nothing was trained yet.');
    }
  }

  /** Where an evaluation stage keeps its samples (evaluationDirectory.ts), and goes on from. */
  evaluationDir(stage: string): string {
    return files.join(this.dir, 'evaluations', stage);
  }

  /** Keeps what a run stopped over (a batch whose gradient was not finite, a sample that a reward choked on). Returns the file. */
  async incident(stage: string, step: number, what: string, data: object): Promise<string> {
    const dir = files.join(this.dir, 'incidents');
    const file = files.join(dir, `${stepName(stage, step)}-${what}.json`);
    try {
      await files.mkdir(dir);
      await files.writeTextAtomic(file, jsonLine(data));
    } catch (error) {
      throw writeFailure(error, file, 'The last checkpoint is whole.');
    }
    return file;
  }

  /** Where a stage that makes data keeps it: Parquet shards and a report.json. */
  dataDir(stage: string): string {
    return files.join(this.dir, 'data', stage);
  }

  /**
   * Marks a stage as done, with its result, which is JSON; `step` names its last checkpoint where it trained: by part, where it trained
   * several models and kept each under `partName(stage, part)`.
   */
  async finish(stage: string, result: unknown, step?: LastStep): Promise<void> {
    await this.log.sync();
    await addFinished(this.dir, stage, { step, result });
  }

  /** What a stage left; undefined where it is not done, or its last checkpoint is gone or damaged. */
  finished(stage: string): Promise<FinishedStage | undefined> {
    return finishedStage(this.dir, stage, this.ownersOf(stage), this.warn);
  }

  /**
   * Gives the lock back.
   * @param options.mistaken the run ended over a mistake of the user's: where nothing has happened in it yet, what `open` made is taken
   * away, for the mended recipe is another one and would be refused here
   */
  async close({ mistaken = false } = {}): Promise<void> {
    await this.log.close();
    const forget = mistaken && (await this.isUntouched());
    if (forget)
      for (const name of [
        'recipe.yaml',
        'began.json',
        'stages.json',
        'starts.jsonl',
        'metrics.jsonl',
        'decontamination.jsonl',
        'checkpoints',
        'rollouts',
      ])
        await files.remove(files.join(this.dir, name));
    await this.unlock();
    if (forget && this.made && (await files.list(this.dir)).length === 0) await files.remove(this.dir);
  }

  private async isUntouched(): Promise<boolean> {
    for (const folder of ['checkpoints', 'rollouts']) if ((await files.list(files.join(this.dir, folder))).length > 0) return false;
    for (const name of ['finished.json', 'incidents', 'evaluations', 'data'])
      if (await files.exists(files.join(this.dir, name))) return false;
    return this.log.length === 0;
  }

  private async keepRecords(records: Readonly<Record<string, StageRecord>>): Promise<void> {
    if (JSON.stringify(records) !== JSON.stringify(this.records)) await writeStageRecords(this.dir, records);
    this.records = records;
  }

  private get checkpoints(): string {
    return files.join(this.dir, 'checkpoints');
  }

  /** Of a stage that nothing is known of: the recipe's, as in directories of before. */
  private ownersOf(stage: string): string[] {
    const whole = stageOfPart(stage);
    return Object.hasOwn(this.records, whole) ? ownersOf(this.records[whole]) : [this.recipe];
  }
}

/** What checkpoints of before stages had fingerprints of their own remember: the recipe's, whatever its comments and layout. */
export async function recipeFingerprint(dir: string): Promise<string> {
  return sha256(JSON.stringify(parse(await files.readText(files.join(dir, 'recipe.yaml')))));
}

async function keepBeginning(file: string): Promise<string> {
  if (!(await files.exists(file))) await files.writeTextAtomic(file, jsonLine({ began: isoDate() }));
  const { began } = JSON.parse(await files.readText(file)) as { began: string };
  return began;
}
