// Which of a stage's metrics become curves: those that tell how it went, and, folded, all others.
import { chart, type Series } from './chart.ts';
import { type Html, html } from './html.ts';
import type { Row } from './runFiles.ts';

const ofRewards = 'Rewards by name';
/** Metrics whose names match are one chart; what the brackets catch names its line. */
const main: { title: string; names: RegExp }[] = [
  { title: 'Reward', names: /^reward$/ },
  { title: ofRewards, names: /^rewards\/(.+)\/mean$/ },
  { title: 'Held-out accuracy, pass@1', names: /^eval\/(.+)\/pass@1$/ },
  { title: 'Response length, tokens', names: /^completions\/mean_length$/ },
  { title: 'KL to the reference', names: /^kl$/ },
  { title: 'Entropy', names: /^entropy$/ },
  { title: 'Loss', names: /^(loss|eval_loss)$/ },
  { title: 'Accuracy', names: /^((?:eval_)?accuracy|rewards\/accuracies)$/ },
  { title: 'Margin', names: /^((?:eval_)?margins?|rewards\/margins)$/ },
  { title: 'Reflection words a response', names: /^reflection_words$/ },
  { title: 'Cut at the limit', names: /^completions\/clipped_ratio$/ },
];
/** Of one held-out figure, all domains: eval/<domain>/<figure>. */
const heldOut = /^eval\/(.+)\/([^/]+)$/;
const notCurves = new Set(['step', 'num_tokens', 'stage_time']);

/** Undefined where nothing was written at two steps. */
export function curves(metrics: readonly Row[], kind: string): Html | undefined {
  const names = [...new Set(metrics.flatMap((row) => Object.keys(row)))].filter(
    (name) => !notCurves.has(name) && !/\/(low|high)$/.test(name),
  );
  const series = new Map(names.map((name) => [name, seriesOf(metrics, name)] as const).filter(([, { points }]) => points.length > 1));
  const left = new Set(series.keys());
  const take = (title: string, match: RegExp): Html | undefined => {
    const found = [...left].flatMap((name) => {
      const caught = match.exec(name);
      if (caught === null) return [];
      left.delete(name);
      return [{ ...(series.get(name) as Series), name: caught[1] ?? name }];
    });
    // Of a single reward the curve is that of the whole.
    if (title === ofRewards && found.length === 1 && series.has('reward')) return undefined;
    return found.length === 0 ? undefined : chart(title, found);
  };
  // A policy's loss says nothing of how it goes: it is about 0 at every step.
  const shown = main
    .filter(({ title }) => !(kind === 'rl' && title === 'Loss'))
    .flatMap(({ title, names: match }) => take(title, match) ?? []);
  const figures = [...new Set([...left].flatMap((name) => heldOut.exec(name)?.[2] ?? []))];
  const ofAll = (figure: string): Html =>
    take(`Held-out: ${figure.replaceAll('_', ' ')}`, new RegExp(`^eval/(.+)/${escapeRegExp(figure)}$`)) as Html;
  const [measures, others] = [figures.filter((name) => !usual.test(name)), figures.filter((name) => usual.test(name))];
  shown.push(...measures.map(ofAll));
  const more = [
    ...others.map(ofAll),
    ...[...left].flatMap((name) => take(name.replaceAll('_', ' '), new RegExp(`^${escapeRegExp(name)}$`)) ?? []),
  ];
  if (shown.length + more.length === 0) return undefined;
  return html`<div class="charts">${shown}</div>${more.length > 0 && html`<details><summary>${more.length} more curves</summary><div class="charts">${more}</div></details>`}`;
}

const usual = /^(pass@|cons@)|^(unjudged|mean_length|reflection_words|clipped_ratio)$/;

function seriesOf(metrics: readonly Row[], name: string): Series {
  const points = metrics.flatMap((row) => {
    const [x, y, low, high] = [row.step, row[name], row[`${name}/low`], row[`${name}/high`]];
    if (typeof x !== 'number' || typeof y !== 'number') return [];
    return [{ x, y, ...(typeof low === 'number' && typeof high === 'number' ? { low, high } : {}) }];
  });
  return { name, points };
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
