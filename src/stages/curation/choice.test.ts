// Which responses are kept, by all of them together: near-duplicates against the exact similarity, caps per prompt, shares of domains.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stream } from '../../algorithms/random.ts';
import { Analytics } from '../../datasets/analytics.ts';
import { Tokenizer } from '../../formats/tokenizer.ts';
import { labTokenizerFiles } from '../../tasks/lab/tokenizer.ts';
import { rejectionSchema } from '../settings.ts';
import { candidateColumns, candidateRow } from './candidates.ts';
import { chooseSamples } from './choice.ts';
import { measuredColumns, measureShards } from './measured.ts';
import { Shards } from './shards.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-choice-'));
const tokenizer = Tokenizer.fromFiles(labTokenizerFiles());
let analytics: Analytics;
let made = 0;
beforeAll(async () => {
  analytics = await Analytics.open(join(root, 'spill'));
});
afterAll(async () => {
  await analytics.close();
  rmSync(root, { recursive: true });
});

interface Sampled {
  id?: string;
  domain?: string;
  response: string;
  correct?: number;
}

/** The verdicts on responses that lie in two shards, in their order. */
async function verdicts(sampled: readonly Sampled[], more: object): Promise<string[]> {
  const dir = join(root, String(made++));
  const settings = rejectionSchema.parse({ kind: 'rejection', maxTokens: 9, ...more });
  const generated = await Shards.open(join(dir, 'generated'), analytics, candidateColumns);
  const measured = await Shards.open(join(dir, 'measured'), analytics, measuredColumns);
  const rows = sampled.map(({ id = 'p', domain = 'd', response, correct = 1 }, sample) =>
    candidateRow({ ...{ row: { id, prompt: id, domain }, sample, response, tokens: 5, stopReason: 'stop', correct } }, 't'),
  );
  const half = Math.ceil(rows.length / 2);
  await generated.add(rows.slice(0, half));
  if (half < rows.length) await generated.add(rows.slice(half));
  await measureShards(generated, measured, { settings, tokenizer, seed: 1, name: 's' }, () => {});
  await chooseSamples(analytics, measured, settings, 's');
  const found = await analytics.all(`SELECT coalesce(reason, 'kept') AS verdict FROM samples ORDER BY place`);
  return found.map(({ verdict }) => verdict as string);
}

/** Jaccard similarity of the sets of n-grams of words, exactly. */
function similarity(a: readonly string[], b: readonly string[], n: number): number {
  const grams = (words: readonly string[]) =>
    new Set(Array.from({ length: words.length - n + 1 }, (_, at) => words.slice(at, at + n).join(' ')));
  const [left, right] = [grams(a), grams(b)];
  const both = [...left].filter((gram) => right.has(gram)).length;
  return both / (left.size + right.size - both);
}

describe('near-duplicates', () => {
  it('are those whose exact similarity is above the threshold, but for what 128 entries cannot tell', async () => {
    const words = 3;
    const pair = fc.record({ seed: fc.nat(), length: fc.integer({ min: 20, max: 80 }), changes: fc.integer({ min: 0, max: 12 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { minLength: 20, maxLength: 20 }), fc.constantFrom(0.5, 0.8), async (pairs, threshold) => {
        // Each pair has words of its own, so that it is similar to nothing else.
        const texts = pairs.map(({ seed, length, changes }, n) => {
          const random = stream(seed, 'texts', n);
          const a = Array.from({ length }, () => `p${n}w${random.int(1000)}`);
          const b = [...a];
          for (let i = 0; i < changes; i++) b[random.int(length)] = `p${n}v${random.int(1000)}`;
          return [a, b] as const;
        });
        const found = await verdicts(
          texts.flatMap(([a, b], n) => [
            { id: `first ${n}`, response: a.join(' ') },
            { id: n % 2 === 0 ? `first ${n}` : `second ${n}`, response: b.join(' ') },
          ]),
          { filters: { duplicates: { similarity: threshold, words } } },
        );
        for (const [n, [a, b]] of texts.entries()) {
          const exact = similarity(a, b, words);
          const margin = 5 * Math.sqrt((threshold * (1 - threshold)) / 128);
          expect(found[2 * n]).toBe('kept');
          if (exact < threshold - margin) expect(found[2 * n + 1]).toBe('kept');
          if (exact > threshold + margin) expect(found[2 * n + 1]).toBe(n % 2 === 0 ? 'duplicate_of_prompt' : 'duplicate');
        }
      }),
      { numRuns: 3 },
    );
  });

  it('of many copies the first stays, of a response that is rejected anyway none is lost', async () => {
    const filters = { duplicates: {} };
    const copies = Array.from({ length: 40 }, () => ({ response: 'one and the same response again and again' }));
    expect(await verdicts(copies, { filters })).toEqual(['kept', ...Array(39).fill('duplicate_of_prompt')]);
    const wrongFirst = copies.slice(0, 3).map((copy, i) => ({ ...copy, correct: i === 0 ? 0 : 1 }));
    expect(await verdicts(wrongFirst, { filters })).toEqual(['wrong', 'kept', 'duplicate_of_prompt']);
  });
});

describe('a cap per prompt', () => {
  it('keeps the first ones of each, of those that passed everything else', async () => {
    const sampled = ['a', 'a', 'b', 'a', 'a', 'b', 'a'].map((id, i) => ({ id, response: `r${i}`, correct: i === 1 ? 0 : 1 }));
    expect(await verdicts(sampled, { perPrompt: 2 })).toEqual(['kept', 'wrong', 'kept', 'kept', 'per_prompt', 'kept', 'per_prompt']);
  });
});

describe('a balance of domains', () => {
  const of = (counts: Record<string, number>): Sampled[] =>
    Object.entries(counts).flatMap(([domain, count]) => Array.from({ length: count }, (_, i) => ({ domain, response: `${domain} ${i}` })));
  const kept = async (sampled: Sampled[], balance: unknown): Promise<Record<string, number>> => {
    const found: Record<string, number> = {};
    for (const [i, verdict] of (await verdicts(sampled, { balance })).entries()) {
      const { domain = '' } = sampled[i];
      found[domain] = (found[domain] ?? 0) + Number(verdict === 'kept');
    }
    return found;
  };

  it('is as many of each, or shares, as the domain that has fewest for its share allows', async () => {
    expect(await kept(of({ math: 9, code: 3, logic: 5 }), 'equal')).toEqual({ math: 3, code: 3, logic: 3 });
    expect(await kept(of({ math: 9, code: 3, logic: 5 }), { math: 3, code: 1 })).toEqual({ math: 9, code: 3, logic: 0 });
    expect(await kept(of({ math: 4, code: 8 }), { math: 0.5, code: 0.25 })).toEqual({ math: 4, code: 2 });
  });

  it('of which one domain has nothing left is refused by its name, where it would leave nothing of all', async () => {
    const sampled = of({ math: 4, code: 2 }).map((each) => ({ ...each, correct: each.domain === 'code' ? 0 : 1 }));
    for (const balance of ['equal', { math: 1, code: 1 }])
      await expect(verdicts(sampled, { balance })).rejects.toThrow(
        'stages.s.balance: of the domain "code" no response passes the filters (2 of 2 are rejected; most often: wrong), so that its share leaves none of the others either: leave it out ({ math: 1 }), or sample more of it',
      );
    expect(await kept(sampled, { math: 1 })).toEqual({ math: 4, code: 0 });
  });
});
