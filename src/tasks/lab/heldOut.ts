// Which problems are held out: a hash of the canonical form decides, so corpus, training and evaluation agree without a list,
// and no order of the numbers and no second way of writing a problem can smuggle an evaluation problem into training.
import { deriveSeed } from '../../algorithms/random.ts';

/** The share of canonical forms that neither the corpus nor training ever sees. */
const heldOutShare = 0.08;

/** Whether the problem of this canonical form is kept for evaluation. */
export function isHeldOut(canonical: string): boolean {
  return heldOutRank(canonical) < heldOutShare;
}

/** The canonical form's hash as a number in [0, 1): the fixed order of the held-out rows. */
export function heldOutRank(canonical: string): number {
  return deriveSeed(0, 'lab', 'held out', canonical) / 2 ** 53;
}
