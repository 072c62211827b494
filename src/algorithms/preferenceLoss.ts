// The losses that learn from judged texts: of two responses which is the better one (Bradley-Terry, DPO), of one whether it is good
// (binary). As plain loops with their gradients by hand: the definition that the local engine's graphs are tested against.

/** log(1 + exp(x)), finite at every finite x; -log sigmoid(x) is softplus(-x). */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** 1 / (1 + exp(-x)), without overflow. */
export function sigmoid(x: number): number {
  const small = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : small) / (1 + small);
}

/**
 * -log sigmoid(chosen - rejected), of two scores (Bradley and Terry 1952; Ouyang et al. 2022, eq. 1, for one pair), and its derivative by
 * `chosen`; that by `rejected` is its negative.
 */
export function bradleyTerryLoss(chosen: number, rejected: number): { loss: number; dChosen: number } {
  const margin = chosen - rejected;
  return { loss: softplus(-margin), dChosen: -sigmoid(-margin) };
}

/** Cross entropy of sigmoid(score) with `label`, 1 or 0, and its derivative by `score`. */
export function binaryLoss(score: number, label: number): { loss: number; dScore: number } {
  return { loss: softplus(score) - label * score, dScore: sigmoid(score) - label };
}

/** A response's log-probabilities under the policy and under the reference, tokens that count only. */
export interface ComparedResponse {
  logprobs: ArrayLike<number>;
  refLogprobs: ArrayLike<number>;
}

/**
 * Direct preference optimisation (Rafailov et al. 2023, eq. 7, for one pair): -log sigmoid(beta (r(chosen) - r(rejected))), where r is the sum
 * over a response's tokens of log pi - log pi_ref. `dChosen` is the derivative by each of the chosen response's log-probabilities; that
 * by the rejected one's is its negative.
 */
export function dpoLoss(chosen: ComparedResponse, rejected: ComparedResponse, beta: number): { loss: number; dChosen: number } {
  const { loss, dChosen } = bradleyTerryLoss(beta * logRatio(chosen), beta * logRatio(rejected));
  return { loss, dChosen: beta * dChosen };
}

function logRatio({ logprobs, refLogprobs }: ComparedResponse): number {
  let sum = 0;
  for (let t = 0; t < logprobs.length; t++) sum += logprobs[t] - refLogprobs[t];
  return sum;
}
