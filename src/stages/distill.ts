// Distillation as DeepSeek-R1's: smaller models learn from the curated texts of a larger one, one student after another, each from its own
// base (arXiv 2501.12948, section 2.4: SFT alone). With a teacher beside the texts a student learns its distribution over each token.

import { InputError } from '../platform/errors.ts';
import { partName } from '../tracking/names.ts';
import { Interrupted, type StageContext } from './context.ts';
import type { DistillSettings } from './settings.ts';
import { learnExamples } from './sft.ts';

export interface DistillContext extends StageContext {
  /** A file, a directory or a name on the hub. */
  data: string;
  /** Each student's start, by name; a directory or a .gguf file. */
  students: Readonly<Record<string, string>>;
  teacher?: string;
}

/** Teaches the students that are not done. Returns the directory of each one's last checkpoint, by name. */
export async function distill(settings: DistillSettings, context: DistillContext): Promise<Record<string, string>> {
  const { name, run, students, teacher, report, signal } = context;
  const { kind, students: _, teacher: __, topK, ...examples } = settings;
  const teaching = teacher === undefined || topK === undefined ? undefined : { teacher, topK };
  const made: Record<string, string> = {};
  const steps: Record<string, number> = {};
  for (const [student, model] of Object.entries(students)) {
    const stage = partName(name, student);
    const done = await run.finished(stage);
    if (done) report({ type: 'note', stage, message: `student ${student} is done already` });
    else {
      if (signal.aborted) throw new Interrupted(stage, 0);
      await learnExamples({ kind, ...examples }, { ...context, name: stage, model }, teaching).catch((error) => {
        throw error instanceof InputError ? new InputError(`student ${student} (${model}): ${error.message}`, { cause: error }) : error;
      });
    }
    const { dir, step } = (await run.finished(stage)) ?? {};
    if (dir === undefined || step === undefined) throw new Error(`student ${student} came to its end and left no checkpoint`);
    made[student] = dir;
    steps[student] = step;
  }
  await run.finish(name, { students: Object.keys(made) }, steps);
  return made;
}
