// General prompts, to which no rule knows the answer: those of a file of preferences (or any file of prompts). There is no accuracy: a policy
// learns on them from reward models and from the format, and evaluations tell language, format and length.
import { type Columns, type Content, exampleReader } from '../datasets/examples.ts';
import { pairReader } from '../datasets/pairs.ts';
import { type DataRow, streamRows } from '../datasets/rows.ts';
import { InputError } from '../platform/errors.ts';
import { formatReward } from '../rewards/format.ts';
import { languageConsistency } from '../rewards/language/consistency.ts';
import { chatPrompt } from './chatPrompt.ts';
import { isTestFile, namedOr, questionRow, reflectionWords, withHeldOut } from './questions.ts';
import { defineTask, type LoadedTask, type Task, type TaskContext, type TaskRow } from './task.ts';

/** UltraFeedback in TRL's columns: `chosen` and `rejected`, whole conversations. */
const onHub = 'trl-lib/ultrafeedback_binarized';

/** What a row may say its prompt by. */
const named = ['prompt', 'chosen', 'rejected'] as const;
type Named = Partial<Record<(typeof named)[number], string>>;

/**
 * The prompts of the recipe's `data`: its column `prompt`, text (a user's turn) or messages, as it stands; without one what `chosen` and `rejected`
 * answer, as reward models read them. Each prompt once. Held out as `withHeldOut` does, all of a file that is a test set by its name.
 */
export function promptsTask(): Task {
  return defineTask({
    name: 'prompts',
    load,
    rewards: { format: formatReward },
    weights: { format: 0.2 },
    measures: { language: languageConsistency(), format: formatReward },
    reflectionWords,
  });
}

function load({ data: given, columns, seed }: TaskContext): Promise<LoadedTask> {
  const odd = Object.keys(columns ?? {}).find((name) => !(named as readonly string[]).includes(name));
  if (odd !== undefined)
    throw new InputError(`columns: ${odd} is no column that the task prompts asks for; those are prompt, or chosen and rejected`);
  const read = (path: string, split = 'train') => readPrompts(path, split, columns);
  return namedOr(onHub, given, async (data) =>
    (await isTestFile(data))
      ? { train: [], heldOut: await read(data) }
      : withHeldOut({ data, seed, task: 'prompts', column: 'prompt' }, read),
  );
}

async function readPrompts(data: string, split: string, columns: Named | undefined): Promise<TaskRow[]> {
  const known = new Set<string>();
  const rows: TaskRow[] = [];
  let count = 0;
  const read = promptReader(columns);
  for await (const row of streamRows(data, split)) {
    count++;
    const prompt = read(row);
    if (prompt === undefined) continue;
    const messages = chatPrompt(typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt, row.place);
    const key = JSON.stringify(messages);
    if (known.has(key)) continue;
    known.add(key);
    // What the file answers is no gold: rows do not carry it along.
    const { [columns?.chosen ?? 'chosen']: _, [columns?.rejected ?? 'rejected']: __, ...rest } = row.row;
    rows.push(questionRow(data, messages, { ...row, row: rest }));
  }
  if (rows.length === 0)
    throw new InputError(`${data}: none of its ${count} rows has a prompt: in every one a side is empty, or both sides are the same`);
  return rows;
}

/** Undefined for a pair without a prompt of its own whose sides say nothing, or the same. */
function promptReader(columns: Named | undefined): (row: DataRow) => Content | undefined {
  const ofPrompts = exampleReader({ prompt: columns?.prompt ?? 'prompt' } satisfies Columns);
  const ofPairs = pairReader(columns, 'chat');
  return (row) => {
    const paired = [columns?.chosen ?? 'chosen', columns?.rejected ?? 'rejected'].every((name) => Object.hasOwn(row.row, name));
    if (Object.hasOwn(row.row, columns?.prompt ?? 'prompt') || columns?.prompt !== undefined || !paired) {
      const example = ofPrompts(row);
      return example.kind === 'prompt' ? example.prompt : undefined;
    }
    const pair = ofPairs(row);
    return typeof pair === 'string' ? undefined : pair.chosen.prompt;
  };
}
