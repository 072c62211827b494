// report.html: one file that shows a run, its results beside the paper's, its curves, its samples, without a script or anything from elsewhere.
// Made from what the run's directory holds at the moment, also of a run that is under way or was stopped (docs/report.md).
import { join, writeTextAtomic } from '../platform/files.ts';
import { page } from './page.ts';
import { type RunFiles, readRun } from './runFiles.ts';
import { type Answers, readAnswers } from './samples.ts';

/**
 * Writes the report of the run in `dir` to `file`, or to report.html of the run. Returns the file.
 * @throws InputError where there is no run
 */
export async function writeReport(dir: string, file?: string): Promise<string> {
  const run = await readRun(dir);
  const to = file ?? join(run.dir, 'report.html');
  await writeTextAtomic(to, page(run, await allAnswers(run)));
  return to;
}

/** Of each task, what all models answered, in the order of the stages. */
async function allAnswers({ stages }: RunFiles): Promise<Answers[]> {
  const places = stages.flatMap((stage) => stage.places);
  const answers: Answers[] = [];
  for (const task of new Set(places.map((place) => place.task))) {
    const found = await readAnswers(
      task,
      places.filter((place) => place.task === task),
    );
    if (found) answers.push(found);
  }
  return answers;
}
