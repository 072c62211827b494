// How much a stage is going to do, before it does it: steps, samples and tokens, at most. What depends on data is counted in the data.

import type { NewModel } from '../engine/engine.ts';
import { newModelOf } from '../stages/pretrain.ts';
import type { SettingsOf, StageKind, StageSettings } from '../stages/settings.ts';
import type { Amount, AmountFacts } from './amountFacts.ts';
import { distillAmount, dpoAmount, pretrainAmount, rewardModelAmount, sftAmount } from './amountsOfLearning.ts';
import {
  evaluateAmount,
  judgeAmount,
  onPolicyAmount,
  rejectionAmount,
  rlAmount,
  selectAmount,
  thinkingAmount,
} from './amountsOfSampling.ts';

type Of<K extends StageKind> = (settings: SettingsOf<K>, facts: AmountFacts) => Promise<Amount> | Amount;

const amounts: { [K in StageKind]: Of<K> } = {
  pretrain: pretrainAmount,
  sft: sftAmount,
  distill: distillAmount,
  on_policy_distill: onPolicyAmount,
  select: selectAmount,
  rl: rlAmount,
  rejection: rejectionAmount,
  judge: judgeAmount,
  reward_model: rewardModelAmount,
  dpo: dpoAmount,
  evaluate: evaluateAmount,
  thinking_test: thinkingAmount,
};

export async function amountOf(settings: StageSettings, facts: AmountFacts): Promise<Amount> {
  // An entry takes the settings of its own kind, which these are.
  const of = amounts[settings.kind] as (settings: StageSettings, facts: AmountFacts) => Promise<Amount> | Amount;
  return of(settings, facts);
}

/** What a stage begins with. */
export function newModelIn(settings: StageSettings): NewModel | undefined {
  return settings.kind === 'pretrain' ? newModelOf(settings) : undefined;
}
