import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupAdvantages } from './advantages.ts';
import { type PolicyLossConfig, type PolicySequence, policyLoss } from './policyLoss.ts';
import { tokenWeights } from './weights.ts';

const ppo: PolicyLossConfig = { name: 'ppo', clipLow: 0.2, clipHigh: 0.2 };

/** Log-ratios +0.5, -0.5, 0 and two tokens of padding that hold 7. */
const padded = (advantage: number): PolicySequence => ({
  logprobs: [-1 + 0.5, -1 - 0.5, -1, 7, 7],
  oldLogprobs: [-1, -1, -1, 0, 0],
  advantages: [advantage, advantage, advantage, 7, 7],
  weights: [1 / 3, 1 / 3, 1 / 3, 0, 0],
});

describe('policyLoss', () => {
  it('ppo clips the ratio where that is worse: objective 0.93551, a third clipped from above', () => {
    const r = policyLoss([padded(1)], ppo);
    expect(-r.loss).toBeCloseTo((1.2 + Math.exp(-0.5) + 1) / 3, 12);
    expect(-r.loss).toBeCloseTo(0.93551, 5);
    expect(r.clipHighFraction).toBeCloseTo(1 / 3, 12);
    expect(r.clipLowFraction).toBe(0);
    [0, -Math.exp(-0.5) / 3, -1 / 3, 0, 0].forEach((g, t) => {
      expect(r.dLogprobs[0][t]).toBeCloseTo(g, 12);
    });
  });

  it('ppo with a negative advantage clips from below, and never lets off a bad response that grew more likely', () => {
    const r = policyLoss([padded(-1)], ppo);
    // -min(-1.6487, -1.2), -min(-0.6065, -0.8), -min(-1, -1)
    expect(r.loss).toBeCloseTo((Math.exp(0.5) + 0.8 + 1) / 3, 12);
    expect(r.clipLowFraction).toBeCloseTo(1 / 3, 12);
    expect(r.clipHighFraction).toBe(0);
    expect(r.dLogprobs[0][0]).toBeCloseTo(Math.exp(0.5) / 3, 12);
    expect(r.dLogprobs[0][1]).toBe(0);
  });

  it('clip-higher moves only the upper bound', () => {
    expect(-policyLoss([padded(1)], { name: 'ppo', clipLow: 0.2, clipHigh: 0.28 }).loss).toBeCloseTo((1.28 + Math.exp(-0.5) + 1) / 3, 12);
  });

  it('gspo takes the ratio of the sequence: exp(mean of +0.5, -0.5, 0) = 1, nothing clipped', () => {
    const r = policyLoss([padded(1)], { ...ppo, name: 'gspo' });
    expect(-r.loss).toBeCloseTo(1, 12);
    expect([r.clipLowFraction, r.clipHighFraction, r.ratioMean]).toEqual([0, 0, 1]);
    r.dLogprobs[0].slice(0, 3).forEach((g) => {
      expect(g).toBeCloseTo(-1 / 3, 12);
    });
    expect([...r.dLogprobs[0].slice(3)]).toEqual([0, 0]);
  });

  it('gspo clips whole sequences', () => {
    const s = { ...padded(1), oldLogprobs: [-1.3, -1.3, -1.3, 0, 0] };
    const r = policyLoss([s], { name: 'gspo', clipLow: 3e-4, clipHigh: 4e-4 });
    expect(-r.loss).toBeCloseTo(1.0004, 12);
    expect(r.clipHighFraction).toBe(1);
    expect([...r.dLogprobs[0]]).toEqual([0, 0, 0, 0, 0]);
    expect(r.ratioMean).toBeCloseTo(Math.exp(0.3), 12);
  });

  it('cispo keeps a gradient for clipped tokens: -min(rho, 1 + clipHigh) A', () => {
    const r = policyLoss([padded(1)], { name: 'cispo', clipHigh: 0.2 });
    const expected = [-1.2 / 3, -Math.exp(-0.5) / 3, -1 / 3, 0, 0];
    r.dLogprobs[0].forEach((g, t) => {
      expect(g).toBeCloseTo(expected[t], 12);
    });
    expect(r.loss).toBeCloseTo((1.2 * 0.5 + Math.exp(-0.5) * 1.5 + 1) / 3, 12);
    expect(r.clipHighFraction).toBeCloseTo(1 / 3, 12);
  });

  it('importance_sampling is the ratio times the advantage, unclipped', () => {
    const r = policyLoss([padded(2)], { name: 'importance_sampling' });
    expect(r.loss).toBeCloseTo((-2 * (Math.exp(0.5) + Math.exp(-0.5) + 1)) / 3, 12);
    expect(r.dLogprobs[0][0]).toBeCloseTo((-2 * Math.exp(0.5)) / 3, 12);
  });

  it('cross_entropy is minus the weighted log-probability', () => {
    const r = policyLoss([{ logprobs: [-1, -2, -9], weights: [0.5, 0.25, 0] }], { name: 'cross_entropy' });
    expect(r.loss).toBe(1);
    expect([...r.dLogprobs[0]]).toEqual([-0.5, -0.25, 0]);
  });

  it('moves the loss by beta x k3 exactly once, and not at all for a masked token', () => {
    const token = (weight: number, refLogprobs?: number[]): PolicySequence => ({
      logprobs: [-1],
      advantages: [0.7],
      weights: [weight],
      refLogprobs,
    });
    const without = policyLoss([token(1)], ppo);
    const withKl = policyLoss([token(1, [-1.5])], { ...ppo, klBeta: 0.05 });
    expect(withKl.loss - without.loss).toBeCloseTo(0.05 * 0.10653, 6);
    expect(withKl.dLogprobs[0][0] - without.dLogprobs[0][0]).toBeCloseTo(0.05 * (1 - Math.exp(-0.5)), 12);
    expect(withKl.klMean).toBeCloseTo(0.10653, 5);
    const masked = policyLoss([token(0, [-1.5])], { ...ppo, klBeta: 0.05 });
    expect(masked.loss).toBe(0);
    expect(masked.klMean).toBeUndefined();
  });

  it('is on-policy without old log-probabilities: ratio 1, nothing clipped, gradient -w A', () => {
    for (const name of ['importance_sampling', 'ppo', 'gspo', 'cispo'] as const) {
      const r = policyLoss([{ logprobs: [-0.3, -2], advantages: [1.5, 1.5], weights: [0.5, 0.5] }], { ...ppo, name });
      expect(r.ratioMean).toBe(1);
      expect(r.clipLowFraction + r.clipHighFraction).toBe(0);
      expect([...r.dLogprobs[0]]).toEqual([-0.75, -0.75]);
    }
  });

  it('tis scales the policy term by min(pi_old / pi_sampler, cap), and leaves the KL alone', () => {
    const s: PolicySequence = {
      logprobs: [-1, -1],
      oldLogprobs: [-1, -1],
      samplerLogprobs: [-1.1, -4],
      advantages: [1, 1],
      weights: [1, 1],
      refLogprobs: [-1.5, -1.5],
    };
    const r = policyLoss([s], { name: 'ppo', clipLow: 0.2, clipHigh: 0.2, tisCap: 2, klBeta: 0.1 });
    const kl = 0.1 * (Math.exp(-0.5) + 0.5 - 1);
    expect(r.loss).toBeCloseTo(-(Math.exp(0.1) + 2) + 2 * kl, 12);
  });

  it('gives the same loss and gradients whole or in micro-batches, since the weights carry the denominators', () => {
    // Two sequences: 2 tokens of loss 1, 8 tokens of loss 0.25: 0.4 a token, not the mean of means 0.625.
    const lengths = [2, 8];
    const w = tokenWeights(lengths, 'token');
    const data = lengths.map((n, i) => ({ logprobs: new Array(n).fill(i === 0 ? -1 : -0.25), weights: new Array(n).fill(w[i]) }));
    const ce: PolicyLossConfig = { name: 'cross_entropy' };
    const whole = policyLoss(data, ce);
    const parts = data.map((d) => policyLoss([d], ce));
    expect(whole.loss).toBeCloseTo(0.4, 12);
    expect(parts[0].loss + parts[1].loss).toBeCloseTo(0.4, 12);
    parts.forEach((p, i) => {
      expect([...p.dLogprobs[0]]).toEqual([...whole.dLogprobs[i]]);
    });
  });

  it('is 0 with gradient 0 for groups of equal rewards', () => {
    const advantages = [...groupAdvantages([2, 2, 2], 'grpo'), ...groupAdvantages([5, 5, 5], 'grpo')];
    const r = policyLoss(
      advantages.map((a) => ({ logprobs: [-1, -2], advantages: [a ?? Number.NaN, a ?? Number.NaN], weights: [0.1, 0.1] })),
      ppo,
    );
    expect(Math.abs(r.loss)).toBe(0);
    for (const d of r.dLogprobs) for (const g of d) expect(Math.abs(g)).toBe(0);
  });

  it('refuses options whose inputs are missing', () => {
    expect(() => policyLoss([{ logprobs: [-1], weights: [1] }], ppo)).toThrow('sequence 0: ppo needs advantages');
    expect(() => policyLoss([padded(1)], { ...ppo, klBeta: 0.1 })).toThrow('needs refLogprobs');
    expect(() => policyLoss([padded(1)], { ...ppo, tisCap: 2 })).toThrow('needs samplerLogprobs');
  });

  it('has the gradient that finite differences give, for every loss and option', () => {
    const row = fc.record({
      lp: fc.double({ min: -4, max: -0.05, noNaN: true }),
      shift: fc.double({ min: -0.6, max: 0.6, noNaN: true }),
      A: fc.constantFrom(-1.3, -0.4, 0, 0.8, 2),
      w: fc.constantFrom(0, 0.1, 0.3),
      ref: fc.double({ min: -4, max: -0.05, noNaN: true }),
      sampler: fc.double({ min: -4, max: -0.05, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom('importance_sampling' as const, 'ppo' as const, 'gspo' as const, 'cispo' as const),
        fc.array(row, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        (name, rows, extras) => {
          const config: PolicyLossConfig = { name, clipLow: 0.2, clipHigh: 0.28, ...(extras ? { klBeta: 0.07, tisCap: 2 } : {}) };
          const old = rows.map((r) => r.lp - r.shift);
          // cispo's coefficient is not differentiated: held at the unmoved policy.
          const evaluate = (lps: number[]) =>
            name === 'cispo'
              ? policyLoss([{ ...sequence(lps), weights: rows.map(() => 0) }], config).loss +
                rows.reduce(
                  (sum, r, t) =>
                    sum +
                    r.w *
                      ((extras ? Math.min(Math.exp(old[t] - r.sampler), 2) : 1) * -Math.min(Math.exp(r.shift), 1.28) * r.A * lps[t] +
                        (extras ? 0.07 * (Math.exp(r.ref - lps[t]) - (r.ref - lps[t]) - 1) : 0)),
                  0,
                )
              : policyLoss([sequence(lps)], config).loss;
          const sequence = (lps: number[]): PolicySequence => ({
            logprobs: lps,
            oldLogprobs: old,
            advantages: rows.map((r) => r.A),
            weights: rows.map((r) => r.w),
            refLogprobs: rows.map((r) => r.ref),
            samplerLogprobs: rows.map((r) => r.sampler),
          });
          const lps = rows.map((r) => r.lp);
          const { dLogprobs, loss } = policyLoss([sequence(lps)], config);
          expect(loss).toBeCloseTo(evaluate(lps), 9);
          const h = 1e-6;
          // at the kink of the clip the two sides differ
          const sequenceShift = rows.filter((r) => r.w !== 0).reduce((s, r, _, all) => s + r.shift / all.length, 0);
          for (const shift of name === 'gspo' ? [sequenceShift] : rows.map((r) => r.shift))
            fc.pre(Math.abs(Math.exp(shift) - 0.8) > 1e-4 && Math.abs(Math.exp(shift) - 1.28) > 1e-4);
          lps.forEach((lp, t) => {
            const moved = (d: number) => evaluate(lps.map((x, i) => (i === t ? lp + d : x)));
            expect(dLogprobs[0][t]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 6);
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});
