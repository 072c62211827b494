// Choosing a token under top-k and top-p (nucleus, Holtzman et al. 2020), outside the graph because a nucleus needs a sort.

/**
 * The id that `uniform` in [0, 1) falls on, among the `topK` likeliest (0 = all) and of those the fewest whose probabilities reach
 * `topP`. `logprobs [V]` are log-softmax over the vocabulary; equal ones are ordered by id.
 */
export function chooseTruncated(logprobs: Float32Array, topK: number, topP: number, uniform: number): number {
  // The far tail is seldom needed: look there only if the likely tokens are too few, or do not fill the nucleus.
  let candidates = likely(logprobs, Math.log(1e-5));
  const enough = topK > 0 ? candidates.length >= topK : massOf(logprobs, candidates) >= topP && topP < 1;
  if (!enough) candidates = likely(logprobs, Number.NEGATIVE_INFINITY);
  candidates.sort((a, b) => logprobs[b] - logprobs[a] || a - b);
  if (topK > 0 && candidates.length > topK) candidates.length = topK;
  // Without a top-k the nucleus is one of the whole vocabulary, whose mass is 1, also where its tail was not looked at.
  const total = topK > 0 ? massOf(logprobs, candidates) : 1;
  const kept: number[] = [];
  let sum = 0;
  for (const id of candidates) {
    kept.push(id);
    sum += Math.exp(logprobs[id]);
    if (topP < 1 && sum >= topP * total) break;
  }
  let left = uniform * sum;
  for (const id of kept) {
    left -= Math.exp(logprobs[id]);
    if (left < 0) return id;
  }
  return kept[kept.length - 1];
}

function massOf(logprobs: Float32Array, ids: readonly number[]): number {
  let mass = 0;
  for (const id of ids) mass += Math.exp(logprobs[id]);
  return mass;
}

function likely(logprobs: Float32Array, threshold: number): number[] {
  const ids: number[] = [];
  for (let id = 0; id < logprobs.length; id++) if (logprobs[id] >= threshold) ids.push(id);
  return ids;
}
