// MBPP: short Python functions by their description, judged by assert statements. Its columns: text (or prompt), code, test_list, test_setup_code,
// challenge_test_list, task_id.
import { hasSplit } from '../datasets/files.ts';
import { type DataRow, readRows } from '../datasets/rows.ts';
import { InputError } from '../platform/errors.ts';
import { codeProblem } from '../rewards/code/layouts.ts';
import { atPlace } from '../rewards/code/problem.ts';
import { codeTask } from './codeTask.ts';
import type { LoadedTask, Task, TaskContext, TaskRow } from './task.ts';

const hub = 'google-research-datasets/mbpp:full';
/** The published splits by task_id; 1-10 are for prompts, 511-600 for validation. */
const splits = { heldOut: [11, 510], train: [601, 974] } as const;

/** MBPP as a task: trained on are the task_ids 601 to 974, held out 11 to 510, as published. `data` names a file with all of them, or a data set. */
export function mbppTask(): Task {
  return codeTask('mbpp', load);
}

async function load({ data = hub, columns }: TaskContext): Promise<LoadedTask> {
  const wanted = ['task_id', 'text', 'test_list'];
  const read = (split: string): Promise<DataRow[]> => readRows(data, wanted, { split, columns });
  const rows = [...(await read('train')), ...((await hasSplit(data, 'test')) ? await read('test') : [])];
  const within = (part: keyof typeof splits): DataRow[] =>
    rows.filter(({ row }) => Number(row.task_id) >= splits[part][0] && Number(row.task_id) <= splits[part][1]);
  const [train, heldOut] = [within('train'), within('heldOut')];
  if (train.length + heldOut.length === 0)
    throw new InputError(`${data}: no row has a task_id of MBPP's splits (held out 11 to 510, trained on 601 to 974)`);
  // Three tests are shown as published figures have it. In training one, which names the function: what is shown can be learnt by heart.
  return { train: train.map((row) => taskRow(row, 1)), heldOut: heldOut.map((row) => taskRow(row, 3)) };
}

function taskRow({ place, row }: DataRow, shown: number): TaskRow {
  const tests = atPlace(place, () => codeProblem(row));
  const examples = (row.test_list as unknown[]).slice(0, shown).map(String).join('\n');
  const question = `You are an expert Python programmer, and here is your task: ${String(row.text).trim()}`;
  const instruction = `Your code should pass ${shown === 1 ? 'tests such as this' : 'these tests'}:\n\n${examples}\n\nGive all of the code in one block, after \`\`\`python.`;
  return { ...row, id: `mbpp/${row.task_id}`, prompt: [{ role: 'user', content: `${question} ${instruction}` }], domain: 'mbpp', tests };
}
