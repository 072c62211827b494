// A judge stage's data on disk: Parquet in TRL's columns, a directory as data sets lie on the hub. Pairs are its default subset; labelled
// responses lie in pointwise/.

import { Analytics, type Row } from '../../datasets/analytics.ts';
import { cardName } from '../../datasets/card.ts';
import { InputError } from '../../platform/errors.ts';
import { join, mkdir, writeTextAtomic } from '../../platform/files.ts';
import type { TaskRow } from '../../rewards/reward.ts';
import { writeDataDirectory } from '../../tracking/dataDirectory.ts';
import type { JudgedData, Split } from './judgedPairs.ts';

/** Rows of one file: what has to be held at a time. */
const rowsAFile = 20_000;

const messages = 'STRUCT("role" VARCHAR, content VARCHAR)[]';

/** Writes `dir`, whole or not at all. @param chat the prompts are messages; then chosen and rejected are one of the assistant's each */
export async function writeJudged(dir: string, { pairs, labelled, report }: JudgedData, chat: boolean): Promise<void> {
  const content = chat ? messages : 'VARCHAR';
  const said = (text: string): Row[string] => (chat ? [{ role: 'assistant', content: text }] : text);
  const rowOf = ({ id, prompt, domain }: TaskRow): Row => ({ id, domain: domain ?? null, prompt: prompt as Row[string] });
  const common = { id: 'VARCHAR', domain: 'VARCHAR', prompt: content };
  await writeDataDirectory(dir, report, async (into) => {
    const analytics = await Analytics.open(join(into, '.spill'));
    const write = async <T>(set: Split<T>, folder: string, columns: Record<string, string>, row: (one: T) => Row): Promise<void> => {
      for (const [split, all] of [['train', set.train] as const, ['test', set.heldOut] as const]) {
        if (all.length === 0) continue;
        const place = join(into, folder, split);
        await mkdir(place);
        for (let from = 0, part = 0; from < all.length; from += rowsAFile, part++) {
          const file = join(place, `part-${String(part).padStart(5, '0')}.parquet`);
          await analytics.writeParquet(file, columns, all.slice(from, from + rowsAFile).map(row));
        }
      }
    };
    try {
      await write(pairs, '', { ...common, chosen: content, rejected: content, margin: 'DOUBLE' }, ({ row, chosen, rejected, margin }) => ({
        ...rowOf(row),
        ...{ chosen: said(chosen), rejected: said(rejected), margin },
      }));
      await write(labelled, 'pointwise', { ...common, response: content, label: 'INTEGER' }, ({ row, response, label }) => ({
        ...rowOf(row),
        ...{ response: said(response), label },
      }));
    } finally {
      await analytics.close();
    }
    await writeTextAtomic(join(into, cardName), card);
  });
}

/** Whether a task's prompts are messages. @throws InputError where some are and some are not: a column has one type */
export function arePromptsChat(rows: readonly TaskRow[], stage: string): boolean {
  const text = rows.find(({ prompt }) => typeof prompt === 'string');
  const chat = rows.find(({ prompt }) => typeof prompt !== 'string');
  if (text && chat)
    throw new InputError(
      `stage ${stage}: the prompt of ${text.id} is text, that of ${chat.id} messages: a data set has one or the other; give each kind a stage of its own`,
    );
  return chat !== undefined;
}

const card = `---
configs:
- config_name: pairs
  default: true
  data_files:
  - split: train
    path: train/*.parquet
  - split: test
    path: test/*.parquet
- config_name: pointwise
  data_files:
  - split: train
    path: pointwise/train/*.parquet
  - split: test
    path: pointwise/test/*.parquet
---

Pairs of responses to a prompt as a judge preferred them (\`chosen\`, \`rejected\`, and the mean points between them, \`margin\`), and in
pointwise/ single responses with a label: 1 is safe, 0 is not. \`test\` holds prompts that are kept to measure on. report.json has the figures.
`;
