// Which responses are kept, by all of them together: what the judge said, near-duplicates, how many a prompt may have, the balance of domains.
// All of it is SQL over the measures: no text is read, and what does not fit in memory lies on the disk meanwhile.
import { bandsFor } from '../../algorithms/minhash.ts';
import { type Analytics, quoted } from '../../datasets/analytics.ts';
import { InputError } from '../../platform/errors.ts';
import type { RejectionSettings } from '../settings.ts';
import type { Reason } from './filters.ts';
import { signatureSize } from './measured.ts';
import type { Shards } from './shards.ts';

/** One number for the place of a response, in the order in which they were sampled. */
const place = 'shard * 1048576::BIGINT + line';

/**
 * Makes the table `samples` in the engine: every response with the first reason against it, null where it is kept.
 * @param judged a table of `key` and `passes` (null: no verdict), where there is a judge
 */
export async function chooseSamples(
  analytics: Analytics,
  measured: Shards,
  { filters: { duplicates }, perPrompt, balance }: RejectionSettings,
  stage: string,
  judged?: string,
): Promise<void> {
  await analytics.run(`CREATE OR REPLACE TEMP TABLE samples AS
    SELECT ${place} AS place, shard, line, id, task, domain, sample, key, tokens, correct, draw, reasons, reasons[1] AS reason FROM ${measured.table}`);
  const reject = (reason: Reason, places: string): Promise<void> =>
    analytics.run(`UPDATE samples SET reason = ${quoted(reason)} WHERE reason IS NULL AND place IN (${places})`);
  if (judged !== undefined) {
    const asked = `SELECT place FROM samples LEFT JOIN ${judged} said USING (key) WHERE reason IS NULL AND correct IS NULL`;
    await reject('judged_bad', `${asked} AND said.passes = false`);
    await reject('unjudged', `${asked} AND said.passes IS NULL`);
  }
  if (duplicates) {
    await findTwins(analytics, measured, duplicates.similarity);
    await reject('duplicate_of_prompt', 'SELECT later FROM twins WHERE same_prompt');
    await reject('duplicate', 'SELECT later FROM twins');
    await analytics.run('DROP TABLE twins');
  }
  if (perPrompt !== undefined) await reject('per_prompt', rankedAbove('id', 'place', `${perPrompt}`));
  if (balance !== undefined) await balanceDomains(analytics, balance, stage, reject);
}

/** Places of those that are still in and come after the first `most` of their group. */
function rankedAbove(group: string, order: string, most: string): string {
  const ranked = `SELECT place, domain, row_number() OVER (PARTITION BY ${group} ORDER BY ${order}) AS rank FROM samples WHERE reason IS NULL`;
  return `SELECT place FROM (${ranked}) WHERE rank > ${most}`;
}

/**
 * Makes the table `twins`: pairs whose signatures estimate a similarity of that much or more, the later one and whether their prompt is the same.
 * Candidates share a band; of all that share one, each is compared with the first and with the one before it, so that a thousand copies
 * of a response are two thousand comparisons and not a million.
 */
async function findTwins(analytics: Analytics, measured: Shards, similarity: number): Promise<void> {
  const { bands, rows } = bandsFor(similarity, signatureSize);
  await analytics.run(`CREATE OR REPLACE TEMP TABLE signed AS
    SELECT place, s.id, m.signature FROM (SELECT ${place} AS place, signature FROM ${measured.table}) m JOIN samples s USING (place) WHERE s.reason IS NULL`);
  // A band after another: their hashes together would take as much room as the signatures.
  await analytics.run('CREATE OR REPLACE TEMP TABLE pairs (later BIGINT, earlier BIGINT)');
  for (let band = 0; band < bands; band++) {
    const bucket = `hash(signature[${band * rows + 1}:${(band + 1) * rows}])`;
    await analytics.run(`INSERT INTO pairs
      WITH neighbours AS (SELECT place, first_value(place) OVER bucket AS first, lag(place) OVER bucket AS previous
        FROM (SELECT place, ${bucket} AS hash FROM signed) WINDOW bucket AS (PARTITION BY hash ORDER BY place))
      SELECT place, first FROM neighbours WHERE first < place UNION SELECT place, previous FROM neighbours WHERE previous IS NOT NULL`);
  }
  const same = 'len(list_filter(list_zip(a.signature, b.signature), lambda pair: pair[1] = pair[2]))';
  await analytics.run(`CREATE OR REPLACE TEMP TABLE twins AS
    SELECT later, a.id = b.id AS same_prompt FROM (SELECT DISTINCT later, earlier FROM pairs) p
    JOIN signed a ON a.place = p.later JOIN signed b ON b.place = p.earlier WHERE ${same} >= ${similarity * signatureSize}`);
  await analytics.run('DROP TABLE pairs; DROP TABLE signed');
}

/** @throws InputError for a domain that no response is of, and for one of which none is left while others have some */
async function balanceDomains(
  analytics: Analytics,
  balance: NonNullable<RejectionSettings['balance']>,
  stage: string,
  reject: (reason: Reason, places: string) => Promise<void>,
): Promise<void> {
  const known = await analytics.all('SELECT domain, count(*) FILTER (reason IS NULL) AS kept FROM samples GROUP BY domain ORDER BY domain');
  const kept = new Map(known.map(({ domain, kept }) => [domain as string, kept as number]));
  const shares = balance === 'equal' ? Object.fromEntries([...kept.keys()].map((domain) => [domain, 1])) : balance;
  for (const domain of Object.keys(shares))
    if (!kept.has(domain))
      throw new InputError(
        `stages.${stage}.balance: there are no samples of the domain "${domain}"; there are ${[...kept.keys()].join(', ')}`,
      );
  const named = Object.keys(shares);
  const empty = named.find((domain) => kept.get(domain) === 0);
  const others = named.filter((domain) => kept.get(domain) !== 0);
  if (empty !== undefined && others.length > 0) throw await nothingOf(analytics, empty, others, shares, stage);
  const total = Object.values(shares).reduce((sum, share) => sum + share, 0);
  const size = Math.min(...Object.entries(shares).map(([domain, share]) => ((kept.get(domain) ?? 0) * total) / share));
  const most = Object.entries(shares).map(([domain, share]) => `WHEN ${quoted(domain)} THEN ${Math.floor((size * share) / total + 1e-9)}`);
  // A domain that is not named has no share.
  await reject('balance', rankedAbove('domain', 'draw, place', `CASE domain ${most.join(' ')} ELSE 0 END`));
}

/** A share of nothing would be nothing of all, and no reason against a single response would say so. */
async function nothingOf(
  analytics: Analytics,
  domain: string,
  others: readonly string[],
  shares: Readonly<Record<string, number>>,
  stage: string,
): Promise<InputError> {
  const why = await analytics.all(
    `SELECT reason, count(*) AS n FROM samples WHERE domain = ${quoted(domain)} GROUP BY reason ORDER BY n DESC, reason`,
  );
  const samples = why.reduce((sum, { n }) => sum + (n as number), 0);
  const rest = others.map((other) => `${other}: ${shares[other]}`).join(', ');
  return new InputError(
    `stages.${stage}.balance: of the domain "${domain}" no response passes the filters (${samples} of ${samples} are rejected; most often: ${why[0].reason}), so that its share leaves none of the others either: leave it out ({ ${rest} }), or sample more of it`,
  );
}
