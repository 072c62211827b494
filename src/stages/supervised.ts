// Learning by example, the loop that pretraining, SFT, reward models and DPO share: a batch, its loss, an optimiser step, metrics, checkpoints;
// taken up again from the newest one, stopped at any step. What a batch is made of is the stage's own matter.

import { type LearningRate, learningRateAt } from '../algorithms/schedules.ts';
import type { AdamParams, Datum, Engine, ForwardResult, Loss, PlannedWork, TrainingClient } from '../engine/engine.ts';
import { now } from '../platform/clock.ts';
import { type Closable, closingAll, Interrupted, type Metrics, requireLoss, type StageContext, StageError } from './context.ts';
import { type Lowered, requireMemory } from './memoryCheck.ts';

/** What a checkpoint remembers: the stage's own, and the tokens that were read. */
export type Progress<Own> = Own & { tokens: number };

/** One step's data; their weights are filled in here. */
export interface SupervisedBatch<Own> {
  /** A weight that is not 0 marks a token that is learnt. */
  data: Datum[];
  /** After the step. */
  own: Own;
  /** Of the step, beside those of every supervised stage. */
  metrics: Metrics;
}

/** What is learnt of a batch. */
export interface Objective {
  loss: Loss;
  /** Fills in the weights of a step's data: every denominator is in them. */
  weigh(data: readonly Datum[]): void;
  /** Adds what else the loss asks for. */
  prepare?(data: readonly Datum[], step: number): Promise<void>;
  /** Of the step, by what was computed of it. */
  metrics?(data: readonly Datum[], result: ForwardResult): Metrics;
}

/** The step that takes the most memory of all. */
export interface LargestStep {
  /** In the recipe's words. */
  what: string;
  data: Datum[];
  /** Settings that make it smaller, and its data under a lower value. */
  lowered: (Omit<Lowered, 'work'> & { data(value: number): Datum[] })[];
}

export interface SupervisedStage<Own> {
  kind: string;
  steps: number;
  start: Own;
  /** What `open` opens. */
  policy: PlannedWork['from'];
  /** Other models that it opens, and what they do with a step's data. */
  beside?(data: Datum[]): PlannedWork['beside'];
  largest(): LargestStep;
  /** Makes the trainer, which is closed at the end. */
  open(): Promise<TrainingClient>;
  learningRate: LearningRate;
  adam: Omit<AdamParams, 'learningRate'>;
  saveEvery: number;
  keep: number;
  /** Steps between rows of metrics; the last step always has one. */
  logEvery: number;
  batch(step: number, own: Own): SupervisedBatch<Own>;
  /** Default: cross entropy, every learnt token alike. */
  objective?: Objective;
  /** Metrics of a look at held-out data, where one is due after `step` steps (0: before the first). */
  look?(trainer: TrainingClient, step: number): Promise<Metrics | undefined>;
  /** Refuses a checkpoint's state that does not fit what the stage works on. */
  resume?(own: Own): void;
  /** What the stage leaves as its result, after its last step; default: its state. */
  result?(trainer: TrainingClient, state: Progress<Own>): Promise<object>;
}

const tokenMean: Objective = { loss: { name: 'cross_entropy' }, weigh: weighTokens };

/** Runs the stage to its end, from its newest checkpoint where there is one. Returns the directory of its last checkpoint. */
export function supervised<Own extends object>(stage: SupervisedStage<Own>, context: StageContext): Promise<string> {
  return closingAll((opened) => learn(stage, context, opened));
}

async function learn<Own extends object>(
  stage: SupervisedStage<Own>,
  { name, run, engine, report, signal }: StageContext,
  opened: Closable[],
): Promise<string> {
  const { kind, steps, saveEvery, keep, logEvery, objective = tokenMean } = stage;
  await requireLoss(engine, objective.loss.name, `stage ${name}`);
  const latest = await run.latest(name);
  if (latest) stage.resume?.(latest.state as Progress<Own>);
  let state: Progress<Own> = latest ? (latest.state as Progress<Own>) : { ...stage.start, tokens: 0 };
  if (latest === undefined || latest.step < steps) await requireStepMemory(stage, engine, name);
  const trainer = await stage.open();
  opened.push(trainer);
  await run.rewindTo(name, latest?.step);
  if (latest) await trainer.loadState(latest.dir);
  const first = latest?.step ?? 0;
  report({ type: 'stageStart', stage: name, kind, steps, doneSteps: first });
  const tell = async (step: number, metrics: Metrics): Promise<void> => {
    await run.metrics({ stage: name, step, ...metrics });
    report({ type: 'step', stage: name, step, steps, metrics });
  };
  if (!latest) {
    const before = await stage.look?.(trainer, 0);
    if (before) await tell(0, before);
  }

  let dir = latest?.dir;
  for (let step = first; step < steps; step++) {
    const start = now();
    const { data, own, metrics } = stage.batch(step, state);
    const tokens = data.reduce((sum, datum) => sum + datum.tokens.length, 0);
    objective.weigh(data);
    await objective.prepare?.(data, step);
    const result = await trainer.forwardBackward(data, objective.loss);
    const { loss } = result;
    const stop = async (what: string): Promise<never> => {
      const file = await run.incident(name, step + 1, 'batch', { error: what, data });
      throw new StageError(
        `stage ${name}, step ${step + 1}: ${what}; the step was not applied. The batch is in ${file}. Lower learningRate.peak and do the stage anew: --from ${name}`,
      );
    };
    if (!Number.isFinite(loss)) await stop(`the loss is ${loss}`);
    const learningRate = learningRateAt(step, steps, stage.learningRate);
    const { gradNorm, applied } = await trainer.optimStep({ learningRate, ...stage.adam });
    if (!applied) await stop(`the gradient norm is ${gradNorm}`);
    state = { ...own, tokens: state.tokens + tokens };

    const done = step + 1;
    const seconds = (now() - start) / 1000;
    const looked = await stage.look?.(trainer, done);
    if (looked || done % logEvery === 0 || done === steps)
      await tell(done, {
        loss,
        grad_norm: gradNorm,
        learning_rate: learningRate,
        num_tokens: state.tokens,
        ...metrics,
        ...objective.metrics?.(data, result),
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
  await run.finish(name, (await stage.result?.(trainer, state)) ?? state, steps);
  report({ type: 'stageEnd', stage: name, checkpoint: dir });
  return dir as string;
}

/** @throws InputError where the largest step does not fit in memory */
async function requireStepMemory<Own>(
  { policy, largest, beside, objective = tokenMean }: SupervisedStage<Own>,
  engine: Engine,
  name: string,
): Promise<void> {
  if (engine.memoryNeed === undefined) return;
  const { what, data, lowered } = largest();
  const work = (of: Datum[]): PlannedWork => ({
    from: policy,
    training: { data: of, loss: objective.loss },
    beside: beside?.(of),
  });
  const fields = lowered.map(({ data: under, ...field }): Lowered => ({ ...field, work: (value) => work(under(value)) }));
  await requireMemory(engine, name, what, work(data), fields);
}

/** Every learnt token of the data weighs the same, all of them together 1: the mean over the tokens of the step, however it is split. */
export function weighTokens(data: readonly Datum[]): void {
  const learnt = data.reduce((sum, { weights }) => sum + weights.reduce((count, weight) => count + (weight === 0 ? 0 : 1), 0), 0);
  for (const { weights } of data) for (const t of weights.keys()) if (weights[t] !== 0) weights[t] = 1 / learnt;
}
