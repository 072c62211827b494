// The data that a stage makes: a directory that is there whole or not at all, as data sets lie on the hub (README.md names the splits), with
// a report.json beside the files.

import * as files from '../platform/files.ts';
import { writeFailure } from './failure.ts';

/**
 * Makes the directory `dir` in place of what was there.
 * @param fill writes the data into an empty directory
 */
export async function writeDataDirectory(dir: string, report: object, fill: (into: string) => Promise<void>): Promise<void> {
  const temporary = `${dir}.tmp`;
  try {
    await files.remove(temporary);
    await files.mkdir(temporary);
    await fill(temporary);
    await files.writeTextAtomic(files.join(temporary, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
    await files.remove(dir);
    await files.rename(temporary, dir);
  } catch (error) {
    await files.remove(temporary).catch(() => {});
    throw writeFailure(error, dir, 'What was sampled and judged is kept.');
  }
}
