// starts.jsonl: when the run was begun and each time it was taken up again, by which versions of the programs and on what machine.
import { isoDate } from '../platform/clock.ts';
import * as files from '../platform/files.ts';
import { memoryBound } from '../platform/memory.ts';
import { runtime } from '../platform/process.ts';
import { writeFailure } from './failure.ts';
import { jsonLine } from './jsonLines.ts';

/** A line of starts.jsonl. */
export interface Start {
  /** ISO 8601. */
  at: string;
  thinkling: string;
  node: string;
  onnxruntime: string;
  system: string;
  /** Threads and processor. */
  machine: string;
  memoryBytes: number;
}

/** Of the run's directory `dir`; @param machine the engine's words for what it computes with */
export async function noteStart(dir: string, machine: string): Promise<void> {
  const file = files.join(dir, 'starts.jsonl');
  const { version, dependencies } = JSON.parse(await files.readText(files.pathOf(new URL('../../package.json', import.meta.url)))) as {
    version: string;
    dependencies: Record<string, string>;
  };
  const start: Start = {
    ...{ at: isoDate(), thinkling: version, onnxruntime: dependencies['onnxruntime-node'], ...runtime() },
    ...{ machine, memoryBytes: memoryBound().total },
  };
  try {
    // A line that was cut short is no part of the next one.
    const before = (await files.exists(file)) ? await files.readText(file) : '';
    await files.writeTextAtomic(file, before.slice(0, before.lastIndexOf('\n') + 1) + jsonLine(start));
  } catch (error) {
    throw writeFailure(error, file, 'Nothing of the run is lost.');
  }
}
