// The responses that are curated, and where they come from: sampled by the model, prompt by prompt (sampled.ts), or given (given.ts).
import type { Row } from '../../datasets/analytics.ts';
import { parseJson, stringifyJson } from '../../formats/jsonl.ts';
import { sha256 } from '../../platform/hash.ts';
import type { TaskRow } from '../../tasks/task.ts';

export interface Candidate {
  /** Of the prompt: all its columns. */
  row: TaskRow;
  /** Which of the prompt's responses. */
  sample: number;
  response: string;
  tokens: number;
  /** "length": cut at the limit. */
  stopReason: string;
  /** The task's accuracy; null where no rule applies. */
  correct: number | null;
}

/** SQL types of generated/. */
export const candidateColumns = {
  id: 'VARCHAR',
  task: 'VARCHAR',
  domain: 'VARCHAR',
  // JSON: whatever columns a task has.
  row: 'VARCHAR',
  sample: 'INTEGER',
  response: 'VARCHAR',
  tokens: 'INTEGER',
  stop_reason: 'VARCHAR',
  correct: 'DOUBLE',
};

/** @param task the name of the task that the prompt is of, where there is one task */
export function candidateRow({ row, sample, response, tokens, stopReason, correct }: Candidate, task: string): Row {
  const { id, domain = task } = row;
  return {
    ...{ id, task: typeof row.task === 'string' ? row.task : task, domain, row: stringifyJson(row) },
    ...{ sample, response, tokens, stop_reason: stopReason, correct },
  };
}

export function candidateOf(row: Row): Candidate {
  return {
    row: parseJson(row.row as string) as unknown as TaskRow,
    sample: row.sample as number,
    response: row.response as string,
    tokens: row.tokens as number,
    stopReason: row.stop_reason as string,
    correct: row.correct as number | null,
  };
}

/**
 * Gives candidates that were read back the rows that the task made, of the same content: a task of several knows its parts' rows by those alone.
 * @param rows that were sampled
 */
export function withRowsOf(rows: readonly TaskRow[]): <C extends Candidate>(candidate: C) => C {
  const key = (row: TaskRow): string => sha256(stringifyJson(row));
  const made = new Map(rows.map((row) => [key(row), row]));
  return (candidate) => ({ ...candidate, row: made.get(key(candidate.row)) ?? candidate.row });
}
