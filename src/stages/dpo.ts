// Direct preference optimisation (Rafailov et al., 2023, equation 7): the policy learns the pairs themselves, without a reward model and
// without sampling, held to where it starts by beta. The same pairs as a reward model's.

import { mean } from '../algorithms/summary.ts';
import type { Datum, ForwardResult } from '../engine/engine.ts';
import { join } from '../platform/files.ts';
import { keptRows } from '../tracking/keptRows.ts';
import { closingAll, Interrupted, type Metrics } from './context.ts';
import { Decontamination } from './decontamination.ts';
import { dpoDatum, inTwos, sumOf, weighPairs } from './preference/data.ts';
import { type Compared, comparedResponses, type Response } from './preference/items.ts';
import { learnPreferences, type PreferenceContext } from './preference/learning.ts';
import { type Item, loadPreferences, preferencesFingerprint } from './preference/preferenceData.ts';
import { openModelText } from './prompts.ts';
import type { DpoSettings } from './settings.ts';

type Pair = Compared<Response>;

/** On what is held out. */
export interface DpoMeasure {
  loss: number;
  /** Of the pairs, by the implicit reward: those in their right order, and the mean difference. */
  accuracy: number;
  margin: number;
}

/** What the stage leaves in finished.json. */
export interface DpoResult {
  /** Rows. */
  trained: number;
  heldOut: number;
  before?: DpoMeasure;
  after?: DpoMeasure;
}

/** Pairs whose reference is computed together, and kept together. */
const referenceAtOnce = 32;

/** Runs the stage to its end, from its newest checkpoint where there is one. Returns the directory of its last checkpoint. */
export async function dpo(settings: DpoSettings, context: PreferenceContext): Promise<string> {
  const { name, run, report, model, data, engine, signal } = context;
  const { tokenizer, maxContext } = await openModelText(model, run.began);
  const seed = settings.seed ?? context.seed;
  const decontamination = context.decontaminate && (await Decontamination.open(context.decontaminate));
  const warn = (message: string): void => report({ type: 'warning', stage: name, message: `stage ${name}: ${message}` });
  const reader = (): ReturnType<typeof comparedResponses> => comparedResponses(tokenizer, settings);
  const preferences = await loadPreferences({ settings, data, maxContext, reader, seed, decontamination, warn });
  await decontamination?.tell(context);
  const { train, heldOut } = preferences;
  const all = [...train, ...heldOut].map(({ value }) => value);
  /** Sums of the reference's log-probabilities of each pair's responses. */
  const reference = new Map<Pair, readonly [number, number]>();
  const { beta } = settings;

  const prepare = (): Promise<void> =>
    closingAll(async (opened) => {
      const open = async () => {
        const sampler = await engine.createSampler({ model });
        opened.push(sampler);
        return sampler;
      };
      let sampler: ReturnType<typeof open> | undefined;
      const file = join(run.dataDir(name), 'reference.jsonl');
      const sums = await keptRows<[number, number]>(file, preferencesFingerprint(preferences), all.length, async (first) => {
        if (signal.aborted) throw new Interrupted(name, 0);
        if (first === 0)
          report({ type: 'note', stage: name, message: `stage ${name}: the reference's log-probabilities of ${all.length} pairs` });
        sampler ??= open();
        const some = all.slice(first, first + referenceAtOnce).flatMap(({ chosen, rejected }) => [dpoDatum(chosen), dpoDatum(rejected)]);
        const logprobs = await (await sampler).logprobs(some, 1);
        return inTwos(some.map((datum, i) => sumOf(datum, logprobs[i])));
      });
      for (const [i, pair] of all.entries()) reference.set(pair, sums[i]);
    });

  return learnPreferences<Pair, DpoMeasure>(
    {
      kind: 'dpo',
      preferences,
      prepare,
      objective: {
        loss: { name: 'dpo', beta },
        weigh: weighPairs,
        metrics: (pairs, result) => dpoMetrics(rewardsOf(pairs, result, beta)),
      },
      dataOf(value, pair) {
        const sums = reference.get(value);
        return [value.chosen, value.rejected].map((response, i) => ({ ...dpoDatum(response, sums?.[i]), pair }));
      },
      measure(_: readonly Item<Pair>[], pairs, result) {
        const metrics = dpoMetrics(rewardsOf(pairs, result, beta));
        return { loss: result.loss, accuracy: metrics['rewards/accuracies'], margin: metrics['rewards/margins'] };
      },
      metricsOf: ({ loss, accuracy, margin }) => ({
        eval_loss: loss,
        'eval_rewards/accuracies': accuracy,
        'eval_rewards/margins': margin,
      }),
      result: ({ before, after }): DpoResult => ({ trained: train.length, heldOut: heldOut.length, before, after }),
      words: (result) => wordsOf(result as DpoResult),
    },
    settings,
    context,
  );
}

interface ImplicitRewards {
  /** beta (log pi - log pi_ref) of each pair's chosen response and its rejected one. */
  rewards: [number, number][];
  logps: [number, number][];
}

/** Of the data of pairs, and what was computed of them. */
export function rewardsOf(pairs: readonly Datum[], { logprobs }: ForwardResult, beta: number): ImplicitRewards {
  const logps = pairs.map((datum, i) => sumOf(datum, logprobs[i]));
  const rewards = pairs.map(({ refLogprobs }, i) => beta * (logps[i] - (refLogprobs?.[refLogprobs.length - 1] ?? 0)));
  return { rewards: inTwos(rewards), logps: inTwos(logps) };
}

/** Named as TRL's DPOTrainer has them. */
export function dpoMetrics({ rewards, logps }: ImplicitRewards): Metrics {
  const mean2 = (of: readonly [number, number][], side: 0 | 1): number => mean(of.map((pair) => pair[side])) ?? 0;
  return {
    'rewards/chosen': mean2(rewards, 0),
    'rewards/rejected': mean2(rewards, 1),
    'rewards/accuracies': mean(rewards.map(([chosen, rejected]) => Number(chosen > rejected))) ?? 0,
    'rewards/margins': mean(rewards.map(([chosen, rejected]) => chosen - rejected)) ?? 0,
    'logps/chosen': mean2(logps, 0),
    'logps/rejected': mean2(logps, 1),
  };
}

function wordsOf({ heldOut, before, after }: DpoResult): string | undefined {
  if (before === undefined || after === undefined) return undefined;
  return `of ${heldOut} pairs held out ${(100 * after.accuracy).toFixed(1)}% are in their right order by the implicit reward, margin ${after.margin.toFixed(3)}`;
}
