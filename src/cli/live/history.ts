// The rows of metrics.jsonl of a stage that is taken up again, for its curves.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Synchronous: it is read between two events. What cannot be read is not drawn; the run itself says what is wrong with its files. */
export function historyOf(run: string, stage: string): Record<string, unknown>[] {
  let text: string;
  try {
    text = readFileSync(join(run, 'metrics.jsonl'), 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    try {
      const row: unknown = JSON.parse(line);
      return typeof row === 'object' && row !== null && 'stage' in row && row.stage === stage ? [row as Record<string, unknown>] : [];
    } catch {
      return [];
    }
  });
}
