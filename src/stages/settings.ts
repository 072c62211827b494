// The settings of each kind of stage (settings/): schema, defaults, and the combinations that make no sense. recipe/ assembles them into
// the recipe's schema; a stage receives its parsed settings as a plain object. Descriptions give the papers' names of things.
import type { z } from 'zod';
import { distillSchema } from './settings/distill.ts';
import { evaluateSchema } from './settings/evaluate.ts';
import { judgeSchema } from './settings/judge.ts';
import { onPolicyDistillSchema } from './settings/onPolicyDistill.ts';
import { dpoSchema, rewardModelSchema } from './settings/preference.ts';
import { pretrainSchema } from './settings/pretrain.ts';
import { rejectionSchema } from './settings/rejection.ts';
import { rlSchema } from './settings/rl.ts';
import { selectSchema } from './settings/select.ts';
import { sftSchema } from './settings/sft.ts';
import { thinkingTestSchema } from './settings/thinkingTest.ts';

export {
  distillSchema,
  evaluateSchema,
  onPolicyDistillSchema,
  pretrainSchema,
  rejectionSchema,
  rlSchema,
  selectSchema,
  sftSchema,
  thinkingTestSchema,
};

/** The schema of each kind of stage. */
export const stageSchemas = {
  pretrain: pretrainSchema,
  sft: sftSchema,
  select: selectSchema,
  rejection: rejectionSchema,
  rl: rlSchema,
  distill: distillSchema,
  on_policy_distill: onPolicyDistillSchema,
  evaluate: evaluateSchema,
  thinking_test: thinkingTestSchema,
  judge: judgeSchema,
  reward_model: rewardModelSchema,
  dpo: dpoSchema,
};

export type StageKind = keyof typeof stageSchemas;
/** The settings of a stage of kind K, defaults written out. */
export type SettingsOf<K extends StageKind> = z.output<(typeof stageSchemas)[K]>;
export type StageSettings = { [K in StageKind]: SettingsOf<K> }[StageKind];
export type PretrainSettings = SettingsOf<'pretrain'>;
export type SftSettings = SettingsOf<'sft'>;
/** What is the same in every stage that learns from examples. */
export type ExampleSettings = Omit<SftSettings, 'kind' | 'model'>;
export type SelectSettings = SettingsOf<'select'>;
export type RejectionSettings = SettingsOf<'rejection'>;
export type RlSettings = SettingsOf<'rl'>;
export type DistillSettings = SettingsOf<'distill'>;
export type OnPolicyDistillSettings = SettingsOf<'on_policy_distill'>;
export type EvaluateSettings = SettingsOf<'evaluate'>;
export type ThinkingTestSettings = SettingsOf<'thinking_test'>;
export type JudgeSettings = SettingsOf<'judge'>;
export type RewardModelSettings = SettingsOf<'reward_model'>;
export type DpoSettings = SettingsOf<'dpo'>;

/** Keys that people know from elsewhere and that a stage refuses for a reason. */
export const refusedKeys: Partial<Record<StageKind, Record<string, string>>> = {
  sft: { packing: 'sequences are always packed into rows, where none sees another. Take it out' },
  rl: {
    topP: "training on top-p samples is refused: their log-probabilities are not those of the model's whole distribution. Take it out; temperature is allowed",
    topK: "training on top-k samples is refused: their log-probabilities are not those of the model's whole distribution. Take it out; temperature is allowed",
  },
};
