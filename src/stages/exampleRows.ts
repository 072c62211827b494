// The rows that a stage learns from: of the user's data, or lab:general, the examples of the lab's general half that come with the program.

import { type DataRow, streamRows } from '../datasets/rows.ts';
import { InputError } from '../platform/errors.ts';
import { labGeneral, labGeneralExamples } from '../tasks/lab/general/rows.ts';

/**
 * The rows of one split.
 * @param data a file, a directory, a name on the hub, or lab:general, of which the seed draws as many rows as lab-general has training prompts
 * @throws InputError
 */
export async function* exampleRows(data: string, split: string, seed: number): AsyncGenerator<DataRow> {
  if (data !== labGeneral) return yield* streamRows(data, split);
  if (split !== 'train') throw new InputError(`${labGeneral} has no split "${split}": its rows are all to learn from`);
  let line = 0;
  for (const example of labGeneralExamples(seed)) {
    line++;
    yield { place: `${labGeneral}: row ${line}`, file: labGeneral, line, row: { ...example } };
  }
}
