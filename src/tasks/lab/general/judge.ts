// The lab's judge of preference: it compares answers by the verifier's helpfulness, as real judges do: noisily, with a liking for the first
// side and for the longer one. Reward models learn from its verdicts and never see the verifier.
import { type Stream, stream } from '../../../algorithms/random.ts';
import type { PreferenceJudge } from '../../../rewards/preference.ts';
import { finalText, type GeneralRow, helpfulness } from './verifier.ts';

/** In points, as a judge gives them on a scale of ten. */
export const judgeConstants = {
  /** Between the worst answer and the best. */
  scale: 8,
  /** Standard deviation of what it says another time, normal. */
  noise: 1.5,
  /** For the side that is shown first. Swapping the sides cancels it. */
  first: 0.6,
  /** For each doubling of the other's length in words, two doublings at most. Swapping does not cancel it; equal mean lengths do. */
  longer: 0.4,
};

export const labJudge: PreferenceJudge = {
  compare(row, a, b, seed) {
    const { scale, noise, first, longer } = judgeConstants;
    const better = helpfulness(row as GeneralRow, a) - helpfulness(row as GeneralRow, b);
    const doublings = Math.max(-2, Math.min(2, Math.log2(length(a) / length(b))));
    return scale * better + first + longer * doublings + noise * normal(stream(seed, 'lab', 'judge', row.id, a, b));
  },
};

/** Words of what a reader is shown, at least 1. */
function length(response: string): number {
  return Math.max(1, finalText(response)?.split(/\s+/).filter(Boolean).length ?? 0);
}

/** A standard normal number (Box and Muller, 1958). */
function normal(random: Stream): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
