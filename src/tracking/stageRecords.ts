// stages.json of a run's directory: what each stage was begun from. It tells whether a stage that has begun, or is done, is the one that a
// recipe asks for now; checkpoints are bound to its fingerprint.
import * as files from '../platform/files.ts';
import { writeFailure } from './failure.ts';

export interface StageRecord {
  /** Fingerprint of what the stage is made from: its checkpoints remember it. */
  fingerprint: string;
  /** What its checkpoints of before such fingerprints remember: that of the whole recipe. */
  recipe?: string;
  /** Settings and inputs, in whatever form recipe/ compares them. */
  from: unknown;
}

const fileOf = (dir: string): string => files.join(dir, 'stages.json');

/** By stage; undefined where the directory has no such file: it is new, or from before there was one. */
export async function readStageRecords(dir: string): Promise<Record<string, StageRecord> | undefined> {
  const file = fileOf(dir);
  return (await files.exists(file)) ? JSON.parse(await files.readText(file)) : undefined;
}

export async function writeStageRecords(dir: string, records: Readonly<Record<string, StageRecord>>): Promise<void> {
  const file = fileOf(dir);
  try {
    await files.writeTextAtomic(file, `${JSON.stringify(records, null, 1)}\n`);
  } catch (error) {
    throw writeFailure(error, file, 'What is done is kept.');
  }
}

/** The fingerprints that checkpoints of the stage may have. */
export function ownersOf(record: StageRecord): string[] {
  return record.recipe === undefined ? [record.fingerprint] : [record.fingerprint, record.recipe];
}
