// How well a score tells two kinds apart, whatever the threshold.

/**
 * The area under the ROC curve: the probability that one of `higher` has a higher score than one of `lower`, ties counted half
 * (Mann-Whitney's U over the number of pairs). 0.5: the score tells nothing. Undefined where either is empty.
 */
export function auc(higher: readonly number[], lower: readonly number[]): number | undefined {
  if (higher.length === 0 || lower.length === 0) return undefined;
  const sorted = [...lower].sort((a, b) => a - b);
  let wins = 0;
  for (const score of higher) wins += (countBelow(sorted, score, false) + countBelow(sorted, score, true)) / 2;
  return wins / (higher.length * lower.length);
}

/** How many of the ascending numbers are below `bound`, or equal to it where that is `inclusive`. */
function countBelow(sorted: readonly number[], bound: number, inclusive: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < bound || (inclusive && sorted[middle] === bound)) low = middle + 1;
    else high = middle;
  }
  return low;
}
