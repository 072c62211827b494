// The sampler on a tiny model: its log-probabilities are the trainer's, its draws follow the softmax, and what one request gets does
// not depend on which others run beside it.

import { afterAll, describe, expect, it } from 'vitest';
import { breathe } from '../../platform/clock.ts';
import { datumOf, randomTokens, tinyConfig, tinyStore } from '../../testing/tinyModel.ts';
import type { Datum, Sample } from '../engine.ts';
import { mostSequences } from './memory.ts';
import { RowGraphs } from './rowGraphs.ts';
import { DecodeGraphs, type SampleOptions, Sampler } from './sampler.ts';

const config = tinyConfig();
const store = tinyStore(config);
const snapshot = store.snapshot();
const rows = new RowGraphs(config, 1);
const decode = new DecodeGraphs(config, 1);
afterAll(async () => {
  await rows.dispose();
  await decode.dispose();
});

const V = config.vocabSize;
const defaults: SampleOptions = { n: 1, maxTokens: 20, temperature: 1, topP: 1, topK: 0, stop: [], seed: 0 };
const newSampler = () => new Sampler(decode, snapshot, breathe);
const sample = (prompt: Int32Array, options: Partial<SampleOptions> = {}, sampler = newSampler()): Promise<Sample[]> =>
  sampler.submit([{ prompt, options: { ...defaults, ...options } }])[0].done;
const tokensOf = (samples: readonly Sample[]) => samples.map(({ tokens }) => [...tokens]);

/** log softmax(logits / temperature) after `prompt`, by the trainer's graph, [V]. */
async function nextLogprobs(prompt: Int32Array, temperature = 1): Promise<number[]> {
  const every = Array.from({ length: V }, (_, id) => datumOf([...prompt, id], prompt.length));
  return (await rows.run(snapshot.parameters, every, { temperature })).logprobs.map((logprobs) => logprobs[prompt.length - 1]);
}

/** Pearson's statistic of counts against probabilities, rare ids together; and a bound that chance passes once in 100,000 times. */
function expectFrequencies(ids: readonly number[], probabilities: readonly number[]): void {
  const counts = new Array<number>(probabilities.length).fill(0);
  for (const id of ids) counts[id]++;
  let [statistic, bins, restCount, restExpected] = [0, 0, 0, 0];
  for (const [id, p] of probabilities.entries()) {
    const expected = p * ids.length;
    if (p === 0) expect(counts[id], `id ${id} is not to be chosen`).toBe(0);
    if (expected >= 5) {
      statistic += (counts[id] - expected) ** 2 / expected;
      bins++;
    } else {
      restCount += counts[id];
      restExpected += expected;
    }
  }
  if (restExpected >= 1) {
    statistic += (restCount - restExpected) ** 2 / restExpected;
    bins++;
  }
  const freedom = bins - 1;
  // Wilson and Hilferty's approximation of the chi-square quantile at z = 4.26.
  const bound = freedom * (1 - 2 / (9 * freedom) + 4.26 * Math.sqrt(2 / (9 * freedom))) ** 3;
  expect(bins).toBeGreaterThan(1);
  expect(statistic).toBeLessThan(bound);
}

describe('a text that ends a response', () => {
  const decodeText = (tokens: readonly number[]): string => tokens.map((id) => `${id},`).join('');
  const newReader = () => new Sampler(decode, snapshot, breathe, decodeText);
  const prompt = randomTokens(21, 6, V);
  const free = { n: 3, maxTokens: 40 };

  it('ends it with the token that completes it, and leaves what came before as it was', async () => {
    const whole = tokensOf(await sample(prompt, free));
    // Of the first response the pair at 10 and 11; the comma in front keeps 3,4 from being found in 13,4.
    const stopText = `,${whole[0][10]},${whole[0][11]},`;
    const cut = await sample(prompt, { ...free, stopTexts: [stopText, 'never'] }, newReader());
    for (const [i, { tokens, stopReason }] of cut.entries()) {
      const at = decodeText(whole[i]).indexOf(stopText);
      const length =
        at < 0
          ? 40
          : decodeText(whole[i])
              .slice(0, at + stopText.length)
              .split(',').length - 1;
      expect([...tokens]).toEqual(whole[i].slice(0, length));
      expect(stopReason).toBe(at < 0 ? 'length' : 'stop');
    }
    expect(cut[0].tokens.length).toBeLessThan(40);
  });

  it('needs a tokenizer', async () => {
    await expect(sample(prompt, { stopTexts: ['x'] })).rejects.toThrow('no tokenizer');
  });
});

