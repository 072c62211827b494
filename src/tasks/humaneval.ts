// HumanEval: Python functions by signature and docstring, judged by check(candidate). Its columns: task_id, prompt, entry_point, test. Held out only.
import { hasSplit } from '../datasets/files.ts';
import { type DataRow, readRows } from '../datasets/rows.ts';
import { codeProblem } from '../rewards/code/layouts.ts';
import { atPlace } from '../rewards/code/problem.ts';
import { codeTask } from './codeTask.ts';
import type { LoadedTask, Task, TaskContext, TaskRow } from './task.ts';

const hub = 'openai/openai_humaneval';

/** HumanEval as a task, all of it held out: it is made to measure with. `data` names HumanEval.jsonl or a data set. */
export function humanEvalTask(): Task {
  return codeTask('humaneval', load);
}

async function load({ data = hub, columns }: TaskContext): Promise<LoadedTask> {
  const split = (await hasSplit(data, 'test')) ? 'test' : 'train';
  const rows = await readRows(data, ['task_id', 'prompt', 'entry_point', 'test'], { split, columns });
  return { train: [], heldOut: rows.map(taskRow) };
}

function taskRow({ place, row }: DataRow): TaskRow {
  const tests = atPlace(place, () => codeProblem(row));
  const content = `Complete this Python function. Give all of it, with its imports, in one block, after \`\`\`python.\n\n\`\`\`python\n${String(row.prompt).trim()}\n\`\`\``;
  return { ...row, id: String(row.task_id), prompt: [{ role: 'user', content }], domain: 'humaneval', tests };
}
