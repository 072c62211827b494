// rollouts/<stage>-<step>.jsonl: every sample that a step was made of, to be looked at later. A file appears whole or not at all.
import * as files from '../platform/files.ts';
import { writeFailure } from './failure.ts';
import { jsonLine, readJsonLines } from './jsonLines.ts';
import { parseStepName, stepName } from './names.ts';

/** One sample. */
export interface RolloutRow {
  /** The prompt's row in the task. */
  prompt: string;
  /** Which of the prompt's samples. */
  sample: number;
  text: string;
  /** Number of generated tokens. */
  tokens: number;
  /** Each reward by name; null = it does not apply. */
  rewards: Record<string, number | null>;
  /** Weighted sum; null where the sample has no reward. */
  reward: number | null;
  advantage: number | null;
  /** Version of the policy that made it. */
  version: number;
  stopReason: string;
  /** Of a response of several turns: 1 for each token that the model wrote, 0 for the environment's; and the turns. */
  own?: number[];
  turns?: { by: 'model' | 'environment'; text: string; reward?: number }[];
  [column: string]: unknown;
}

export async function writeRollouts(dir: string, stage: string, step: number, rows: readonly RolloutRow[]): Promise<void> {
  const file = files.join(dir, `${stepName(stage, step)}.jsonl`);
  try {
    await files.writeTextAtomic(file, rows.map(jsonLine).join(''));
  } catch (error) {
    throw writeFailure(error, `the rollouts of step ${step}`, 'The last checkpoint is whole.');
  }
}

/** Removes the files of `stage` after `step`; all of them where no step is given. */
export async function removeRolloutsAfter(dir: string, stage: string, step: number | undefined): Promise<void> {
  for (const entry of await listRollouts(dir))
    if (entry.stage === stage && (step === undefined || entry.step > step)) await files.remove(entry.file);
}

/** The rollout files of a run's `rollouts` folder by stage and number of the step. */
export async function listRollouts(dir: string): Promise<{ stage: string; step: number; file: string }[]> {
  if (!(await files.isDirectory(dir))) return [];
  const entries = (await files.list(dir)).flatMap((name) => {
    const parsed = name.endsWith('.jsonl') ? parseStepName(name.slice(0, -'.jsonl'.length)) : undefined;
    return parsed ? [{ ...parsed, file: files.join(dir, name) }] : [];
  });
  return entries.sort((a, b) => (a.stage < b.stage ? -1 : a.stage > b.stage ? 1 : a.step - b.step));
}

export async function readRollouts(file: string): Promise<RolloutRow[]> {
  return (await readJsonLines(file)) as RolloutRow[];
}