describe('log-probabilities', () => {
  it.each([1, 0.6])("are the trainer's at temperature %s, over 100 tokens, packed and with the prompt shared", async (temperature) => {
    const prompts = [randomTokens(1, 40, V), randomTokens(2, 1, V), randomTokens(3, 7, V)];
    const sampler = newSampler();
    const handles = sampler.submit(
      prompts.map((prompt, i) => ({ prompt, options: { ...defaults, n: 4, maxTokens: 100, temperature, seed: i } })),
    );
    const samples = await Promise.all(handles.map(({ done }) => done));
    const data = samples.flatMap((group, g) =>
      group.map(
        ({ tokens }): Datum => ({
          ...datumOf([...prompts[g], ...tokens], prompts[g].length),
          group: `prompt ${g}`,
          sharedPrefix: prompts[g].length,
        }),
      ),
    );
    const { logprobs } = await rows.run(snapshot.parameters, data, { temperature });
    let worst = 0;
    let compared = 0;
    for (const [i, { logprobs: sampled, tokens }] of samples.flat().entries()) {
      expect(tokens.length).toBe(100);
      const trained = logprobs[i].subarray(logprobs[i].length - tokens.length);
      for (const [t, lp] of sampled.entries()) worst = Math.max(worst, Math.abs(lp - trained[t]));
      compared += tokens.length;
    }
    expect(compared).toBe(1200);
    expect(worst).toBeLessThan(1e-4);
  });

  it('of a greedy response are those at temperature 1, and each token is the likeliest', async () => {
    const prompt = randomTokens(4, 9, V);
    const [{ tokens, logprobs }] = await sample(prompt, { temperature: 0, maxTokens: 6 });
    for (let t = 0; t < tokens.length; t++) {
      const next = await nextLogprobs(Int32Array.from([...prompt, ...tokens.subarray(0, t)]));
      expect(next.indexOf(Math.max(...next))).toBe(tokens[t]);
      expect(logprobs[t]).toBeCloseTo(next[tokens[t]], 4);
    }
  });
});

describe('draws', () => {
  const prompt = randomTokens(5, 12, V);
  it.each([1, 3])('follow softmax(logits / %s)', async (temperature) => {
    const ids = (await sample(prompt, { n: 1200, maxTokens: 1, temperature, seed: 11 })).map(({ tokens }) => tokens[0]);
    expectFrequencies(ids, (await nextLogprobs(prompt, temperature)).map(Math.exp));
  });

  it('under top-k 6 and top-p 0.9 follow the truncated distribution, while their logprobs are those of the whole', async () => {
    const temperature = 3;
    const samples = await sample(prompt, { n: 1000, maxTokens: 1, temperature, topK: 6, topP: 0.9, seed: 12 });
    const logprobs = await nextLogprobs(prompt, temperature);
    const likeliest = [...logprobs.keys()].sort((a, b) => logprobs[b] - logprobs[a]).slice(0, 6);
    const total = likeliest.reduce((sum, id) => sum + Math.exp(logprobs[id]), 0);
    const kept: number[] = [];
    let mass = 0;
    for (const id of likeliest) {
      kept.push(id);
      mass += Math.exp(logprobs[id]);
      if (mass >= 0.9 * total) break;
    }
    expectFrequencies(
      samples.map(({ tokens }) => tokens[0]),
      logprobs.map((lp, id) => (kept.includes(id) ? Math.exp(lp) / mass : 0)),
    );
    for (const {
      tokens,
      logprobs: [lp],
    } of samples)
      expect(lp).toBeCloseTo(logprobs[tokens[0]], 4);
  });

  it('of one request differ from each other, repeat by seed, and seed 0 is a seed', async () => {
    const first = await sample(prompt, { n: 5, seed: 0 });
    expect(new Set(tokensOf(first).map(String)).size).toBe(5);
    expect(tokensOf(await sample(prompt, { n: 5, seed: 0 }))).toEqual(tokensOf(first));
    expect(tokensOf(await sample(prompt, { n: 2, seed: 0 }))).toEqual(tokensOf(first).slice(0, 2));
    expect(tokensOf(await sample(prompt, { n: 5, seed: 1 }))).not.toEqual(tokensOf(first));
  });

  it('at temperature 0, or with top-k 1, or with top-p 0 are the same whatever the seed', async () => {
    const greedy = tokensOf(await sample(prompt, { temperature: 0, n: 2, seed: 1 }));
    expect(greedy[1]).toEqual(greedy[0]);
    expect(tokensOf(await sample(prompt, { temperature: 0, seed: 2 }))[0]).toEqual(greedy[0]);
    expect(tokensOf(await sample(prompt, { topK: 1, seed: 3 }))[0]).toEqual(greedy[0]);
    expect(tokensOf(await sample(prompt, { topP: 0, seed: 4 }))[0]).toEqual(greedy[0]);
    expect(tokensOf(await sample(prompt, { temperature: 0, topK: 3, topP: 0.5, seed: 5 }))[0]).toEqual(greedy[0]);
  });

  it('with top-k 0 are those without top-k', async () => {
    // Top-p just below 1 takes the path that truncates; top-k 0 must not leave it with nothing.
    const plain = tokensOf(await sample(prompt, { n: 3, seed: 6 }));
    expect(tokensOf(await sample(prompt, { n: 3, seed: 6, topK: 0 }))).toEqual(plain);
    expect(tokensOf(await sample(prompt, { n: 3, seed: 6, topK: V }))).not.toEqual([]);
  });
});

