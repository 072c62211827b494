// finished.json of a run's directory: what each stage that is done has left. Whatever a later stage gets of it is found from this alone.
import * as files from '../platform/files.ts';
import { newestCheckpoint } from './checkpoints.ts';
import { writeFailure } from './failure.ts';
import { isOfStage, partName } from './names.ts';

/** What a finished stage left: its result for the report, and its last checkpoint where it trained. */
export interface FinishedStage {
  step?: number;
  /** Directory of the last checkpoint, absolute. */
  dir?: string;
  /** Of a stage that trained several models: the directory of each one's last checkpoint, absolute. */
  parts?: Record<string, string>;
  result: unknown;
}

/** `step`: of the last checkpoint; by part where the stage trained several models. */
interface Entry {
  step?: LastStep;
  result: unknown;
}

export type LastStep = number | Readonly<Record<string, number>>;

const fileOf = (dir: string): string => files.join(dir, 'finished.json');

async function readFinished(dir: string): Promise<Record<string, Entry>> {
  const file = fileOf(dir);
  return (await files.exists(file)) ? JSON.parse(await files.readText(file)) : {};
}

async function writeFinished(dir: string, all: Readonly<Record<string, Entry>>, what: string): Promise<void> {
  try {
    await files.writeTextAtomic(fileOf(dir), `${JSON.stringify(all, null, 1)}\n`);
  } catch (error) {
    throw writeFailure(error, what, 'The last checkpoint is whole.');
  }
}

export async function addFinished(dir: string, stage: string, entry: Entry): Promise<void> {
  await writeFinished(dir, { ...(await readFinished(dir)), [stage]: entry }, `the end of stage ${stage}`);
}

export async function removeFinished(dir: string, stages: ReadonlySet<string>): Promise<void> {
  const all = await readFinished(dir);
  const left = Object.entries(all).filter(([name]) => ![...stages].some((stage) => isOfStage(name, stage)));
  if (left.length < Object.keys(all).length) await writeFinished(dir, Object.fromEntries(left), 'finished.json');
}

/** The step of the checkpoint that a stage hands on, which need not be its newest; undefined where it is not done, or hands on none or several. */
export async function handedOnStep(dir: string, stage: string): Promise<number | undefined> {
  const all = await readFinished(dir);
  const step = Object.hasOwn(all, stage) ? all[stage].step : undefined;
  return typeof step === 'number' ? step : undefined;
}

/** Whether the stage is marked as done, or one of its several models is. */
export async function hasFinished(dir: string, stage: string): Promise<boolean> {
  return Object.keys(await readFinished(dir)).some((name) => isOfStage(name, stage));
}

/**
 * What a stage left; undefined where it is not done, or a last checkpoint is gone or damaged.
 * @param owners the fingerprints that its checkpoints may have
 */
export async function finishedStage(
  dir: string,
  stage: string,
  owners: readonly string[],
  warn: (message: string) => void,
): Promise<FinishedStage | undefined> {
  const all = await readFinished(dir);
  if (!Object.hasOwn(all, stage)) return undefined;
  const { step, result } = all[stage];
  if (step === undefined) return { result };
  const last = async (name: string, at: number): Promise<string | undefined> => {
    const checkpoint = await newestCheckpoint(files.join(dir, 'checkpoints'), name, owners, warn, at);
    return checkpoint?.step === at ? checkpoint.dir : undefined;
  };
  if (typeof step === 'number') {
    const found = await last(stage, step);
    return found === undefined ? undefined : { step, dir: found, result };
  }
  const parts: Record<string, string> = {};
  for (const [part, at] of Object.entries(step)) {
    const found = await last(partName(stage, part), at);
    if (found === undefined) return undefined;
    parts[part] = found;
  }
  return { parts, result };
}
