// What the stages of a run have made, as far as it has come: all of it found from what the run's directory keeps, in whatever process it
// was made.

import { isDirectory } from '../platform/files.ts';
import type { Evaluation, EvaluationTable } from '../stages/context.ts';
import { isEvaluation } from '../stages/evaluate.ts';
import type { Selection } from '../stages/select.ts';
import { partName } from '../tracking/names.ts';
import type { RunDirectory } from '../tracking/runDirectory.ts';
import type { RunResult } from './run.ts';
import type { Reference, WiredStage } from './wiring.ts';

export class Outputs {
  /** Of every stage, by name, as finished.json has it. */
  readonly results: Record<string, unknown> = {};
  readonly all: Omit<RunResult, 'dir'> = { checkpoints: {}, rewardModels: {}, data: {}, evaluations: {}, tables: {}, selections: {} };

  /** Takes what a stage has made; false where it is not done, or what it made is gone. */
  async take(run: RunDirectory, { name, kind, settings }: WiredStage): Promise<boolean> {
    const finished = await run.finished(name);
    if (finished === undefined) return false;
    const { dir, parts = {}, result } = finished;
    const data = run.dataDir(name);
    if (kind.makes === 'data' && !(await isDirectory(data))) return false;
    this.results[name] = result;
    if (kind.makes === 'model' && dir !== undefined) this.all.checkpoints[name] = dir;
    if (kind.makes === 'models') for (const [part, path] of Object.entries(parts)) this.all.checkpoints[partName(name, part)] = path;
    if (kind.makes === 'rewardModel' && dir !== undefined) this.all.rewardModels[name] = dir;
    if (kind.makes === 'data') this.all.data[name] = data;
    if (kind.makes === 'prompts') this.all.selections[name] = result as Selection;
    if (settings.kind === 'evaluate') {
      const measured = result as Evaluation | EvaluationTable;
      if (isEvaluation(measured)) this.all.evaluations[name] = measured;
      else this.all.tables[name] = measured;
    }
    return true;
  }

  /** Where it lies: absolute. The recipe was checked: what it refers to has been made. */
  pathOf({ stage, part }: Reference): string {
    const name = part === undefined ? stage : partName(stage, part);
    const { checkpoints, rewardModels, data } = this.all;
    const path = checkpoints[name] ?? rewardModels[name] ?? data[name];
    if (path === undefined) throw new Error(`stage ${stage} has made no $${name}`);
    return path;
  }
}
