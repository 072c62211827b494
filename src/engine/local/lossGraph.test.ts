// The losses as graphs against the plain loops of algorithms/policyLoss.ts, on random inputs: the loss and its gradient with respect to
// every log-probability; and hand-worked cases of where the clip bites.

import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type PolicyLossConfig, type PolicySequence, policyLoss } from '../../algorithms/policyLoss.ts';
import { gradients } from '../../graph/autodiff.ts';
import { type ArrayValue, CompiledGraph } from '../../graph/session.ts';
import { input } from '../../graph/tensor.ts';
import type { Loss } from '../engine.ts';
import { inputName, type LossShape, lossGraph, requiredInputs, shapeOf } from './lossGraph.ts';

const compiled = new Map<string, Promise<CompiledGraph>>();
afterAll(async () => {
  for (const graph of compiled.values()) await (await graph).dispose();
});

function graphOf(shape: LossShape): Promise<CompiledGraph> {
  const key = JSON.stringify(shape);
  let graph = compiled.get(key);
  if (graph === undefined) {
    const logprobs = input('current', ['N']);
    const loss = lossGraph(logprobs, shape);
    graph = CompiledGraph.compile({ loss, d: gradients(loss, [logprobs])[0] }, { threads: 1 });
    compiled.set(key, graph);
  }
  return graph;
}

interface Token {
  logprob: number;
  weight: number;
  advantage: number;
  old: number;
  sampler: number;
  ref: number;
}

/** The graph's loss and d loss / d logprobs; `offPolicy`: old log-probabilities are given. Every token bears a loss. */
async function run(sequences: readonly (readonly Token[])[], loss: Loss, offPolicy: boolean): Promise<{ loss: number; d: number[] }> {
  const shape = shapeOf(loss, offPolicy);
  const tokens = sequences.flat();
  const per = (of: (token: Token) => number): ArrayValue => ({ data: Float32Array.from(tokens, of), dims: [tokens.length] });
  const all = {
    weights: per((t) => t.weight),
    advantages: per((t) => t.advantage),
    logprobs: per((t) => t.old),
    samplerLogprobs: per((t) => t.sampler),
    refLogprobs: per((t) => t.ref),
  };
  const feeds: Record<string, ArrayValue> = { current: per((t) => t.logprob) };
  for (const name of requiredInputs(shape)) feeds[inputName(name)] = all[name];
  if (loss.name === 'gspo') {
    feeds.sequence = { data: Int32Array.from(sequences.flatMap((sequence, s) => sequence.map(() => s))), dims: [tokens.length] };
    feeds.inverseLengths = { data: Float32Array.from(sequences, ({ length }) => 1 / length), dims: [sequences.length, 1] };
  }
  const outputs = await (await graphOf(shape)).run(feeds);
  return { loss: outputs.loss[0], d: [...outputs.d] };
}

function expected(sequences: readonly (readonly Token[])[], loss: PolicyLossConfig, offPolicy: boolean): { loss: number; d: number[] } {
  const plain = sequences.map((tokens): PolicySequence => {
    const per = (of: (token: Token) => number) => Float32Array.from(tokens, of);
    return {
      logprobs: per((t) => t.logprob),
      weights: per((t) => t.weight),
      advantages: per((t) => t.advantage),
      oldLogprobs: offPolicy ? per((t) => t.old) : undefined,
      samplerLogprobs: per((t) => t.sampler),
      refLogprobs: per((t) => t.ref),
    };
  });
  const result = policyLoss(plain, loss);
  return { loss: result.loss, d: result.dLogprobs.flatMap((d) => [...d]) };
}

const number = (min: number, max: number) => fc.float({ min: Math.fround(min), max: Math.fround(max), noNaN: true });
const token: fc.Arbitrary<Token> = fc
  .record({
    logprob: number(-6, 0),
    weight: number(0.01, 2),
    advantage: number(-2, 2),
    old: number(-1, 1),
    sampler: number(-1, 1),
    ref: number(-2, 2),
  })
  .map(({ logprob, old, sampler, ref, ...rest }) => ({
    ...rest,
    logprob,
    old: logprob + old,
    sampler: logprob + sampler,
    ref: logprob + ref,
  }));
const sequencesOf = fc.array(fc.array(token, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 });

const losses: PolicyLossConfig[] = [
  { name: 'cross_entropy' },
  { name: 'cross_entropy', klBeta: 0.3 },
  { name: 'importance_sampling' },
  { name: 'importance_sampling', tisCap: 1.2 },
  { name: 'ppo' },
  { name: 'ppo', clipLow: 0.2, clipHigh: 0.2 },
  { name: 'ppo', clipLow: 0.2, clipHigh: 0.28, klBeta: 0.04 },
  { name: 'ppo', clipHigh: 0.3, tisCap: 1.5, klBeta: 0.1 },
  { name: 'ppo', clipLow: 0.1 },
  { name: 'gspo', clipLow: 0.1, clipHigh: 0.15 },
  { name: 'gspo', clipLow: 0.2, clipHigh: 0.2, klBeta: 0.1, tisCap: 2 },
  { name: 'cispo', clipHigh: 0.25 },
  { name: 'cispo', clipHigh: 0.25, tisCap: 1.1, klBeta: 0.02 },
];
const cases = losses.flatMap((loss) =>
  [true, false].map((offPolicy) => [JSON.stringify(loss), offPolicy ? 'off-policy' : 'on-policy', loss, offPolicy] as const),
);

