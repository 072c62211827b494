// Summaries of numbers for metrics. A summary of nothing is absent, never NaN and never 0: an absent reward must not look like a bad one.

/** The arithmetic mean of the numbers among `values`; undefined where there are none. */
export function mean(values: Iterable<number | null | undefined>): number | undefined {
  let sum = 0;
  let count = 0;
  for (const v of values) {
    if (v === null || v === undefined) continue;
    sum += v;
    count++;
  }
  return count === 0 ? undefined : sum / count;
}

/** The population standard deviation of the numbers among `values`; undefined where there are none. */
export function std(values: Iterable<number | null | undefined>): number | undefined {
  const numbers = [...values].filter((v) => v !== null && v !== undefined);
  const m = mean(numbers);
  if (m === undefined) return undefined;
  return Math.sqrt(numbers.reduce((sum, v) => sum + (v - m) ** 2, 0) / numbers.length);
}

/** The median (the mean of the middle two where their number is even); undefined where there are none. */
export function median(values: Iterable<number | null | undefined>): number | undefined {
  const sorted = [...values].filter((v) => v !== null && v !== undefined).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