describe('an end', () => {
  it('is any id of `stop`, also 0; the stop token is part of the response', async () => {
    const prompt = randomTokens(6, 5, V);
    const free = tokensOf(await sample(prompt, { n: 30, maxTokens: 60, temperature: 2, seed: 8 }));
    const stopped = await sample(prompt, { n: 30, maxTokens: 60, temperature: 2, seed: 8, stop: [0, 7] });
    let stops = 0;
    for (const [i, { tokens, logprobs, stopReason }] of stopped.entries()) {
      const end = free[i].findIndex((id) => id === 0 || id === 7);
      expect([...tokens]).toEqual(end < 0 ? free[i] : free[i].slice(0, end + 1));
      expect(logprobs.length).toBe(tokens.length);
      expect(stopReason).toBe(end < 0 ? 'length' : 'stop');
      if (tokens.at(-1) === 0) stops++;
    }
    expect(stops).toBeGreaterThan(0);
    // A stop token as the last that is allowed is a stop, not a cut.
    const exact = stopped.findIndex(({ stopReason }) => stopReason === 'stop');
    const again = await sample(prompt, { n: exact + 1, maxTokens: stopped[exact].tokens.length, temperature: 2, seed: 8, stop: [0, 7] });
    expect(again[exact].stopReason).toBe('stop');
  });

  it('comes where the context does', async () => {
    const prompt = randomTokens(7, config.maxPositions - 10, V);
    const [{ tokens, stopReason }] = await sample(prompt, { maxTokens: 1000 });
    expect([tokens.length, stopReason]).toEqual([10, 'length']);
    const [last] = await sample(randomTokens(7, config.maxPositions - 1, V), { maxTokens: 1000 });
    expect([last.tokens.length, last.stopReason]).toEqual([1, 'length']);
  });

  it('no tokens or no samples asked for: none are made', async () => {
    const prompt = randomTokens(8, 4, V);
    expect(tokensOf(await sample(prompt, { maxTokens: 0, n: 2 }))).toEqual([[], []]);
    expect(await sample(prompt, { n: 0 })).toEqual([]);
  });
});

