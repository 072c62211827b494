// The kept responses on their way into curated/, rewritten where the recipe says so. What a model has rewritten is kept as it comes.
import { deriveSeed } from '../../algorithms/random.ts';
import { type Analytics, quoted } from '../../datasets/analytics.ts';
import { join } from '../../platform/files.ts';
import { sha256 } from '../../platform/hash.ts';
import type { Task } from '../../tasks/task.ts';
import { Interrupted, type StageContext } from '../context.ts';
import { inTurn } from '../evaluation/inParallel.ts';
import type { RejectionSettings } from '../settings.ts';
import { Answers, type Place } from './answers.ts';
import type { Candidate } from './candidates.ts';
import { type CuratedWriter, keptOf } from './curated.ts';
import { askedOf, asking, endpointOf } from './endpoint.ts';
import type { Reason } from './filters.ts';
import { rewrittenBy, summarised } from './rewrite.ts';
import type { Shards } from './shards.ts';

interface Work {
  analytics: Analytics;
  generated: Shards;
  writer: CuratedWriter;
  /** Of the stage's data. */
  dir: string;
  task?: Task;
  /** Gives a response the row that the task made. */
  asMade?(kept: Kept): Kept;
}

type Kept = Candidate & { place: number; key: string; task: string };
/** A shard's kept responses as they are to be learnt; null: it could not be rewritten. */
type Rewriter = (kept: readonly Kept[]) => Promise<(string | null)[]>;

/**
 * Writes what the table `samples` keeps; what a writer fails on is marked there as rejected.
 * @returns by domain the tokens of what was written
 */
export async function writeKept(
  settings: RejectionSettings,
  context: StageContext,
  work: Work,
  stop: () => void,
): Promise<Map<string, number>> {
  const { analytics, generated, writer, task, asMade } = work;
  const tokens = new Map<string, number>();
  const failed: number[] = [];
  const write = async (rewrite: Rewriter | undefined): Promise<void> => {
    for (let shard = 0; shard < generated.count; shard++) {
      stop();
      const kept: Kept[] = [];
      for await (const each of keptOf(analytics, generated, shard)) kept.push(rewrite && asMade ? asMade(each) : each);
      const texts = rewrite ? await rewrite(kept) : kept.map(({ response }) => response);
      for (const [i, { row, place, task: of, tokens: own }] of kept.entries()) {
        const text = texts[i];
        if (text === null) failed.push(place);
        else {
          const count = await writer.add(row, text, of, context.name, rewrite ? undefined : own);
          const domain = row.domain ?? of;
          tokens.set(domain, (tokens.get(domain) ?? 0) + count);
        }
      }
    }
  };
  if (settings.rewrite === undefined) await write(undefined);
  else if (settings.rewrite === 'summary') await write((kept) => Promise.all(kept.map((each) => summarised(task, each))));
  else await withWriter(settings.rewrite, context, work, write);
  if (failed.length > 0)
    await analytics.run(`UPDATE samples SET reason = ${quoted('rewrite' satisfies Reason)} WHERE place IN (${failed.join(', ')})`);
  return tokens;
}

/** @throws StageError where the endpoint goes on failing */
async function withWriter(
  settings: Exclude<RejectionSettings['rewrite'], 'summary' | undefined>,
  { name, seed, signal }: StageContext,
  { dir, task }: Work,
  write: (rewrite: Rewriter) => Promise<void>,
): Promise<void> {
  // Not the texts: together they are as large as all that is kept.
  const known = new Map<string, Place>();
  const file = join(dir, `rewritten-${sha256(JSON.stringify(askedOf(settings))).slice(0, 8)}.jsonl`);
  const answers = await Answers.open(file, ({ key }, place) => known.set(key, place));
  const endpoint = endpointOf(settings, `stages.${name}.rewrite`, signal);
  try {
    await write(async (kept) => {
      const due = [...new Map(kept.map((each) => [each.key, each])).values()].filter(({ key }) => !known.has(key));
      await asking(name, signal, () =>
        inTurn(
          due,
          settings.concurrency,
          () => signal.aborted,
          async (each) => {
            const text = await rewrittenBy(endpoint, task, each, settings.maxTokens, deriveSeed(seed, name, 'rewrite', each.key));
            known.set(each.key, await answers.append({ key: each.key, text }));
          },
        ),
      );
      if (signal.aborted) throw new Interrupted(name, 0);
      const texts: (string | null)[] = [];
      for (const { key } of kept) texts.push((await answers.read(known.get(key) as Place)).text as string | null);
      return texts;
    });
  } finally {
    await answers.close();
  }
}
