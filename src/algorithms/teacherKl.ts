// Distillation of a teacher's next-token distribution, known at its K likeliest ids: forward KL from the teacher to the student, token by token
// (Hinton et al. 2015, at the K). The teacher is renormalised over those of the K that the student has too, so that it is a distribution;
// the student is not: its probabilities are those over its whole vocabulary. The loss is then a KL of two distributions, never
// negative, and what the student puts outside the K costs it; renormalised itself, it could put any share of its mass there for nothing.

/**
 * The teacher's probabilities at one position: `logprobs [K]` of `ids [K]`, renormalised over the ids in [0, vocabSize); 0 for the others
 * (a teacher whose head is wider than the student's, or -1 for a slot that is empty).
 * @returns the probabilities and their entropy, nats; undefined where no id is left, or none has mass
 */
export function teacherDistribution(
  ids: ArrayLike<number>,
  logprobs: ArrayLike<number>,
  vocabSize: number,
): { probabilities: Float64Array; entropy: number } | undefined {
  const shared = (k: number): boolean => ids[k] >= 0 && ids[k] < vocabSize;
  let top = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < ids.length; k++) if (shared(k) && logprobs[k] > top) top = logprobs[k];
  if (!Number.isFinite(top)) return undefined;
  const probabilities = new Float64Array(ids.length);
  let total = 0;
  for (let k = 0; k < ids.length; k++) {
    if (!shared(k)) continue;
    probabilities[k] = Math.exp(logprobs[k] - top);
    total += probabilities[k];
  }
  let entropy = 0;
  for (const [k, mass] of probabilities.entries()) {
    const p = mass / total;
    probabilities[k] = p;
    if (p > 0) entropy -= p * Math.log(p);
  }
  return { probabilities, entropy };
}

/** KL(teacher || student) = sum_k p_k (log p_k - log q_k) at one position. `logprobs [K]`: the student's of the same ids; d loss / d logprobs is -p. */
export function teacherKl(teacher: { probabilities: Float64Array; entropy: number }, logprobs: ArrayLike<number>): number {
  let loss = -teacher.entropy;
  for (const [k, p] of teacher.probabilities.entries()) if (p > 0) loss -= p * logprobs[k];
  return loss;
}