describe('beside others', () => {
  // A long prefix in common, other last tokens, other lengths, temperatures and truncations; some begin with one token.
  const common = randomTokens(9, 60, V);
  const requests = Array.from({ length: 16 }, (_, i) => {
    const prompt = i % 5 === 4 ? Int32Array.of(i) : Int32Array.from([...common, ...randomTokens(100 + i, 1 + (i % 7), V)]);
    const options: SampleOptions = {
      ...defaults,
      n: 1 + (i % 3),
      maxTokens: 1 + ((i * 13) % 60),
      temperature: i % 4 === 0 ? 0 : i % 4 === 1 ? 1 : 0.7,
      topK: i % 6 === 5 ? 5 : 0,
      seed: i,
    };
    return { prompt, options };
  });

  it('16 requests at once, two cancelled on the way, give what each gives alone', async () => {
    const alone: Sample[][] = [];
    for (const { prompt, options } of requests) alone.push(await sample(prompt, options));
    const sampler = newSampler();
    const cancelled = [6, 13];
    const handles = sampler.submit(
      requests.map((request, i) => ({
        ...request,
        options: cancelled.includes(i) ? { ...request.options, maxTokens: 90 } : request.options,
        // Cancelled after its tenth token.
        onTokens: cancelled.includes(i) ? (index: number) => index === 0 && ++seen[i] === 10 && handles[i].cancel() : undefined,
      })),
    );
    const seen = new Array<number>(16).fill(0);
    const together = await Promise.all(handles.map(({ done }) => done));
    for (const [i, samples] of together.entries()) {
      if (cancelled.includes(i)) {
        expect(samples.map(({ stopReason }) => stopReason)).toEqual(samples.map(() => 'cancelled'));
        for (const [n, { tokens }] of samples.entries()) {
          expect(tokens.length).toBe(10);
          expect([...tokens]).toEqual([...alone[i][n].tokens.subarray(0, 10)]);
        }
        continue;
      }
      expect(tokensOf(samples)).toEqual(tokensOf(alone[i]));
      for (const [n, { logprobs }] of samples.entries())
        for (const [t, lp] of logprobs.entries()) expect(lp).toBeCloseTo(alone[i][n].logprobs[t], 4);
    }
    // The rows are free again: what comes next is as if nothing had been.
    expect(tokensOf(await sample(requests[1].prompt, requests[1].options, sampler))).toEqual(tokensOf(alone[1]));
  });

  it('more samples than rows wait their turn; a cancelled request ends those that still wait', async () => {
    const sampler = newSampler();
    const prompt = randomTokens(10, 6, V);
    const options = { ...defaults, n: 300, maxTokens: 3 };
    const all = await sample(prompt, options, sampler);
    expect(all.length).toBe(300);
    expect(tokensOf(all).slice(290)).toEqual(tokensOf(await sample(prompt, options)).slice(290));
    const [handle] = sampler.submit([{ prompt, options: { ...options, maxTokens: 100 }, onTokens: () => handle.cancel() }]);
    const samples = await handle.done;
    expect(samples.map(({ tokens }) => tokens.length)).toEqual(samples.map((_, i) => (i < 256 ? 1 : 0)));
    expect(new Set(samples.map(({ stopReason }) => stopReason))).toEqual(new Set(['cancelled']));
  });

  it('as many run at once as the cache has room for at the length they may come to, whatever the context', () => {
    const smollm2 = { ...config, layers: 30, kvHeads: 3, headDim: 64, maxPositions: 8192 };
    expect([8192, 400, 64].map((positions) => mostSequences(smollm2, positions))).toEqual([5, 116, 256]);
    expect(mostSequences(smollm2, 10_000_000)).toBe(1);
  });

  it('tokens stream as they come', async () => {
    const streamed: number[][] = [[], []];
    const [{ done }] = newSampler().submit([
      { prompt: common, options: { ...defaults, n: 2 }, onTokens: (n, tokens) => streamed[n].push(...tokens) },
    ]);
    expect(streamed).toEqual(tokensOf(await done));
  });
});

describe('what is refused', () => {
  it.each<[string, Int32Array, RegExp]>([
    ['an empty prompt', new Int32Array(0), /an empty prompt/],
    ['an id past the vocabulary', Int32Array.of(1, V), /the prompt holds token 40; the vocabulary has 40/],
    ['a negative id', Int32Array.of(-1), /the prompt holds token -1/],
    ['a prompt that fills the context', new Int32Array(160), /the prompt has 160 tokens; the model's context is 160/],
  ])('%s, and nothing of the same call is left behind', async (_, prompt, message) => {
    const sampler = newSampler();
    let ran = false;
    const good = { prompt: Int32Array.of(1), options: defaults, onTokens: () => (ran = true) };
    expect(() => sampler.submit([good, { prompt, options: defaults }])).toThrow(message);
    await sample(Int32Array.of(2), {}, sampler);
    expect(ran).toBe(false);
  });

  it('weights that are not numbers: every request of the moment fails with one readable error', async () => {
    const broken = tinyStore(config);
    (broken.parameters.get('model.norm.weight') as { data: Float32Array }).data[3] = Number.NaN;
    const sampler = new Sampler(decode, broken.snapshot(), breathe);
    const handles = sampler.submit([1, 2].map((id) => ({ prompt: Int32Array.of(id), options: defaults })));
    const results = await Promise.allSettled(handles.map(({ done }) => done));
    for (const result of results) expect(String((result as PromiseRejectedResult).reason)).toContain('its weights hold NaN or infinity');
  });
});
