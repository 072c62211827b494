// 95% confidence intervals of accuracies. Samples of one problem are not independent of each other: the problem is the unit,
// so 16 samples of 30 problems are worth something between 30 and 480 independent ones, and the data say how many.

export interface Interval {
  low: number;
  high: number;
}

/** The two-sided 95% quantile of the normal distribution. */
const Z = 1.959963984540054;

/**
 * Wilson's score interval of `successes` among `n` (either may be fractional); [0, 1] for n = 0. Unlike mean +- 2 standard errors
 * it keeps within [0, 1] and does not shrink to a point at 0 or n.
 */
export function wilsonInterval(successes: number, n: number): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const p = successes / n;
  const centre = (p + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2));
  // At p = 0 and 1 one bound is exact; the subtraction would leave a rounding error of 1e-17.
  return { low: p === 0 ? 0 : Math.max(0, centre - half), high: p === 1 ? 1 : Math.min(1, centre + half) };
}

/**
 * The mean over problems of their accuracy, and its 95% interval clustered by problem.
 * `problems`: n samples of which c were right (or a value in [0, n], as n x pass@k). The mean weighs every problem alike.
 * The interval is Wilson's at the effective sample size p (1 - p) / var(mean), the variance being that between problems
 * (Korn and Graubard's idea for clustered surveys), at most the number of samples. With one sample a problem it is Wilson's own.
 * Where all problems agree the variance says nothing: then a problem counts as one sample.
 */
export function clusteredInterval(problems: readonly { n: number; c: number }[]): { mean: number | undefined } & Interval {
  const sampled = problems.filter((p) => p.n > 0);
  if (sampled.length === 0) return { mean: undefined, low: 0, high: 1 };
  const rates = sampled.map((p) => p.c / p.n);
  const N = rates.length;
  const mean = rates.reduce((sum, r) => sum + r, 0) / N;
  const variance = rates.reduce((sum, r) => sum + (r - mean) ** 2, 0) / N ** 2;
  const samples = sampled.reduce((sum, p) => sum + p.n, 0);
  const agree = rates.every((r) => r === rates[0]);
  const effective = agree ? N : Math.min(samples, (mean * (1 - mean)) / variance);
  return { mean, ...wilsonInterval(mean * effective, effective) };
}

/**
 * The mean of all samples of a quantity without bounds (tokens, say), and its 95% interval clustered by problem: the normal one, from the
 * variance of the problems' sums of deviations (Miller, "Adding Error Bars to Evals", 2024, section 2.2), with the small-sample factor
 * N / (N - 1). No interval where there is one problem: nothing is known of how problems differ. Undefined without samples.
 * @param problems the samples of each
 */
export function clusteredMean(problems: readonly (readonly number[])[]): ({ mean: number } & Partial<Interval>) | undefined {
  const sampled = problems.filter((samples) => samples.length > 0);
  const N = sampled.length;
  const count = sampled.reduce((sum, samples) => sum + samples.length, 0);
  if (count === 0) return undefined;
  const mean = sampled.reduce((sum, samples) => samples.reduce((part, value) => part + value, sum), 0) / count;
  if (N === 1) return { mean };
  const squares = sampled.reduce((sum, samples) => sum + samples.reduce((part, value) => part + value - mean, 0) ** 2, 0);
  const half = (Z * Math.sqrt((squares * N) / (N - 1))) / count;
  return { mean, low: mean - half, high: mean + half };
}
