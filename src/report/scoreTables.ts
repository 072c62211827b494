// The table of the paper: a row for each model, for each task its accuracy and measures, every figure with its 95% interval and how far it is
// from the row above.
import type { DomainScore, Evaluation, Figure } from '../stages/context.ts';
import { figureCell } from './figureCell.ts';
import { type Html, html } from './html.ts';
import { isShare } from './numbers.ts';
import { paperColumns, paperRows } from './paperFigures.ts';

export interface ScoredModel {
  name: string;
  /** By task. */
  evaluations: Readonly<Record<string, Evaluation>>;
  /** It does not go on from the row above: how far it is from that says nothing. */
  apart?: boolean;
}

interface Column {
  head: string;
  /** Of it more is better. */
  accuracy?: boolean;
  of(score: DomainScore): Figure | undefined;
}

/** @param title of the tables; the domains of tasks that have several stand in a table of their own, folded */
export function scoreTables(title: string, models: readonly ScoredModel[]): Html {
  const scored = (whole: boolean) => models.map(({ name, evaluations, apart }) => ({ name, apart, groups: groupsOf(evaluations, whole) }));
  const overall = scored(true);
  const groups = [...new Set(overall.flatMap((model) => Object.keys(model.groups)))];
  const byDomain = scored(false);
  const domains = [...new Set(byDomain.flatMap((model) => Object.keys(model.groups)))];
  const everyK = models.some(({ evaluations }) => Object.values(evaluations).some(hasFurtherK));
  return html`${table(title, overall, groups, false)}
<p class="note">${howDrawn(models)} In brackets: the 95% interval, clustered by problem. Below: the change from the row above${models.some(({ apart }) => apart) && ' (none where another base begins)'}; ▲ ▼ where the two intervals do not overlap, grey where they do.</p>
${paperTable(models)}
${(domains.length > groups.length || everyK) && html`<details><summary>By domain, and every pass@k</summary>${table(`${title}, by domain`, byDomain, domains, true)}</details>`}`;
}

function hasFurtherK({ byDomain }: Evaluation): boolean {
  return Object.values(byDomain).some(({ passAtK }) => Object.keys(passAtK).some((k) => k !== '1'));
}

function howDrawn(models: readonly ScoredModel[]): string {
  const ways = new Map<string, Set<string>>();
  for (const { name, evaluations } of models)
    for (const { samples, temperature, topP, maxTokens } of Object.values(evaluations)) {
      const drawn = temperature === undefined ? '' : `, temperature ${temperature}, top-p ${topP}, at most ${maxTokens} tokens`;
      const way = `${samples} ${samples === 1 ? 'sample' : 'samples'} a problem${drawn}`;
      ways.set(way, (ways.get(way) ?? new Set()).add(name));
    }
  const told = [...ways].map(([way, names]) => (ways.size === 1 ? way : `${[...names].join(', ')}: ${way}`));
  return `${told.join('; ')}; in percent where nothing else is said. cut: at the limit of tokens.`;
}

type Groups = Record<string, DomainScore>;

/** A task's whole score where it has one, else (and where not `whole`) its domains'. */
function groupsOf(evaluations: Readonly<Record<string, Evaluation>>, whole: boolean): Groups {
  const groups: Groups = {};
  for (const [task, { byDomain, overall }] of Object.entries(evaluations)) {
    const domains = Object.entries(byDomain);
    if (whole && (overall !== undefined || domains.length === 1)) groups[task] = overall ?? domains[0][1];
    else for (const [domain, score] of domains) groups[domains.length === 1 && domain === task ? task : `${task}: ${domain}`] = score;
  }
  return groups;
}

function columnsOf(scores: readonly DomainScore[], everyK: boolean): Column[] {
  const numbers = (of: (score: DomainScore) => object | undefined): number[] =>
    [...new Set(scores.flatMap((score) => Object.keys(of(score) ?? {}).map(Number)))].sort((a, b) => a - b);
  const ks = numbers(({ passAtK }) => passAtK).filter((k) => everyK || k === 1);
  const measures = [...new Set(scores.flatMap((score) => Object.keys(score.measures ?? {})))];
  const columns: Column[] = [
    ...ks.map((k) => ({ head: `pass@${k}`, accuracy: true, of: ({ passAtK }: DomainScore) => passAtK[k] })),
    ...numbers(({ consAtK }) => consAtK).map((k) => ({
      head: `cons@${k}`,
      accuracy: true,
      of: ({ consAtK }: DomainScore) => consAtK?.[k],
    })),
    ...measures.map((name) => ({ head: name, of: (score: DomainScore) => score.measures?.[name] })),
    { head: 'cut', of: ({ truncatedShare, truncatedShareInterval }) => withInterval(truncatedShare, truncatedShareInterval) },
    { head: 'length, tokens', of: ({ meanLength, meanLengthInterval }) => withInterval(meanLength, meanLengthInterval) },
  ];
  return columns.filter(({ of }) => scores.some((score) => of(score) !== undefined));
}

function withInterval(value: number | undefined, interval: { low: number; high: number } | undefined): Figure | undefined {
  return value === undefined ? undefined : { value, ...(interval ?? { low: value, high: value }) };
}

function table(
  title: string,
  models: readonly { name: string; apart?: boolean; groups: Groups }[],
  groups: readonly string[],
  everyK: boolean,
): Html {
  const columns = groups.map((group) =>
    columnsOf(
      models.flatMap(({ groups: of }) => of[group] ?? []),
      everyK,
    ),
  );
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${title}"><table class="scores">
<caption>${title}</caption>
<thead><tr><th rowspan="2" scope="col">model</th>${groups.map((group, g) => html`<th colspan="${columns[g].length}" scope="colgroup">${group}</th>`)}</tr>
<tr>${columns.map((of) => of.map(({ head }, i) => html`<th scope="col"${i === 0 && html` class="first"`}>${head}</th>`))}</tr></thead>
<tbody>${models.map(
    ({ name, groups: own, apart }, m) =>
      html`<tr><th scope="row">${name}</th>${groups.map((group, g) =>
        columns[g].map((column, i) => {
          const of = (at: number): Figure | undefined => models[at]?.groups[group] && column.of(models[at].groups[group]);
          const share = models.every((_, at) => isShare(of(at) ?? { value: 0, low: 0, high: 0 }));
          return html`<td${i === 0 && html` class="first"`}>${own[group] && figureCell(of(m), { with: apart ? undefined : of(m - 1), better: column.accuracy, share })}</td>`;
        }),
      )}</tr>
`,
  )}</tbody></table></div>`;
}

/** The paper's own figures of the models that are called as there. */
function paperTable(models: readonly ScoredModel[]): Html | undefined {
  const rows = models.flatMap(({ name }) => {
    const found = Object.keys(paperRows).find((row) => row.toLowerCase() === name.toLowerCase());
    return found === undefined ? [] : [[found, paperRows[found]] as const];
  });
  if (rows.every(([name]) => name === 'base')) return undefined;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="DeepSeek-R1's own table"><table class="scores paper">
<caption>For comparison, DeepSeek-R1's own (arXiv 2501.12948): other tasks and a model of 671 billion parameters; the shape is what compares</caption>
<thead><tr><th scope="col">model</th>${paperColumns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([name, values]) =>
      html`<tr><th scope="row">${name}</th>${paperColumns.map((_, i) => html`<td>${values[i]?.toFixed(1) ?? html`<span class="none">–</span>`}</td>`)}</tr>
`,
  )}</tbody></table></div>`;
}
