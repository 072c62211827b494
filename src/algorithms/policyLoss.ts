// The token losses of reinforcement learning as plain loops, with their gradients by hand: the definition that the graph
// version of the local engine is tested against, and what the stage uses to report how often the clip bit.
// A loss is a sum of weight x token loss; every denominator is in the weights (weights.ts).
import { k3, k3Gradient } from './kl.ts';

/** The names and options of engine.ts's `Loss`, of which an engine's Loss is one. */
export interface PolicyLossConfig {
  name: 'cross_entropy' | 'importance_sampling' | 'ppo' | 'gspo' | 'cispo';
  /** The ratio is clipped to [1 - clipLow, 1 + clipHigh]; absent = not clipped on that side. */
  clipLow?: number;
  clipHigh?: number;
  /** Coefficient of the k3 KL estimate to `refLogprobs`. */
  klBeta?: number;
  /** Truncated importance sampling: the policy term (not the KL) is multiplied by min(pi_old / pi_sampler, tisCap). */
  tisCap?: number;
}

/** One response, all arrays [T]. A token of weight 0 is masked: whatever its other fields hold has no effect. */
export interface PolicySequence {
  /** log pi of the policy being trained. */
  logprobs: ArrayLike<number>;
  weights: ArrayLike<number>;
  /** Not used by cross_entropy. */
  advantages?: ArrayLike<number>;
  /** log pi_old; absent: on-policy, the ratio is exp(lp - stopgrad(lp)) = 1. */
  oldLogprobs?: ArrayLike<number>;
  samplerLogprobs?: ArrayLike<number>;
  refLogprobs?: ArrayLike<number>;
}

export interface PolicyLossResult {
  loss: number;
  /** d loss / d logprobs, [sequences][T]. */
  dLogprobs: Float64Array[];
  /** Shares of the unmasked tokens whose ratio was clipped from below or above (gspo: whose sequence's was); 0 without tokens. */
  clipLowFraction: number;
  clipHighFraction: number;
  /** Mean over unmasked tokens of the ratio before clipping (gspo: the sequence's); 1 without tokens. */
  ratioMean: number;
  /** Mean over unmasked tokens of k3 to the reference; absent where no sequence has refLogprobs. */
  klMean?: number;
}

/**
 * Sum over sequences and tokens of weight x token loss, with rho = exp(lp - old), A the advantage:
 * - cross_entropy: -lp
 * - importance_sampling: -rho A
 * - ppo: -min(rho A, clip(rho) A)   (GRPO's token term; DAPO's clip-higher is clipHigh > clipLow)
 * - gspo: the same with the sequence's ratio exp(mean over its unmasked tokens of (lp - old)) for every token (GSPO)
 * - cispo: -stopgrad(min(rho, 1 + clipHigh)) A lp   (MiniMax-M1)
 * plus klBeta x k3(pi, pi_ref) where refLogprobs are given.
 * @throws RangeError where an option names an input that a sequence lacks.
 */
export function policyLoss(sequences: readonly PolicySequence[], config: PolicyLossConfig): PolicyLossResult {
  const low = 1 - (config.clipLow ?? Number.POSITIVE_INFINITY);
  const high = 1 + (config.clipHigh ?? Number.POSITIVE_INFINITY);
  const beta = config.klBeta ?? 0;
  const tisCap = config.tisCap ?? Number.POSITIVE_INFINITY;
  let loss = 0;
  let tokens = 0;
  let clippedLow = 0;
  let clippedHigh = 0;
  let ratioSum = 0;
  let klSum = 0;
  let klTokens = 0;
  const dLogprobs = sequences.map((s, index) => {
    const T = s.logprobs.length;
    const d = new Float64Array(T);
    const policy = config.name !== 'cross_entropy';
    const advantages = policy ? needed(s.advantages, index, config.name, 'advantages') : [];
    const sampler = policy && config.tisCap !== undefined ? needed(s.samplerLogprobs, index, 'tisCap', 'samplerLogprobs') : undefined;
    if (beta !== 0) needed(s.refLogprobs, index, 'klBeta', 'refLogprobs');
    const unmasked: number[] = [];
    for (let t = 0; t < T; t++) if (s.weights[t] !== 0) unmasked.push(t);
    const old = s.oldLogprobs ?? s.logprobs;
    let sequenceRatio = 1;
    if (config.name === 'gspo') {
      let sum = 0;
      for (const t of unmasked) sum += s.logprobs[t] - old[t];
      sequenceRatio = unmasked.length === 0 ? 1 : Math.exp(sum / unmasked.length);
    }
    // gspo: every token's loss depends on every token's logprob, through the mean; collected here, spread below.
    let dMean = 0;
    for (const t of unmasked) {
      const w = s.weights[t];
      const lp = s.logprobs[t];
      tokens++;
      if (policy) {
        const A = advantages[t];
        const ratio = config.name === 'gspo' ? sequenceRatio : Math.exp(lp - old[t]);
        const tis = sampler ? Math.min(Math.exp(old[t] - sampler[t]), tisCap) : 1;
        ratioSum += ratio;
        if (config.name === 'importance_sampling') {
          loss += w * tis * -ratio * A;
          d[t] += w * tis * -ratio * A;
        } else if (config.name === 'cispo') {
          const coefficient = Math.min(ratio, high);
          if (ratio > high) clippedHigh++;
          loss += w * tis * -coefficient * A * lp;
          d[t] += w * tis * -coefficient * A;
        } else {
          const clipped = Math.min(Math.max(ratio, low), high);
          // min() takes the clipped term only where it is the worse one: a bad response grown more likely is never let off.
          const bites = clipped * A < ratio * A;
          if (bites && ratio < low) clippedLow++;
          if (bites && ratio > high) clippedHigh++;
          loss += w * tis * -(bites ? clipped : ratio) * A;
          const gradient = bites ? 0 : w * tis * -ratio * A;
          if (config.name === 'gspo') dMean += gradient;
          else d[t] += gradient;
        }
      } else {
        loss += w * -lp;
        d[t] -= w;
        ratioSum += 1;
      }
      if (s.refLogprobs) {
        const kl = k3(lp, s.refLogprobs[t]);
        klSum += kl;
        klTokens++;
        if (beta === 0) continue;
        loss += w * beta * kl;
        d[t] += w * beta * k3Gradient(lp, s.refLogprobs[t]);
      }
    }
    for (const t of unmasked) d[t] += dMean / unmasked.length;
    return d;
  });
  return {
    loss,
    dLogprobs,
    clipLowFraction: tokens === 0 ? 0 : clippedLow / tokens,
    clipHighFraction: tokens === 0 ? 0 : clippedHigh / tokens,
    ratioMean: tokens === 0 ? 1 : ratioSum / tokens,
    klMean: klTokens === 0 ? undefined : klSum / klTokens,
  };
}

function needed(array: ArrayLike<number> | undefined, sequence: number, option: string, name: string): ArrayLike<number> {
  if (!array) throw new RangeError(`sequence ${sequence}: ${option} needs ${name}`);
  return array;
}
