// Published sets that models are measured on: MATH-500, AIME, AMC, GPQA. All of their rows are held out, so that no recipe trains on them.
// Each knows its place on the hub; a local copy with the same columns does as well.
import { hasSplit } from '../datasets/files.ts';
import { mathTask, readProblems } from './math.ts';
import { multipleChoiceTask, readChoices } from './multipleChoice.ts';
import { namedOr } from './questions.ts';
import type { Task, TaskContext, TaskRow } from './task.ts';

const mathematics: Record<string, string> = {
  math500: 'HuggingFaceH4/MATH-500',
  aime24: 'HuggingFaceH4/aime_2024',
  aime25: 'math-ai/aime25',
  amc23: 'math-ai/amc23',
};

const choices: Record<string, string> = {
  gpqa: 'Idavidrein/gpqa:gpqa_diamond',
};

/** By name. Mathematics with the columns of the task `math`, multiple choice with those of `multiple-choice`. */
export const benchmarkTasks: Record<string, () => Task> = {
  ...Object.fromEntries(
    Object.entries(mathematics).map(([name, onHub]) => [
      name,
      () =>
        measuredOn(name, onHub, mathTask({ name, template: 'chat' }), (data, split, { columns }) =>
          readProblems(data, 'chat', { split, columns }),
        ),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(choices).map(([name, onHub]) => [
      name,
      () =>
        measuredOn(name, onHub, multipleChoiceTask(name), (data, split, { columns, seed }) => readChoices(data, { split, columns }, seed)),
    ]),
  ),
};

/**
 * A task of which all rows are held out: those of the split `test`, else of the only one. A row's id is its number in the set, `aime24/0`.
 * @param onHub the data where none is named
 */
export function measuredOn(
  name: string,
  onHub: string,
  task: Task,
  read: (data: string, split: string, context: TaskContext) => Promise<TaskRow[]>,
): Task {
  return {
    ...task,
    load: (context) =>
      namedOr(onHub, context.data, async (data) => {
        const rows = await read(data, (await hasSplit(data, 'test')) ? 'test' : 'train', context);
        return { train: [], heldOut: rows.map((row, i) => ({ ...row, id: `${name}/${i}`, domain: name })) };
      }),
  };
}
