// Any JSON as tables: what a stage tells of its data and of its result, whatever its kind.
import { type Html, html } from './html.ts';
import { hundredths, isShare, plain } from './numbers.ts';
import { type Row, recordOf } from './runFiles.ts';

/** Lists longer than this are cut, and say so. */
const mostRows = 40;
const mostDepth = 4;

/** @param within the titles that it stands under, outermost first: they tell tables of one title apart, where they are read by name alone */
export function anyTable(title: string, value: unknown, within: readonly string[] = []): Html | undefined {
  if (value === undefined || value === null) return undefined;
  const rows = rowsOf(value);
  if (rows !== undefined) return gridOf(title, rows, within);
  if (typeof value !== 'object') return html`<p>${title}: ${shown(value)}</p>`;
  const entries = Object.entries(value);
  const single = entries.filter(([, each]) => isSingle(each));
  const nested = entries.filter(([, each]) => !isSingle(each));
  const list =
    single.length > 0 &&
    html`<dl class="facts">${single.map(([key, each]) => html`<div><dt>${spoken(key)}</dt><dd>${shown(each)}</dd></div>`)}</dl>`;
  return html`${title !== '' && (within.length === 0 ? html`<h4>${title}</h4>` : single.length > 0 && html`<h5>${title}</h5>`)}${list}${within.length < mostDepth && nested.slice(0, mostRows).map(([key, each]) => anyTable(spoken(key), each, [...within, title]))}`;
}

/** Rows with names: of a list of flat objects, or of an object of such. */
function rowsOf(value: unknown): { name?: string; row: Row }[] | undefined {
  if (Array.isArray(value)) {
    if (value.length === 0 || value.every(isSingle)) return value.map((each) => ({ row: { '': each } }));
    return value.every(isFlat) ? value.map((row) => ({ row: recordOf(row) })) : undefined;
  }
  const entries = Object.entries(recordOf(value));
  if (entries.length === 0 || isSingle(value) || !entries.every(([, each]) => isFlat(each))) return undefined;
  return entries.map(([name, row]) => ({ name, row: recordOf(row) }));
}

function gridOf(title: string, rows: readonly { name?: string; row: Row }[], within: readonly string[]): Html | undefined {
  if (rows.length === 0) return undefined;
  const columns = [...new Set(rows.flatMap(({ row }) => Object.keys(row)))];
  const named = rows.some(({ name }) => name !== undefined);
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${[...within, title].join(': ')}"><table>
<caption>${title}</caption>
<thead><tr>${named && html`<th scope="col"><span class="hidden">name</span></th>`}${columns.map((column) => html`<th scope="col">${column === '' ? html`<span class="hidden">value</span>` : spoken(column)}</th>`)}</tr></thead>
<tbody>${rows.slice(0, mostRows).map(
    ({ name, row }) =>
      html`<tr>${named && html`<th scope="row">${name}</th>`}${columns.map((column) => html`<td${typeof row[column] === 'string' && html` class="text"`}>${shown(row[column])}</td>`)}</tr>
`,
  )}</tbody></table></div>${rows.length > mostRows && html`<p class="note">and ${rows.length - mostRows} more</p>`}`;
}

function isFlat(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isFigure(value) && Object.values(value).every(isSingle);
}

function isSingle(value: unknown): boolean {
  return typeof value !== 'object' || value === null || isFigure(value);
}

function isFigure(value: unknown): value is { value: number; low: number; high: number } {
  const { value: of, low, high, ...rest } = recordOf(value);
  return Object.keys(rest).length === 0 && [of, low, high].every((each) => typeof each === 'number');
}

function shown(value: unknown): Html | string {
  if (value === undefined || value === null) return html`<span class="none">–</span>`;
  if (typeof value === 'number') return plain(value);
  if (isFigure(value)) {
    const write = isShare(value) ? (share: number) => `${hundredths(share)}%` : plain;
    return html`${write(value.value)} <span class="interval">[${write(value.low)}, ${write(value.high)}]</span>`;
  }
  const text = String(value);
  return text.length > 400 ? `${text.slice(0, 400)} …` : text;
}

/** meanTokens, mean_tokens: mean tokens */
function spoken(key: string): string {
  return key.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`).replaceAll('_', ' ');
}
