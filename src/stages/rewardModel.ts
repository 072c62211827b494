// A reward model: the policy's architecture with a scalar head, its score read at the end token. Of pairs it learns which is preferred
// (Bradley-Terry: helpfulness), of labelled responses which are safe (harmlessness), as the paper's two (arXiv 2501.12948 v2).

import { auc } from '../algorithms/auc.ts';
import { clusteredInterval } from '../algorithms/intervals.ts';
import { mean } from '../algorithms/summary.ts';
import { isDirectory, join } from '../platform/files.ts';
import { scoredAtEnd } from '../rewards/judgedText.ts';
import type { Figure, Metrics } from './context.ts';
import { Decontamination } from './decontamination.ts';
import { inTwos, weighEnds } from './preference/data.ts';
import { type Compared, comparedTexts, type Labelled, labelledTexts } from './preference/items.ts';
import { type Learning, learnPreferences, type PreferenceContext } from './preference/learning.ts';
import { type Item, loadPreferences, type PreferenceData, type Reading } from './preference/preferenceData.ts';
import { openModelText } from './prompts.ts';
import type { RewardModelSettings } from './settings.ts';

/** On what is held out. */
export interface RewardModelMeasure {
  /** Pairs in their right order (a tie counts half), or labels told right by the score's sign; the mean over prompts, clustered by them. */
  accuracy: Figure;
  loss: number;
  /** Pairs: the mean score of the chosen less that of the rejected. */
  margin?: number;
  /** Pairs whose longer side has the higher score: the share of those that differ in length. */
  prefersLonger?: number;
  /** Labels: the probability that a safe response has the higher score than one that is not. */
  auc?: number;
}

/** What the stage leaves in finished.json. */
export interface RewardModelResult {
  objective: RewardModelSettings['objective'];
  sees: RewardModelSettings['sees'];
  /** Rows. */
  trained: number;
  heldOut: number;
  before?: RewardModelMeasure;
  after?: RewardModelMeasure;
  /** What length alone would tell of the same rows: pairs that "the longer is the better" is right of, or the AUC of the length. */
  lengthOnly?: number;
}

/** Runs the stage to its end, from its newest checkpoint where there is one. Returns the reward model's directory. */
export async function rewardModel(settings: RewardModelSettings, context: PreferenceContext): Promise<string> {
  const { name, run, report } = context;
  const { tokenizer, maxContext } = await openModelText(context.model, run.began);
  const seed = settings.seed ?? context.seed;
  const decontamination = context.decontaminate && (await Decontamination.open(context.decontaminate));
  const warn = (message: string): void => report({ type: 'warning', stage: name, message: `stage ${name}: ${message}` });
  const data = await subsetOf(context.data, settings.objective);
  const reading = { settings, data, maxContext, seed, decontamination, warn };
  const read = async <T>(reader: Reading<T>['reader']): Promise<PreferenceData<T>> => {
    const found = await loadPreferences({ ...reading, reader });
    await decontamination?.tell(context);
    return found;
  };
  const tell = (result: object): void => report({ type: 'rewardModel', stage: name, result: result as RewardModelResult });
  if (settings.objective === 'pairwise')
    return learnPreferences({ ...pairwise(await read(() => comparedTexts(tokenizer, settings)), settings), tell }, settings, context);
  const labelled = await read(() => labelledTexts(tokenizer, settings));
  const [{ value }, ...others] = labelled.train;
  if (others.every((other) => other.value.label === value.label))
    warn(
      `all ${labelled.train.length} labels are ${value.label}: there is nothing to tell apart, and all that is learnt is to give every response that label`,
    );
  return learnPreferences({ ...pointwise(labelled, settings), tell }, settings, context);
}

/** What a judge stage has made holds labelled responses in a folder of their own. */
async function subsetOf(data: string, objective: RewardModelSettings['objective']): Promise<string> {
  const pointwiseRows = join(data, 'pointwise');
  return objective === 'pointwise' && (await isDirectory(pointwiseRows)) ? pointwiseRows : data;
}

type Texts = Compared<Int32Array>;

function pairwise(preferences: PreferenceData<Texts>, settings: RewardModelSettings): Learning<Texts, RewardModelMeasure> {
  const { heldOut } = preferences;
  const sizes = heldOut.map(({ value }) => [value.chosen.length, value.rejected.length] as const);
  return {
    kind: 'reward_model',
    preferences,
    head: 'scalar',
    objective: {
      loss: { name: 'bradley_terry' },
      weigh: (data) => weighEnds(data, data.length / 2),
      metrics: (_, { scores = [] }) => pairMetrics(inTwos(scores)),
    },
    dataOf: ({ chosen, rejected }, pair) => [chosen, rejected].map((ids) => ({ ...scoredAtEnd(ids), pair })),
    measure: (items, _, { scores = [], loss }) => {
      const pairs = inTwos(scores);
      const longer = pairs.flatMap((pair, i) => {
        const [chosen, rejected] = sizes[i];
        return chosen === rejected ? [] : [chosen > rejected ? rightOrder(pair) : 1 - rightOrder(pair)];
      });
      return {
        ...{ accuracy: accuracyOf(items, pairs.map(rightOrder)), loss },
        ...{ margin: mean(pairs.map(([a, b]) => a - b)), prefersLonger: mean(longer) },
      };
    },
    ...{ metricsOf, words: wordsOf },
    result: (measured) => resultOf(settings, preferences, measured, accuracyOf(heldOut, sizes.map(rightOrder)).value),
  };
}

