// What comes out: curated/, Parquet that an sft stage reads, the kept responses in the order in which they were sampled, then further data.

import { stream } from '../../algorithms/random.ts';
import type { Analytics, Cell, Row } from '../../datasets/analytics.ts';
import type { Tokenizer } from '../../formats/tokenizer.ts';
import { InputError } from '../../platform/errors.ts';
import { join } from '../../platform/files.ts';
import { labGeneral, labGeneralExamples } from '../../tasks/lab/general/rows.ts';
import type { TaskRow } from '../../tasks/task.ts';
import { partName } from '../../tracking/names.ts';
import type { StageContext } from '../context.ts';
import { Decontamination } from '../decontamination.ts';
import type { RejectionSettings } from '../settings.ts';
import { type Candidate, candidateOf } from './candidates.ts';
import { type GivenRow, givenRows } from './given.ts';
import { Shards } from './shards.ts';

const rowsPerShard = 1024;
const messages = 'STRUCT("role" VARCHAR, content VARCHAR)[]';

/** What the curated rows are: by domain, how many and how long. */
export interface Given {
  rows: number;
  tokens: number;
}

/** Rows on their way into curated/: held until they make a shard. All prompts are text, or all are messages, for a column has one type. */
export class CuratedWriter {
  private held: Row[] = [];
  private shards?: Shards;
  private chat?: { is: boolean; id: string };

  /** @param dir of the stage's data */
  constructor(
    private readonly dir: string,
    private readonly analytics: Analytics,
    private readonly tokenizer: Tokenizer,
    private readonly stage: string,
  ) {}

  /**
   * @param tokens of the completion, where they were counted
   * @param source the stage, or `given`
   * @returns its tokens
   * @throws InputError where other rows are of the other kind
   */
  async add(row: TaskRow, completion: string, task: string, source: string, tokens?: number): Promise<number> {
    const is = typeof row.prompt !== 'string';
    this.chat ??= { is, id: row.id };
    if (this.chat.is !== is)
      throw new InputError(
        `stage ${this.stage}: the prompt of ${row.id} is ${is ? 'messages' : 'text'}, that of ${this.chat.id} ${is ? 'text' : 'messages'}: curated data are of one kind; give each a stage of its own`,
      );
    const count = tokens ?? this.tokenizer.encode(completion).length;
    const said: Cell = is ? [{ role: 'assistant', content: completion }] : withoutOpened(row.prompt as string, completion);
    const own = { id: row.id, task, domain: row.domain ?? task, source, tokens: count };
    this.held.push({ prompt: row.prompt as Cell, completion: said, ...own });
    if (this.held.length === rowsPerShard) await this.flush();
    return count;
  }

  /** Writes what is held. */
  end(): Promise<void> {
    return this.flush();
  }

  private async flush(): Promise<void> {
    if (this.held.length === 0) return;
    const content = this.chat?.is ? messages : 'VARCHAR';
    const columns = {
      prompt: content,
      completion: content,
      domain: 'VARCHAR',
      task: 'VARCHAR',
      id: 'VARCHAR',
      source: 'VARCHAR',
      tokens: 'INTEGER',
    };
    if (this.shards === undefined) {
      this.shards = await Shards.open(join(this.dir, 'curated'), this.analytics, columns);
      // Of a run that was stopped in the midst of it: it is all made anew.
      await this.shards.clear();
    }
    await this.shards.add(this.held);
    this.held = [];
  }
}

/** A thought that the prompt has opened is not opened twice. */
function withoutOpened(prompt: string, completion: string): string {
  const opened = /<think>\s*$/.exec(prompt)?.[0];
  return opened !== undefined && completion.startsWith(opened) ? completion.slice(opened.length) : completion;
}

/** The kept responses of a shard, in their order, with their place in the table `samples`. */
export async function* keptOf(
  analytics: Analytics,
  generated: Shards,
  shard: number,
): AsyncGenerator<Candidate & { place: number; key: string; task: string }> {
  const rows = analytics.stream(
    `SELECT g.*, s.place, s.key FROM ${generated.shard(shard)} g JOIN (SELECT line, place, key FROM samples WHERE shard = ${shard} AND reason IS NULL) s USING (line) ORDER BY line`,
  );
  for await (const row of rows) yield { ...candidateOf(row), place: row.place as number, key: row.key as string, task: row.task as string };
}

/** The paper's 800,000 have a third as many samples of other data as of reasoning. */
export const shareOfKept = 1 / 3;

/**
 * Further data: each row as it is, but for evaluations' questions.
 * @param kept responses, for how many of lab:general there are by default
 * @returns by domain what was taken
 */
export async function addFurther(
  plus: RejectionSettings['plus'],
  context: StageContext,
  writer: CuratedWriter,
  kept: number,
): Promise<Map<string, Given>> {
  const found = new Map<string, Given>();
  const decontamination = context.decontaminate && (await Decontamination.open(context.decontaminate));
  for (const [i, further] of plus.entries())
    for await (const { row, response } of furtherRows(further, context, i, kept)) {
      if (decontamination?.isClean(row.id, { prompt: row.prompt, response }) === false) continue;
      const tokens = await writer.add(row, response, 'given', 'given');
      const { domain = 'general' } = row;
      const before = found.get(domain) ?? { rows: 0, tokens: 0 };
      found.set(domain, { rows: before.rows + 1, tokens: before.tokens + tokens });
    }
  // Beside what was dropped of the stage's prompts.
  if (plus.length > 0) await decontamination?.tell({ ...context, name: partName(context.name, 'plus') });
  return found;
}

async function* furtherRows(
  { data, split, columns, texts, domain, rows }: RejectionSettings['plus'][number],
  { seed, name, report }: StageContext,
  which: number,
  kept: number,
): AsyncGenerator<Pick<GivenRow, 'row' | 'response'>> {
  if (data === labGeneral) {
    for (const { id, prompt, completion } of labGeneralExamples(seed, rows ?? Math.ceil(kept * shareOfKept)))
      yield { row: { id, prompt, domain }, response: completion };
    return;
  }
  const left: string[] = [];
  let chosen: Set<number> | undefined;
  if (rows !== undefined) {
    let count = 0;
    for await (const _ of givenRows(data, split, { columns, texts, pairs: () => {} })) count++;
    const order = stream(seed, name, 'plus', which).shuffle(Array.from({ length: count }, (_, i) => i));
    chosen = new Set(order.slice(0, rows));
  }
  let n = 0;
  const reading = { columns, texts, domain, pairs: ({ place }: { place: string }) => void left.push(place) };
  for await (const given of givenRows(data, split, reading)) {
    if (chosen?.has(n) ?? true) yield given;
    n++;
  }
  if (n === 0)
    throw new InputError(`stages.${name}.plus: all ${left.length} rows of ${data} have an empty side, or sides that are the same`);
  if (left.length > 0)
    report({
      type: 'warning',
      stage: name,
      message: `stages.${name}.plus: ${left.length} rows of ${data} have an empty side or sides that are the same (the first is ${left[0]}); they are left out`,
    });
}
