// Balancing pairs by length. A judge likes long responses, and a model that is to foretell the judge would learn length before it learns
// anything else; the paper keeps its pairs such that chosen and rejected responses are of comparable lengths (arXiv 2501.12948 v2, reward models).

import { stream } from './random.ts';

/**
 * Which of the pairs to keep, ascending. Pairs are put into buckets by how much their sides differ in length (0; 1; 2-3; 4-7; ...), and of
 * each bucket as many are kept whose chosen side is the longer as whose chosen side is the shorter, drawn by the seed. Among what is left
 * length alone foretells nothing: "the longer is the better" is right in half of each bucket, and the mean difference is near 0.
 * @param differences length of the chosen side less that of the rejected one
 */
export function balancedPairs(differences: readonly number[], seed: number): number[] {
  const buckets = new Map<number, { longer: number[]; shorter: number[] }>();
  const kept: number[] = [];
  for (const [i, difference] of differences.entries()) {
    if (difference === 0) {
      kept.push(i);
      continue;
    }
    const size = Math.floor(Math.log2(Math.abs(difference)));
    const bucket = buckets.get(size) ?? { longer: [], shorter: [] };
    buckets.set(size, bucket);
    bucket[difference > 0 ? 'longer' : 'shorter'].push(i);
  }
  for (const [size, { longer, shorter }] of buckets) {
    const count = Math.min(longer.length, shorter.length);
    for (const [side, indices] of Object.entries({ longer, shorter }))
      kept.push(
        ...stream(seed, 'length balance', size, side)
          .shuffle([...indices])
          .slice(0, count),
      );
  }
  return kept.sort((a, b) => a - b);
}
