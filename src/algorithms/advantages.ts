// GRPO's advantages: how much better a response did than the others to the same prompt. No critic: the group is the baseline.
// Pure functions on numbers; the stage `rl` calls them with each group's total rewards.

/** `grpo`: (r - mean) / std (DeepSeekMath, DeepSeek-R1). `dr_grpo`: r - mean (Dr. GRPO: no division by std, which favours easy and hard prompts). */
export type AdvantageKind = 'grpo' | 'dr_grpo';

export interface GroupStatistics {
  /** Rows that have a reward. */
  count: number;
  /** 0 where no row has one. */
  mean: number;
  /** Population standard deviation; exactly 0 where the rewards are equal within rounding. */
  std: number;
  /** No row differs from another: the group carries no signal. */
  equal: boolean;
}

/**
 * Mean and spread of one group's rewards [G]; null rows (no reward applies) take no part.
 * "Equal" allows for rounding, 0.1 + 0.2 against 0.3: a spread of 5e-17 divided by itself would be a full-size advantage.
 * @throws RangeError for NaN or an infinite reward, naming its row.
 */
export function groupStatistics(rewards: readonly (number | null)[]): GroupStatistics {
  const values: number[] = [];
  rewards.forEach((r, row) => {
    if (r === null) return;
    if (!Number.isFinite(r)) throw new RangeError(`reward of row ${row} is ${r}`);
    values.push(r);
  });
  const count = values.length;
  if (count === 0) return { count, mean: 0, std: 0, equal: true };
  let low = values[0];
  let high = values[0];
  let sum = 0;
  for (const r of values) {
    low = Math.min(low, r);
    high = Math.max(high, r);
    sum += r;
  }
  // The absolute part is for sums of rewards that cancel: 0.1 + 0.2 - 0.3 against 0.
  if (high - low <= 1e-12 + 1e-9 * Math.max(Math.abs(low), Math.abs(high))) return { count, mean: sum / count, std: 0, equal: true };
  const mean = sum / count;
  let squares = 0;
  for (const r of values) squares += (r - mean) ** 2;
  return { count, mean, std: Math.sqrt(squares / count), equal: false };
}

/**
 * Advantages [G] of one group from its total rewards [G]. All 0 where the rewards are equal; null rows get null.
 * The standard deviation is the population's (divided by G), as in the paper's formula.
 */
export function groupAdvantages(rewards: readonly (number | null)[], kind: AdvantageKind): (number | null)[] {
  const { mean, std, equal } = groupStatistics(rewards);
  const scale = kind === 'grpo' ? std : 1;
  return rewards.map((r) => (r === null ? null : equal ? 0 : (r - mean) / scale));
}
