// Estimators of KL(pi || pi_ref) from one token drawn from pi (Schulman, "Approximating KL Divergence", 2020), in nats.
// `logprob` is the policy's, `refLogprob` the reference's. GRPO adds k3 to the loss; k1 and k2 are for measuring.
// k1 is no loss term: the expectation of its gradient under pi is zero, so it would hold nothing back.

/** Unbiased, can be negative: log pi - log pi_ref. */
export function k1(logprob: number, refLogprob: number): number {
  return logprob - refLogprob;
}

/** Biased, low variance, never negative: (log pi - log pi_ref)^2 / 2. */
export function k2(logprob: number, refLogprob: number): number {
  return (logprob - refLogprob) ** 2 / 2;
}

/** Unbiased and never negative: pi_ref/pi - log(pi_ref/pi) - 1. */
export function k3(logprob: number, refLogprob: number): number {
  const d = refLogprob - logprob;
  return Math.max(0, Math.expm1(d) - d);
}

/** Derivative of k3 by `logprob`: 1 - pi_ref/pi. */
export function k3Gradient(logprob: number, refLogprob: number): number {
  return -Math.expm1(refLogprob - logprob);
}
