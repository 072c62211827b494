// What a reward model and DPO do alike: pass after pass over the pairs, a look at those held out before the first step and after the last,
// and what came of it as the stage's result. The loop itself is that of every stage that learns by example (stages/supervised.ts).

import { shuffledPasses } from '../../datasets/order.ts';
import type { Datum, ForwardResult, Head, TrainingClient } from '../../engine/engine.ts';
import { InputError } from '../../platform/errors.ts';
import type { Metrics, StageContext } from '../context.ts';
import { largestStep, type Passes, stepsOf } from '../passes.ts';
import type { DpoSettings, RewardModelSettings } from '../settings.ts';
import { type LargestStep, type Objective, type SupervisedStage, supervised } from '../supervised.ts';
import { type Item, type PreferenceData, preferencesFingerprint } from './preferenceData.ts';

export interface PreferenceContext extends StageContext {
  /** A directory or a .gguf file. */
  model: string;
  /** A file, a directory or a name on the hub. */
  data: string;
}

/** M: what is measured on what is held out, and kept in the result. */
export interface Learning<T, M> {
  kind: 'reward_model' | 'dpo';
  preferences: PreferenceData<T>;
  head?: Head;
  objective: Objective;
  /** One item's data, new ones each time; `pair` is the same for those that belong together. */
  dataOf(value: T, pair: string): Datum[];
  /** Of all that is held out, in its order, and the data that the results are of. */
  measure(heldOut: readonly Item<T>[], data: readonly Datum[], results: ForwardResult): M;
  metricsOf(measured: M): Metrics;
  result(measured: { before?: M; after?: M }): object;
  /** The result in words, where it has any. */
  words(result: object): string | undefined;
  /** Tells the result as an event of its own. */
  tell?(result: object): void;
  /** What has to be there before the first batch, or look; called once what the stage takes is known to fit in memory. */
  prepare?(): Promise<void>;
}

interface State<M> {
  /** What is learnt from: other data than a checkpoint's is refused. */
  data: string;
  before?: M;
}

/** Items that are looked at together. */
const lookAtOnce = 64;

/** Runs the stage to its end, from its newest checkpoint where there is one. Returns the directory of its last checkpoint. */
export function learnPreferences<T, M>(
  learning: Learning<T, M>,
  settings: RewardModelSettings | DpoSettings,
  context: PreferenceContext,
): Promise<string> {
  const { name, engine, model, data: from, report } = context;
  const { kind, preferences, head, objective } = learning;
  const { train, heldOut } = preferences;
  const { epochs, batch: size, evalEvery, beta1, beta2, eps, weightDecay, gradClipNorm, saveEvery, keep, logEvery } = settings;
  const seed = settings.seed ?? context.seed;
  const total = epochs * train.length;
  const passes: Passes = { stage: name, rows: 'rows', count: train.length, epochs, size, field: 'batch' };
  const steps = stepsOf(passes, settings.learningRate);
  const at = shuffledPasses(train.length, seed, kind);
  const known = preferencesFingerprint(preferences);
  const policy = { model, lora: settings.lora, ...(head && { head }) };
  const dataOf = (items: readonly Item<T>[]): Datum[] => items.flatMap(({ value }, i) => learning.dataOf(value, String(i)));
  const measured = new Map<number, M>();
  const measure = async (trainer: TrainingClient, step: number): Promise<M | undefined> => {
    if (heldOut.length === 0) return undefined;
    const value = measured.get(step) ?? learning.measure(heldOut, ...(await computed(trainer, heldOut, dataOf, objective)));
    measured.set(step, value);
    return value;
  };
  const stage: SupervisedStage<State<M>> = {
    kind,
    steps,
    start: { data: known },
    policy,
    objective,
    largest: () => largest(passes, [...train, ...heldOut], dataOf),
    async open() {
      await learning.prepare?.();
      return engine.createTrainer({ ...policy, seed });
    },
    learningRate: settings.learningRate,
    adam: { beta1, beta2, eps, weightDecay, gradClipNorm },
    ...{ saveEvery, keep, logEvery },
    batch(step, own) {
      const end = Math.min(total, (step + 1) * size);
      const items = Array.from({ length: end - step * size }, (_, i) => train[at(step * size + i)]);
      return { data: dataOf(items), own: { ...own, before: own.before ?? measured.get(0) }, metrics: { epoch: end / train.length } };
    },
    async look(trainer, step) {
      const due = step === 0 || step === steps || (evalEvery > 0 && step % evalEvery === 0);
      const found = due ? await measure(trainer, step) : undefined;
      return found && learning.metricsOf(found);
    },
    resume({ data }) {
      if (data !== known)
        throw new InputError(
          `stage ${name}: ${from} does not give the rows that its checkpoint was made from: put the data and the sets of decontaminate back as they were, or begin another run (--out)`,
        );
    },
    async result(trainer, { before }) {
      const result = learning.result({ before, after: await measure(trainer, steps) });
      const words = learning.words(result);
      if (words) report({ type: 'note', stage: name, message: `stage ${name}: ${words}` });
      learning.tell?.(result);
      return result;
    },
  };
  return supervised(stage, context);
}

/** All that is held out, at equal weights, so that the loss is its mean. */
async function computed<T>(
  trainer: TrainingClient,
  items: readonly Item<T>[],
  dataOf: (items: readonly Item<T>[]) => Datum[],
  { loss, weigh }: Objective,
): Promise<[Datum[], ForwardResult]> {
  const data: Datum[] = [];
  const all: ForwardResult = { logprobs: [], scores: [], loss: 0 };
  for (let i = 0; i < items.length; i += lookAtOnce) {
    const some = items.slice(i, i + lookAtOnce);
    const part = dataOf(some);
    weigh(part);
    const { logprobs, scores = [], loss: value } = await trainer.forward(part, loss);
    for (const one of logprobs) all.logprobs.push(one);
    all.scores?.push(...scores);
    all.loss += (value * some.length) / items.length;
    data.push(...part);
  }
  return [data, all];
}

function largest<T>(passes: Passes, items: readonly Item<T>[], dataOf: (items: readonly Item<T>[]) => Datum[]): LargestStep {
  const longest = [...items].sort((a, b) => b.tokens - a.tokens);
  const data = (most: number, length: number): Datum[] => dataOf(longest.filter(({ tokens }) => tokens <= length).slice(0, most));
  return largestStep(passes, longest[0].tokens, data, 'drop');
}
