// Completions from a file: what another program drew, or details.jsonl of an earlier evaluation, judged as if it had just been sampled.
import { didYouMean } from '../../algorithms/nearest.ts';
import { type DataRow, readFile } from '../../datasets/formats.ts';
import { columnsFound } from '../../datasets/rows.ts';
import { InputError } from '../../platform/errors.ts';
import { isFile } from '../../platform/files.ts';
import type { TaskRow } from '../../tasks/task.ts';
import type { Completion, CompletionSource } from './completions.ts';

/**
 * A row names its problem by `problem` or `id`: the problem's id in the task, or its number there, counted from 0. It has one `completion` (and
 * may have its `tokens` and `stopReason` or `finish_reason`) or a list of `completions`; several rows of a problem are its samples, in their order.
 * @param rows the problems that are measured, every one of which must have completions, all as many
 * @param all further problems of the task, whose completions are passed over
 * @returns the source, and how many samples a problem has
 * @throws InputError naming the row's place, the problem that is not known, or those that have too few
 */
export async function storedCompletions(
  file: string,
  rows: readonly TaskRow[],
  all: readonly TaskRow[],
): Promise<CompletionSource & { samples: number }> {
  if (!(await isFile(file))) throw new InputError(`there is no file ${file}: --completions names one with stored completions`);
  const stored = new Map<string, Completion[]>(all.map(({ id }) => [id, []]));
  for await (const read of readFile(file)) stored.get(problemOf(read, all, stored))?.push(...completionsOf(read));
  const counts = rows.map(({ id }) => stored.get(id)?.length ?? 0);
  const missing = rows.filter((_, i) => counts[i] === 0);
  if (missing.length > 0)
    throw new InputError(
      `${file}: ${missing.length} of ${rows.length} problems have no completion (${named(missing)}): add them, or measure on fewer with --limit`,
    );
  const samples = Math.max(...counts);
  const fewer = rows.filter((_, i) => counts[i] < samples);
  if (fewer.length > 0)
    throw new InputError(
      `${file}: ${fewer.length} of ${rows.length} problems have fewer than ${samples} completions (${named(fewer)}): every problem must have as many as the others`,
    );
  return {
    async complete(problems, each) {
      for (const problem of problems) each(problem, stored.get(rows[problem].id) ?? []);
    },
    samples,
    atOnce: 64,
    sliding: false,
  };
}

function named(rows: readonly TaskRow[]): string {
  const first = rows.slice(0, 3).map(({ id }) => id);
  return `${first.join(', ')}${rows.length > 3 ? ', ...' : ''}`;
}

function problemOf({ place, row }: DataRow, all: readonly TaskRow[], known: ReadonlyMap<string, unknown>): string {
  const given = row.problem ?? row.id;
  if (typeof given === 'string' && known.has(given)) return given;
  // CSV has texts alone.
  const number = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number < all.length) return all[number].id;
  if (given === undefined || given === null)
    throw new InputError(
      `${place}: it names no problem: give "id" (or "problem"), the problem's id or its number from 0; ${columnsFound(row)}`,
    );
  const ids = all.map(({ id }) => id);
  const hint = typeof given === 'string' ? didYouMean(given, ids).replace(/^; there .*/, '') : '';
  throw new InputError(
    `${place}: the task has no problem ${JSON.stringify(given, (_, value) => (typeof value === 'bigint' ? String(value) : value))}${hint}; it has ${all.length}, from ${ids[0]} to ${ids.at(-1)}, or by number 0 to ${all.length - 1}`,
  );
}

function completionsOf({ place, row }: DataRow): Completion[] {
  const { completion, completions } = row;
  if (completion === undefined && Array.isArray(completions) && completions.length > 0) {
    const texts = completions.filter((text) => typeof text === 'string');
    if (texts.length === completions.length) return texts.map((text) => ({ text }));
  }
  if (typeof completion !== 'string' || completions !== undefined)
    throw new InputError(`${place}: it must have one of "completion", a text, and "completions", a list of texts; ${columnsFound(row)}`);
  const end = row.stopReason ?? row.finish_reason;
  if (end !== undefined && end !== null && typeof end !== 'string')
    throw new InputError(`${place}: "stopReason" must be "stop" or "length"`);
  const { tokens } = row;
  if (tokens !== undefined && tokens !== null && !(typeof tokens === 'number' && Number.isInteger(tokens) && tokens >= 0))
    throw new InputError(`${place}: "tokens" must be a whole number, how many were generated`);
  return [
    {
      text: completion,
      ...(typeof tokens === 'number' ? { tokens } : {}),
      ...(typeof end === 'string' ? { stopReason: end === 'length' ? 'length' : 'stop' } : {}),
    },
  ];
}
