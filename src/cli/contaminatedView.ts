// `thinkling data TRAIN --against EVAL...`: the rows of training data that decontamination would drop, each with what it shares.

import { streamRows } from '../datasets/rows.ts';
import { InputError } from '../platform/errors.ts';
import { Decontamination } from '../stages/decontamination.ts';
import type { Task, TaskContext } from '../tasks/task.ts';
import type { DataRequest, SourceView } from './dataSource.ts';

/** @param data a file, a directory or a name on the hub */
export async function ofContaminated(data: string, split: string, request: DataRequest): Promise<SourceView> {
  const decontamination = await opened(request);
  for await (const { place, row } of streamRows(data, split)) decontamination.isClean(place, row);
  return view(decontamination, request);
}

/** Of a task's rows to train on. */
export async function ofContaminatedTask(task: Task, context: TaskContext, request: DataRequest): Promise<SourceView> {
  const decontamination = await opened(request);
  for (const row of (await task.load(context)).train) decontamination.isClean(row.id, row);
  return view(decontamination, request);
}

async function opened({ against = [], heldOut }: DataRequest): Promise<Decontamination> {
  if (heldOut) throw new InputError('--against looks at what is trained on: take out --held-out');
  return Decontamination.open(against);
}

function view({ summary, dropped }: Decontamination, { from, number }: DataRequest): SourceView {
  if (from > 0 && from >= dropped.length) throw new InputError(`--from ${from}: ${dropped.length} rows would be dropped, counted from 0`);
  const items = dropped.slice(from, from + number).map((row) => ({
    title: row.id,
    prompt: row.words,
    remark: `in ${row.evaluationRow} of ${row.evaluation}`,
    row: { ...row },
  }));
  const rest = dropped.length - items.length;
  const hint = rest > 0 ? [`Below: ${items.length} of them (-n ${dropped.length} shows all).`] : [];
  return { about: [`${summary}.`, ...hint], items };
}
