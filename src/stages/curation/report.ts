// What a curation did, as the paper tells it: per domain the prompts, samples, kept ones and their mean length; and why the others were not kept.
import type { Analytics } from '../../datasets/analytics.ts';
import { StageError } from '../context.ts';
import type { Given } from './curated.ts';
import { type Reason, reasons } from './filters.ts';
import type { Shards } from './shards.ts';

export interface DomainCounts {
  prompts: number;
  samples: number;
  kept: number;
  /** Prompts of which something was kept. */
  keptPrompts: number;
  /** Of what was kept, as it is in curated/; absent where nothing was. */
  meanTokens?: number;
}

/** The result of a rejection stage, and its report.json. */
export interface CurationReport extends DomainCounts {
  byDomain: Record<string, DomainCounts>;
  /** By the first reason that speaks against a response. */
  rejected: Record<string, number>;
  /** Further data, by domain. */
  given: Record<string, { rows: number; meanTokens: number }>;
  /** Rows of curated/. */
  rows: number;
}

/** @param tokens of the kept ones by domain @param given further data by domain */
export async function curationReport(
  analytics: Analytics,
  tokens: ReadonlyMap<string, number>,
  given: ReadonlyMap<string, Given>,
): Promise<CurationReport> {
  const counts = `count(DISTINCT id) AS prompts, count(*) AS samples, count(*) FILTER (reason IS NULL) AS kept,
    count(DISTINCT id) FILTER (reason IS NULL) AS keptPrompts`;
  const counted = await analytics.all(`SELECT domain, ${counts} FROM samples GROUP BY domain ORDER BY domain`);
  const [overall] = await analytics.all(`SELECT ${counts} FROM samples`);
  const why = await analytics.all(
    'SELECT reason, count(*) AS n FROM samples WHERE reason IS NOT NULL GROUP BY reason ORDER BY n DESC, reason',
  );
  const withMean = (row: Record<string, unknown>, sum: number): DomainCounts => {
    const { prompts, samples, kept, keptPrompts } = row as unknown as DomainCounts;
    return { prompts, samples, kept, keptPrompts, ...(kept > 0 ? { meanTokens: sum / kept } : {}) };
  };
  const all = withMean(
    overall,
    [...tokens.values()].reduce((sum, each) => sum + each, 0),
  );
  return {
    ...all,
    byDomain: Object.fromEntries(counted.map((row) => [row.domain as string, withMean(row, tokens.get(row.domain as string) ?? 0)])),
    rejected: Object.fromEntries(why.map(({ reason, n }) => [reason as string, n as number])),
    given: Object.fromEntries([...given].map(([domain, { rows, tokens: sum }]) => [domain, { rows, meanTokens: sum / rows }])),
    rows: all.kept + [...given.values()].reduce((sum, { rows }) => sum + rows, 0),
  };
}

/** The report as a table, lines of text. */
export function reportLines(report: CurationReport): string[] {
  const number = (value: number | undefined): string => (value === undefined ? '-' : Math.round(value).toLocaleString('en'));
  const line = (name: string, { prompts, samples, kept, meanTokens }: DomainCounts): string[] => [
    name,
    ...[prompts, samples, kept, meanTokens].map(number),
  ];
  const rows = [
    ['domain', 'prompts', 'samples', 'kept', 'mean tokens'],
    ...Object.entries(report.byDomain).map(([domain, counts]) => line(domain, counts)),
    ...(Object.keys(report.byDomain).length > 1 ? [line('all', report)] : []),
    ...Object.entries(report.given).map(([domain, { rows: n, meanTokens }]) => [
      `${domain} (given)`,
      '-',
      '-',
      number(n),
      number(meanTokens),
    ]),
  ];
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const rejected = Object.entries(report.rejected).map(([reason, n]) => `${reason} ${number(n)}`);
  return [
    ...rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')),
    ...(rejected.length > 0 ? [`rejected: ${rejected.join(', ')}`] : []),
  ];
}

const examples = 10;

/** The filters kept nothing: why, most frequent first, with an example each. */
export async function nothingKept(analytics: Analytics, generated: Shards, stage: string): Promise<StageError> {
  const why = await analytics.all(
    `SELECT reason, count(*) AS n, min(place) AS place, arg_min(shard, place) AS shard, arg_min(line, place) AS line FROM samples
      WHERE reason IS NOT NULL GROUP BY reason ORDER BY n DESC, reason LIMIT ${examples}`,
  );
  const lines: string[] = [];
  for (const { reason, n, shard, line: at } of why) {
    const [example] = await analytics.all(`SELECT id, sample, response FROM ${generated.shard(shard as number)} WHERE line = ${at}`);
    const text = (example.response as string).replace(/\s+/g, ' ');
    lines.push(
      `  ${reason}: ${n}, ${reasons[reason as Reason]}; such as sample ${example.sample} of ${example.id}: ${JSON.stringify(text.length <= 160 ? text : `${text.slice(0, 110)} ... ${text.slice(-40)}`)}`,
    );
  }
  const [{ samples }] = await analytics.all('SELECT count(*) AS samples FROM samples');
  return new StageError(
    `stage ${stage}: the filters keep none of ${samples} responses. Why:\n${lines.join('\n')}\nThe samples are kept in ${generated.dir}: with other filters the same command begins from them`,
  );
}
