// A figure in a table's cell: its value, its 95% interval, and how far it is from another one.
import type { Figure } from '../stages/context.ts';
import { type Html, html } from './html.ts';
import { hundredths, plain } from './numbers.ts';

export interface Compared {
  /** What it is compared with, such as the row above. */
  with?: Figure;
  /** Of it more is better. */
  better?: boolean;
  /** In percent. */
  share: boolean;
}

export function figureCell(figure: Figure | undefined, { with: other, better = false, share }: Compared): Html {
  if (figure === undefined) return html`<span class="none">–</span>`;
  const shown = share ? hundredths : plain;
  const interval =
    figure.low === figure.high ? undefined : html` <span class="interval">[${shown(figure.low)}, ${shown(figure.high)}]</span>`;
  return html`<span class="value">${shown(figure.value)}</span>${interval}${other && delta(figure, other, shown, better)}`;
}

function delta(figure: Figure, other: Figure, shown: (value: number) => string, better: boolean): Html | undefined {
  const change = figure.value - other.value;
  if (change === 0) return undefined;
  const text = `${change > 0 ? '+' : '−'}${shown(Math.abs(change))}`;
  const apart = figure.low > other.high || figure.high < other.low;
  if (!apart) return html`<span class="delta within">${text}</span>`;
  const direction = change > 0 ? 'up' : 'down';
  return html`<span class="delta ${better ? direction : 'apart'}">${change > 0 ? '▲' : '▼'} ${text}<span class="hidden"> (intervals apart)</span></span>`;
}
