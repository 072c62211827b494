// The training half of an RL step: the log-probabilities that the loss needs, then one optimiser step a minibatch.

import type { PolicyLossConfig } from '../algorithms/policyLoss.ts';
import { learningRateAt } from '../algorithms/schedules.ts';
import type { Loss, SamplingClient, TrainingClient } from '../engine/engine.ts';
import { minibatchData, type TrainedCompletion } from './batch.ts';
import type { Metrics } from './context.ts';
import { samplerDifference, updateMetrics } from './rlMetrics.ts';
import type { Group } from './rollout.ts';
import type { RlSettings } from './settings.ts';

/** The loss named in the recipe, as the engine knows it. */
export function recipeLoss({
  loss,
  clip,
  beta,
  tisCap,
  temperature,
}: Pick<RlSettings, 'loss' | 'clip' | 'beta' | 'tisCap' | 'temperature'>): Loss & PolicyLossConfig {
  return { name: loss, clipLow: clip.low, clipHigh: clip.high, klBeta: beta, tisCap, temperature };
}

/** The rollout as minibatches of data, in the order of its groups. */
export function minibatchesOf(groups: readonly Group[], settings: RlSettings, maxTokens: number): TrainedCompletion[][] {
  const { minibatches, promptsPerStep } = settings;
  return Array.from({ length: minibatches }, (_, m) => {
    const first = m * promptsPerStep;
    return minibatchData(groups.slice(first, first + promptsPerStep), settings, maxTokens, first);
  });
}

/**
 * Fills in what an update compares with: log pi_old, only where the rollout serves more than one step (else the update is on-policy
 * and the ratio is 1), and log pi_ref, only where a reference is held. Before the first update of the rollout.
 */
export async function addOldAndReference(
  batches: readonly TrainedCompletion[][],
  trainer: TrainingClient,
  reference: SamplingClient | undefined,
  settings: RlSettings,
): Promise<void> {
  const data = batches.flat().map(({ datum }) => datum);
  if (data.length === 0) return;
  if (settings.minibatches * settings.innerEpochs > 1) {
    const { logprobs } = await trainer.forward(data, undefined, { temperature: settings.temperature });
    for (const [i, datum] of data.entries()) datum.logprobs = logprobs[i];
  }
  if (reference)
    for (const [i, refLogprobs] of (await reference.logprobs(data, settings.temperature)).entries()) data[i].refLogprobs = refLogprobs;
}

/** A loss or gradient that is not finite: nothing was changed. */
export class NotFinite extends Error {
  override name = 'NotFinite';
}

/**
 * One optimiser step. A minibatch in which no response has an advantage changes nothing: loss and gradient norm are 0.
 * @param fresh the policy is still the one that sampled: trainer and sampler can be compared
 * @throws NotFinite
 */
export async function updatePolicy(
  trainer: TrainingClient,
  batch: readonly TrainedCompletion[],
  settings: RlSettings,
  step: number,
  fresh: boolean,
): Promise<Metrics> {
  const learningRate = learningRateAt(step, settings.steps, settings.learningRate);
  if (batch.length === 0) return { loss: 0, grad_norm: 0, learning_rate: learningRate };
  const loss = recipeLoss(settings);
  const result = await trainer.forwardBackward(
    batch.map(({ datum }) => datum),
    loss,
    { entropy: true },
  );
  if (!Number.isFinite(result.loss)) throw new NotFinite(`the loss is ${result.loss}`);
  const { beta1, beta2, eps, weightDecay, gradClipNorm } = settings;
  const { gradNorm, applied } = await trainer.optimStep({ learningRate, beta1, beta2, eps, weightDecay, gradClipNorm });
  if (!applied) throw new NotFinite(`the gradient norm is ${gradNorm}`);
  return {
    loss: result.loss,
    grad_norm: gradNorm,
    learning_rate: learningRate,
    ...updateMetrics(batch, result, loss),
    ...(fresh ? samplerDifference(batch, result.logprobs) : {}),
  };
}
