// What a stage has left in a run's directory, whether it is done or not: checkpoints, rollouts, an evaluation, data, rows of metrics.
import * as files from '../platform/files.ts';
import { hasFinished, removeFinished } from './finishedStages.ts';
import { readJsonLines } from './jsonLines.ts';
import type { MetricsFile } from './metrics.ts';
import { isOfStage, parseStepName } from './names.ts';

/** Folders of a directory or file for each step of a stage, and of one for each stage. Checkpoints go first: what a run goes on from needs the rest. */
const byStep = ['checkpoints', 'rollouts'];
const byStage = ['evaluations', 'data'];

export async function hasTraces(dir: string, stage: string): Promise<boolean> {
  if ((await hasFinished(dir, stage)) || (await tracesOf(dir, stage)).length > 0) return true;
  return (await readJsonLines(files.join(dir, 'metrics.jsonl'))).some((row) => isOfStage(String(row.stage), stage));
}

/**
 * Takes away everything of `stages`. Killed at any moment it leaves what the rest can be taken away from, or gone on with: a stage that is no
 * longer marked as done, from its last to its first, each one's rows of metrics after all that they tell of.
 */
export async function removeTraces(dir: string, stages: readonly string[], metrics: MetricsFile): Promise<void> {
  await removeFinished(dir, new Set(stages));
  for (const stage of [...stages].reverse()) {
    for (const path of await tracesOf(dir, stage)) {
      // A directory goes file by file, its name goes at once.
      const doomed = files.join(files.dirname(path), `.gone-${files.basename(path)}`);
      await files.remove(doomed);
      await files.rename(path, doomed);
      await files.remove(doomed);
    }
    await metrics.drop((name) => isOfStage(name, stage));
  }
}

/** Removes what a killed process was about to take away, and what it had not written to its end. */
export async function tidyTraces(dir: string): Promise<void> {
  for (const folder of [...byStage, 'rollouts'])
    if (await files.isDirectory(files.join(dir, folder)))
      for (const name of await files.list(files.join(dir, folder)))
        if (name.startsWith('.gone-') || (folder === 'data' && name.endsWith('.tmp'))) await files.remove(files.join(dir, folder, name));
  for (const folder of byStage) await removeUnwritten(files.join(dir, folder));
}

/** Files that were being written, at any depth. */
async function removeUnwritten(dir: string): Promise<void> {
  if (!(await files.isDirectory(dir))) return;
  for (const name of await files.list(dir)) {
    const path = files.join(dir, name);
    if (await files.isDirectory(path)) await removeUnwritten(path);
    else if (name.endsWith('.tmp')) await files.remove(path);
  }
}

async function tracesOf(dir: string, stage: string): Promise<string[]> {
  const found: string[] = [];
  for (const folder of [...byStep, ...byStage]) {
    const path = files.join(dir, folder);
    if (!(await files.isDirectory(path))) continue;
    for (const name of await files.list(path)) {
      const owner = byStage.includes(folder) ? name : parseStepName(name.replace(/\.jsonl$/, ''))?.stage;
      if (owner !== undefined && isOfStage(owner, stage)) found.push(files.join(path, name));
    }
  }
  return found;
}
