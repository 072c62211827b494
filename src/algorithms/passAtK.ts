// pass@k without bias (Chen et al., "Evaluating Large Language Models Trained on Code", 2021): the chance that at least one of k
// samples is right, estimated from n >= k samples of a problem. pass@1 is the mean correctness.

/**
 * 1 - C(n - c, k) / C(n, k) for a problem with `c` right among `n` samples; undefined where n < k, for which no estimate exists.
 */
export function passAtK(n: number, c: number, k: number): number | undefined {
  if (!(Number.isInteger(n) && Number.isInteger(c) && Number.isInteger(k) && c >= 0 && c <= n && k >= 1))
    throw new RangeError(`passAtK(n=${n}, c=${c}, k=${k})`);
  if (n < k) return undefined;
  if (n - c < k) return 1;
  let allWrong = 1;
  for (let i = n - c + 1; i <= n; i++) allWrong *= 1 - k / i;
  return 1 - allWrong;
}

/** The mean of pass@k over problems; undefined where there is none or where any has fewer than k samples (a mean of the rest would be of other problems). */
export function meanPassAtK(problems: readonly { n: number; c: number }[], k: number): number | undefined {
  let sum = 0;
  for (const { n, c } of problems) {
    const value = passAtK(n, c, k);
    if (value === undefined) return undefined;
    sum += value;
  }
  return problems.length === 0 ? undefined : sum / problems.length;
}
