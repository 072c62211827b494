// A curve over steps as inline SVG, without a script: its lines, their 95% intervals where there are any, the axes' ends.
import { type Html, html } from './html.ts';
import { plain } from './numbers.ts';

export interface Series {
  name: string;
  /** x ascending. */
  points: { x: number; y: number; low?: number; high?: number }[];
}

const [width, height] = [320, 150];
const box = { left: 44, right: 312, top: 8, bottom: 128 };
/** More points than these have no room; neighbours are averaged. */
const mostPoints = 160;
/** From so many points on noise is drawn pale, with its running mean over it. */
const noisyPoints = 40;
const colours = 6;

/** @param series at least one, each with at least one point */
export function chart(title: string, series: readonly Series[]): Html {
  const shown = series.slice(0, colours).map(({ name, points }) => ({ name, points: thinned(points) }));
  const all = shown.flatMap(({ points }) => points);
  const ends = (values: number[]): [number, number] => [Math.min(...values), Math.max(...values)];
  const [x0, x1] = ends(all.map(({ x }) => x));
  const [low, high] = ends(all.flatMap(({ y, low: least = y, high: most = y }) => [y, least, most]));
  const [y0, y1] = axis(low, high);
  const atX = (x: number): string =>
    (x1 === x0 ? (box.left + box.right) / 2 : box.left + ((x - x0) / (x1 - x0)) * (box.right - box.left)).toFixed(1);
  const atY = (y: number): string => (box.bottom - ((y - y0) / (y1 - y0)) * (box.bottom - box.top)).toFixed(1);
  const path = (points: readonly { x: number; y: number }[]): string => points.map(({ x, y }) => `${atX(x)},${atY(y)}`).join(' ');
  const middle = (y0 + y1) / 2;
  const lines = shown.map(({ points }, i) => {
    const banded = points.filter(({ low: least, high: most }) => least !== undefined && most !== undefined);
    const band = [
      ...banded.map(({ x, low: least = 0 }) => ({ x, y: least })),
      ...banded.toReversed().map(({ x, high: most = 0 }) => ({ x, y: most })),
    ];
    const noisy = points.length >= noisyPoints;
    const dots = points.length <= 12 && points.map(({ x, y }) => html`<circle cx="${atX(x)}" cy="${atY(y)}" r="2.5" class="dot c${i}"/>`);
    return html`${band.length > 2 && html`<polygon class="band c${i}" points="${path(band)}"/>`}<polyline class="line c${i}${noisy && ' pale'}" points="${path(points)}"/>${noisy && html`<polyline class="line c${i}" points="${path(smoothed(points))}"/>`}${dots}`;
  });
  const summary = shown.map(({ name, points }) => `${name}: ${plain(points[0].y)} to ${plain(points[points.length - 1].y)}`).join('; ');
  return html`<figure class="chart"><figcaption>${title}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}, steps ${x0} to ${x1}. ${summary}">
${[y1, middle, y0].map((y) => html`<line class="grid" x1="${box.left}" x2="${box.right}" y1="${atY(y)}" y2="${atY(y)}"/><text x="${box.left - 5}" y="${atY(y)}" dy="3.5" text-anchor="end">${plain(y)}</text>`)}
<text x="${box.left}" y="${height - 6}">${plain(x0)}</text><text x="${box.right}" y="${height - 6}" text-anchor="end">step ${plain(x1)}</text>
${lines}</svg>
<p class="legend">${shown.map(({ name, points }, i) => html`<span><i class="swatch c${i}"></i>${shown.length > 1 && `${name} `}${plain(points[0].y)} → ${plain(points[points.length - 1].y)}</span> `)}${series.length > colours && html`<span>and ${series.length - colours} more</span>`}</p></figure>`;
}

/** The ends of an axis of two round parts that holds both; it has 0 where that is near, so that a small change is not made to look large. */
function axis(low: number, high: number): [number, number] {
  const least = low >= 0 && low < 0.6 * high ? 0 : low;
  const span = high - least || Math.abs(high) * 0.2 || 1;
  for (let power = Math.floor(Math.log10(span)) - 1; ; power++)
    for (const digit of [1, 2, 2.5, 5]) {
      const part = digit * 10 ** power;
      const start = Math.floor(least / part + 1e-9) * part;
      if (start + 2 * part >= high - 1e-9 * part && 2 * part >= span) return [start, start + 2 * part];
    }
}

function thinned(points: Series['points']): Series['points'] {
  if (points.length <= mostPoints) return points;
  return Array.from({ length: mostPoints }, (_, i) => {
    const part = points.slice(Math.floor((i * points.length) / mostPoints), Math.floor(((i + 1) * points.length) / mostPoints));
    const mean = (of: (point: Series['points'][number]) => number): number => part.reduce((sum, point) => sum + of(point), 0) / part.length;
    return { x: mean(({ x }) => x), y: mean(({ y }) => y) };
  });
}

/** The mean of a tenth of the points around each. */
function smoothed(points: Series['points']): { x: number; y: number }[] {
  const reach = Math.max(2, Math.round(points.length / 20));
  return points.map(({ x }, i) => {
    const part = points.slice(Math.max(0, i - reach), i + reach + 1);
    return { x, y: part.reduce((sum, { y }) => sum + y, 0) / part.length };
  });
}
