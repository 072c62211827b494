// What is shown of a step, in which words and figures: the one list that the live view and the plain lines both draw.

import { amount, fraction, percent } from './figures.ts';
import { domainsOf, type StageState } from './state.ts';

export interface Column {
  /** In the live view. */
  label: string;
  /** Over a column of plain lines. */
  head: string;
  values: readonly number[];
  format(value: number): string;
  /** After the figure in the live view. */
  unit: string;
  /** Its curve is drawn from its smallest value. */
  fromLeast?: boolean;
}

type Description = Omit<Column, 'values'> & { metric: string };

const described: Description[] = [
  { metric: 'loss', label: 'loss', head: 'loss', format: fraction, unit: '', fromLeast: true },
  { metric: 'eval_loss', label: 'held-out loss', head: 'held-out', format: fraction, unit: '', fromLeast: true },
  { metric: 'reverse_kl', label: 'reverse KL', head: 'reverse KL', format: fraction, unit: 'nats a token', fromLeast: true },
  { metric: 'selection/tried', label: 'prompts tried', head: 'tried', format: amount, unit: '' },
  { metric: 'selection/chosen', label: 'chosen', head: 'chosen', format: amount, unit: 'prompts' },
  { metric: 'reward', label: 'reward', head: 'reward', format: fraction, unit: '' },
  { metric: 'heldOut', label: 'held-out accuracy', head: 'held-out', format: fraction, unit: '' },
  { metric: 'rewards/accuracy/mean', label: 'accuracy of samples', head: 'accuracy', format: fraction, unit: '' },
  { metric: 'completions/mean_length', label: 'mean length', head: 'length', format: amount, unit: 'tokens' },
  { metric: 'reflection_words', label: 'reflection words', head: 'reflection', format: amount, unit: 'a response' },
  { metric: 'completions/clipped_ratio', label: 'truncated', head: 'truncated', format: percent, unit: '' },
  { metric: 'tokens_per_second', label: 'speed', head: 'tokens/s', format: amount, unit: 'tokens/s' },
];

const shownByKind: Record<string, readonly string[]> = {
  pretrain: ['loss', 'tokens_per_second'],
  sft: ['loss', 'eval_loss', 'tokens_per_second'],
  distill: ['loss', 'eval_loss', 'tokens_per_second'],
  reward_model: ['loss', 'tokens_per_second'],
  dpo: ['loss', 'tokens_per_second'],
  on_policy_distill: ['reverse_kl', 'heldOut', 'completions/mean_length', 'completions/clipped_ratio'],
  select: [
    'selection/tried',
    'selection/chosen',
    'rewards/accuracy/mean',
    'completions/mean_length',
    'completions/clipped_ratio',
    'tokens_per_second',
  ],
  rejection: ['rewards/accuracy/mean', 'completions/mean_length', 'completions/clipped_ratio', 'tokens_per_second'],
  evaluate: ['rewards/accuracy/mean'],
  rl: described
    .map(({ metric }) => metric)
    .filter((metric) => !metric.endsWith('loss') && !metric.startsWith('selection/') && metric !== 'reverse_kl'),
};

/** The columns of a stage, also those that have no value yet. A task of several domains has one held-out column for each, if they are few. */
export function columnsOf(stage: StageState): Column[] {
  const domains = domainsOf(stage);
  const shown = shownByKind[stage.kind] ?? [];
  return described
    .filter(({ metric }) => shown.includes(metric))
    .flatMap(({ metric, ...column }) => {
      if (metric !== 'heldOut') return [{ ...column, values: stage.series[metric] ?? [] }];
      const each = domains.map((domain) => stage.series[`heldOut/${domain}`] ?? []);
      if (domains.length < 2) return [{ ...column, values: each[0] ?? [] }];
      if (domains.length <= 3)
        return domains.map((domain, d) => ({ ...column, label: `held-out ${domain}`, head: domain, values: each[d] }));
      const looks = Math.min(...each.map((values) => values.length));
      const means = Array.from({ length: looks }, (_, i) => each.reduce((sum, values) => sum + values[i], 0) / each.length);
      return [{ ...column, label: 'held-out, all domains', values: means }];
    });
}
