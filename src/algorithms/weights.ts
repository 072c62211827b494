// Token weights: where the denominators of a loss live. They are computed once over everything an optimiser step is made of,
// so that splitting it into micro-batches changes nothing (the mean of means is the classic fault).
// Also what is done with responses that were cut at the length limit.

/**
 * How token losses become one number:
 * - `sequence`: each response's tokens averaged, then the responses (GRPO, as in DeepSeekMath)
 * - `token`: the mean over all tokens of the batch (DAPO): a long response counts for more
 * - `constant`: the sum over a constant, maximum length x responses (Dr. GRPO): no dependence on the length at all
 */
export type Aggregation = 'sequence' | 'token' | 'constant';

/**
 * The weight of each token of response i, [responses].
 * @param lengths trained tokens of each response
 * @param options.keep false = the response takes no part (overlong filtering, no reward): weight 0, and counted in no mean.
 *   `constant` divides by all responses whether kept or not, for it would not be a constant otherwise.
 * @param options.maxLength the limit on new tokens; `constant` needs it
 */
export function tokenWeights(
  lengths: readonly number[],
  aggregation: Aggregation,
  options: { keep?: readonly boolean[]; maxLength?: number } = {},
): number[] {
  const kept = lengths.map((length, i) => length > 0 && (options.keep?.[i] ?? true));
  if (aggregation === 'sequence') {
    const responses = kept.filter(Boolean).length;
    return lengths.map((length, i) => (kept[i] ? 1 / (responses * length) : 0));
  }
  if (aggregation === 'token') {
    const tokens = lengths.reduce((sum, length, i) => sum + (kept[i] ? length : 0), 0);
    return lengths.map((_, i) => (kept[i] ? 1 / tokens : 0));
  }
  const { maxLength } = options;
  if (maxLength === undefined || !(maxLength > 0)) throw new RangeError(`constant aggregation needs the maximum length, got ${maxLength}`);
  return lengths.map((_, i) => (kept[i] ? 1 / (maxLength * lengths.length) : 0));
}

/**
 * DAPO's soft overlong punishment, added to the reward: 0 up to max - cache tokens, then falling linearly to -1 at max.
 * @param length tokens of the response, @param max the limit on new tokens, @param cache width of the slope, 0 < cache <= max
 */
export function softOverlongPenalty(length: number, max: number, cache: number): number {
  if (!(cache > 0 && cache <= max)) throw new RangeError(`the overlong penalty's cache must be in (0, ${max}], got ${cache}`);
  return length <= max - cache ? 0 : Math.max(-1, (max - cache - length) / cache);
}