/** In float32 a ratio within rounding of its bound may be clipped or not: such draws decide nothing. */
function nearBound(sequences: readonly (readonly Token[])[], { clipLow, clipHigh }: Loss): boolean {
  const bounds = [clipLow === undefined ? Number.NaN : Math.log(1 - clipLow), clipHigh === undefined ? Number.NaN : Math.log(1 + clipHigh)];
  const ratios = sequences.flatMap((tokens) => {
    const each = tokens.map(({ logprob, old }) => Math.fround(logprob) - Math.fround(old));
    return [...each, each.reduce((sum, r) => sum + r, 0) / each.length];
  });
  return ratios.some((ratio) => bounds.some((bound) => Math.abs(ratio - bound) < 1e-5));
}

describe('the graph is the definition', () => {
  it.each(cases)('%s, %s', async (_, __, loss, offPolicy) => {
    await fc.assert(
      fc.asyncProperty(sequencesOf, async (sequences) => {
        fc.pre(!nearBound(sequences, loss));
        const got = await run(sequences, loss, offPolicy);
        const wanted = expected(sequences, loss, offPolicy);
        const scale = 1 + wanted.d.reduce((sum, d) => sum + Math.abs(d), 0);
        expect(Math.abs(got.loss - wanted.loss)).toBeLessThan(1e-5 * (scale + Math.abs(wanted.loss)));
        for (const [i, d] of got.d.entries())
          expect(Math.abs(d - wanted.d[i]), `d loss / d logprob ${i}`).toBeLessThan(1e-5 * Math.max(1, Math.abs(wanted.d[i])));
      }),
      { numRuns: 25 },
    );
  });
});

const one = (change: Partial<Token>): Token => ({ logprob: -1, weight: 1, advantage: 1, old: -1, sampler: -1, ref: -1, ...change });

describe('by hand', () => {
  it.each(['importance_sampling', 'ppo', 'gspo', 'cispo'] as const)(
    '%s without old logprobs: the ratio is 1 and each gradient is -A x weight',
    async (name) => {
      const tokens = [one({ advantage: 0.7, weight: 0.5 }), one({ advantage: -1.3, weight: 0.5, logprob: -4 })];
      const { loss, d } = await run([tokens], { name, clipLow: 0.2, clipHigh: 0.2 }, false);
      // gspo spreads a sequence's gradient evenly over its tokens.
      const wanted = name === 'gspo' ? [0.15, 0.15] : [-0.35, 0.65];
      for (const [i, value] of wanted.entries()) expect(d[i]).toBeCloseTo(value, 6);
      expect(loss).toBeCloseTo(name === 'cispo' ? 0.35 * 1 - 0.65 * 4 : 0.3, 5);
    },
  );

  it('ppo: the clip bites on a good token grown likelier and on a bad one grown rarer, and lets the others move', async () => {
    const up = { logprob: -1, old: -1.5 };
    const down = { logprob: -1.5, old: -1 };
    const tokens = [
      one({ ...up, advantage: 1 }),
      one({ ...up, advantage: -1 }),
      one({ ...down, advantage: 1 }),
      one({ ...down, advantage: -1 }),
    ];
    const { loss, d } = await run([tokens], { name: 'ppo', clipLow: 0.2, clipHigh: 0.2 }, true);
    expect(d[0]).toBe(0);
    expect(d[1]).toBeCloseTo(Math.exp(0.5), 5);
    expect(d[2]).toBeCloseTo(-Math.exp(-0.5), 5);
    expect(d[3]).toBe(0);
    expect(loss).toBeCloseTo(-1.2 + Math.exp(0.5) - Math.exp(-0.5) + 0.8, 5);
  });

  it('log-ratios +0.5, -0.5, 0 with advantage 1 and clip 0.2: ppo 0.93551 a token; gspo 1, nothing clipped', async () => {
    const tokens = [0.5, -0.5, 0].map((r) => one({ logprob: -1 + r, old: -1, weight: 1 / 3 }));
    expect((await run([tokens], { name: 'ppo', clipLow: 0.2, clipHigh: 0.2 }, true)).loss).toBeCloseTo(-0.93551, 5);
    const gspo = await run([tokens], { name: 'gspo', clipLow: 0.2, clipHigh: 0.2 }, true);
    expect(gspo.loss).toBeCloseTo(-1, 5);
    for (const d of gspo.d) expect(d).toBeCloseTo(-1 / 3, 5);
  });

  it('k3 enters the loss once, times its coefficient', async () => {
    const token = one({ logprob: -1, ref: -1.5, advantage: 0 });
    const { loss, d } = await run([[token]], { name: 'ppo', klBeta: 0.05 }, false);
    expect(loss).toBeCloseTo(0.05 * 0.10653, 6);
    expect(d[0]).toBeCloseTo(0.05 * (1 - Math.exp(-0.5)), 6);
  });

  it('tis weighs a token by pi_old / pi_sampler up to its cap, and not the KL term', async () => {
    const tokens = [one({ sampler: -1.5 }), one({ sampler: -3 }), one({ sampler: -0.5 })];
    const { d } = await run([tokens], { name: 'importance_sampling', tisCap: 2 }, true);
    for (const [i, weight] of [Math.exp(0.5), 2, Math.exp(-0.5)].entries()) expect(d[i]).toBeCloseTo(-weight, 5);
    const kl = await run([[one({ advantage: 0, sampler: -3, ref: -1.5 })]], { name: 'ppo', tisCap: 2, klBeta: 1 }, true);
    expect(kl.loss).toBeCloseTo(0.10653, 5);
  });
});
