// Learning by example, the loop that pretraining and SFT share: a batch, its token-mean cross entropy, an optimiser step, metrics,
// checkpoints; taken up again from the newest one, stopped at any step. What a batch is made of is the stage's own matter.

import { type LearningRate, learningRateAt } from '../algorithms/schedules.ts';
import type { AdamParams, Datum, TrainingClient } from '../engine/engine.ts';
import { now } from '../platform/clock.ts';
import { Interrupted, type Metrics, requireLoss, type StageContext, StageError } from './context.ts';

/** One step's data; their weights are filled in here. */
export interface SupervisedBatch<State> {
  /** A weight that is not 0 marks a token that is learnt. */
  data: Datum[];
  /** After the step. */
  state: State;
  /** Of the step, beside those of every supervised stage. */
  metrics: Metrics;
}

export interface SupervisedStage<State extends { tokens: number }> {
  kind: string;
  steps: number;
  start: State;
  learningRate: LearningRate;
  adam: Omit<AdamParams, 'learningRate'>;
  saveEvery: number;
  keep: number;
  /** Steps between rows of metrics; the last step always has one. */
  logEvery: number;
  batch(step: number, state: State): SupervisedBatch<State>;
  /** Metrics of a look at held-out data, where one is due after `step` steps (0: before the first); it may note them in `state`. */
  look?(trainer: TrainingClient, step: number, state: State): Promise<Metrics | undefined>;
  /** Refuses a checkpoint's state that does not fit what the stage works on. */
  resume?(state: State): void;
}

/**
 * Runs the stage to its end, from its newest checkpoint where there is one. Returns the directory of its last checkpoint.
 * @param open makes the trainer, which the caller closes
 */
export async function supervised<State extends { tokens: number }>(
  stage: SupervisedStage<State>,
  open: () => Promise<TrainingClient>,
  { name, run, engine, report, signal }: StageContext,
): Promise<string> {
  const { kind, steps, saveEvery, keep, logEvery } = stage;
  await requireLoss(engine, 'cross_entropy', `stage ${name}`);
  const latest = await run.latest(name);
  if (latest) stage.resume?.(latest.state as State);
  const trainer = await open();
  await run.rewindTo(name, latest?.step);
  let state = stage.start;
  if (latest) {
    await trainer.loadState(latest.dir);
    state = latest.state as State;
  }
  const first = latest?.step ?? 0;
  report({ type: 'stageStart', stage: name, kind, steps, doneSteps: first });
  const tell = async (step: number, metrics: Metrics): Promise<void> => {
    await run.metrics({ stage: name, step, ...metrics });
    report({ type: 'step', stage: name, step, steps, metrics });
  };
  if (!latest) {
    const before = await stage.look?.(trainer, 0, state);
    if (before) await tell(0, before);
  }

  let dir = latest?.dir;
  for (let step = first; step < steps; step++) {
    const start = now();
    const { data, state: next, metrics: own } = stage.batch(step, state);
    const tokens = data.reduce((sum, datum) => sum + datum.tokens.length, 0);
    weighTokens(data);
    const { loss } = await trainer.forwardBackward(data, { name: 'cross_entropy' });
    const stop = async (what: string): Promise<never> => {
      const file = await run.incident(name, step + 1, 'batch', { error: what, data });
      throw new StageError(
        `stage ${name}, step ${step + 1}: ${what}; the step was not applied. The batch is in ${file}. Begin another run (--out) with a lower learningRate.peak`,
      );
    };
    if (!Number.isFinite(loss)) await stop(`the loss is ${loss}`);
    const learningRate = learningRateAt(step, steps, stage.learningRate);
    const { gradNorm, applied } = await trainer.optimStep({ learningRate, ...stage.adam });
    if (!applied) await stop(`the gradient norm is ${gradNorm}`);
    state = next;

    const done = step + 1;
    const seconds = (now() - start) / 1000;
    const looked = await stage.look?.(trainer, done, state);
    if (looked || done % logEvery === 0 || done === steps)
      await tell(done, {
        loss,
        grad_norm: gradNorm,
        learning_rate: learningRate,
        num_tokens: state.tokens,
        ...own,
        step_time: seconds,
        tokens_per_second: tokens / seconds,
        ...looked,
      });
    if (done % saveEvery === 0 || done === steps || signal.aborted) {
      dir = await run.checkpoint(name, done, state, async (to) => void (await trainer.saveState(to)), { keep });
      report({ type: 'checkpoint', stage: name, step: done, dir });
      if (signal.aborted && done < steps) throw new Interrupted(name, done);
    }
  }
  await run.finish(name, state, steps);
  report({ type: 'stageEnd', stage: name, checkpoint: dir });
  return dir as string;
}

/** Every learnt token of the data weighs the same, all of them together 1: the mean over the tokens of the step, however it is split. */
export function weighTokens(data: readonly Datum[]): void {
  const learnt = data.reduce((sum, { weights }) => sum + weights.reduce((count, weight) => count + (weight === 0 ? 0 : 1), 0), 0);
  for (const { weights } of data) for (const t of weights.keys()) if (weights[t] !== 0) weights[t] = 1 / learnt;
}