function pointwise(preferences: PreferenceData<Labelled>, settings: RewardModelSettings): Learning<Labelled, RewardModelMeasure> {
  const { heldOut } = preferences;
  const lengths = heldOut.map(({ value }) => value.ids.length);
  const labels = heldOut.map(({ value }) => value.label);
  return {
    kind: 'reward_model',
    preferences,
    head: 'scalar',
    objective: {
      loss: { name: 'binary' },
      weigh: (data) => weighEnds(data, data.length),
      metrics: (data, { scores = [] }) => ({
        accuracy: mean(scores.map((score, i) => rightSign(score, data[i].label as number))) ?? 0,
        ...scoreMetrics(scores),
      }),
    },
    dataOf: ({ ids, label }) => [{ ...scoredAtEnd(ids), label }],
    measure: (items, _, { scores = [], loss }) => ({
      accuracy: accuracyOf(
        items,
        scores.map((score, i) => rightSign(score, labels[i])),
      ),
      loss,
      auc: aucOf(scores, labels),
    }),
    ...{ metricsOf, words: wordsOf },
    result: (measured) => resultOf(settings, preferences, measured, aucOf(lengths, labels)),
  };
}

function rightOrder([chosen, rejected]: readonly [number, number]): number {
  return chosen > rejected ? 1 : chosen === rejected ? 0.5 : 0;
}

function rightSign(score: number, label: number): number {
  return score === 0 ? 0.5 : Number(score > 0 === (label === 1));
}

function aucOf(scores: readonly number[], labels: readonly number[]): number | undefined {
  const of = (label: number): number[] => scores.filter((_, i) => labels[i] === label);
  return auc(of(1), of(0));
}

/** Named as TRL's RewardTrainer has them. */
export function pairMetrics(pairs: readonly [number, number][]): Metrics {
  return {
    accuracy: mean(pairs.map(rightOrder)) ?? 0,
    margin: mean(pairs.map(([chosen, rejected]) => chosen - rejected)) ?? 0,
    ...scoreMetrics(pairs.flat()),
  };
}

function scoreMetrics(scores: readonly number[]): Metrics {
  return {
    mean_reward: mean(scores) ?? 0,
    min_reward: scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    max_reward: scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  };
}

/** @param right of each item, 1, 0, or a half */
function accuracyOf(items: readonly Item<unknown>[], right: readonly number[]): Figure {
  const prompts = new Map<string, { n: number; c: number }>();
  for (const [i, { prompt }] of items.entries()) {
    const { n, c } = prompts.get(prompt) ?? { n: 0, c: 0 };
    prompts.set(prompt, { n: n + 1, c: c + right[i] });
  }
  const { mean: value = 0, low, high } = clusteredInterval([...prompts.values()]);
  return { value, low, high };
}

function metricsOf({ accuracy, loss, margin, auc: area }: RewardModelMeasure): Metrics {
  return {
    eval_loss: loss,
    eval_accuracy: accuracy.value,
    eval_accuracy_low: accuracy.low,
    eval_accuracy_high: accuracy.high,
    ...(margin === undefined ? {} : { eval_margin: margin }),
    ...(area === undefined ? {} : { eval_auc: area }),
  };
}

/** The result in words; nothing where nothing was held out. */
function wordsOf(result: object): string | undefined {
  const { objective, heldOut, before, after, lengthOnly } = result as RewardModelResult;
  if (before === undefined || after === undefined) return undefined;
  const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
  const { value, low, high } = after.accuracy;
  const rows = objective === 'pairwise' ? 'pairs' : 'labelled responses';
  const length =
    lengthOnly === undefined
      ? ''
      : objective === 'pairwise'
        ? `; "the longer is the better" has ${percent(lengthOnly)}`
        : `; AUC ${after.auc?.toFixed(3)}, that of the length ${lengthOnly.toFixed(3)}`;
  return `of ${heldOut} ${rows} held out ${percent(value)} [${percent(low)}, ${percent(high)}] are told right, ${percent(before.accuracy.value)} before${length}`;
}

function resultOf(
  { objective, sees }: RewardModelSettings,
  { train, heldOut }: PreferenceData<unknown>,
  measured: { before?: RewardModelMeasure; after?: RewardModelMeasure },
  lengthOnly: number | undefined,
): RewardModelResult {
  return { objective, sees, trained: train.length, heldOut: heldOut.length, ...measured, lengthOnly };
}
