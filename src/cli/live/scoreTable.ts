// Evaluations as a table: one column of figures, or before and after with what became of them; of one evaluation with many domains a line
// each. Every figure that is compared has its 95% interval.

import type { DomainScore, Evaluation, Figure } from '../../stages/context.ts';
import { type Paint, padEnd, padStart, printable, truncate } from '../terminal.ts';
import { amount, fraction, percent } from './figures.ts';

interface Row {
  label: string;
  value(score: DomainScore): number | undefined;
  show(score: DomainScore): string;
  /** By how much it grew is worth saying. */
  factor?: boolean;
}

const labelWidth = 26;
const cellWidth = 22;
/** Of domains, each with a block of its own. */
const mostBlocks = 3;
/** Columns of a domain's name where each has a line. */
const [leastName, longestName] = [12, 40];

/**
 * The lines of a table of one evaluation, or of two of the same problems; `heads` are over them, none where it is empty.
 * At most `width` columns wide (from 20), or 80.
 */
export function scoreTable(evaluations: readonly Evaluation[], heads: readonly string[], paint: Paint, width = 80): string[] {
  const domains = [...new Set(evaluations.flatMap(({ byDomain }) => Object.keys(byDomain)))];
  const [only] = evaluations;
  if (evaluations.length === 1 && domains.length > mostBlocks) return domainLines(only, paint, width);
  // Where there is no room beside a label its figures stand below it.
  const narrow = width < labelWidth + cellWidth * evaluations.length;
  const labelled = (label: string, cells: readonly string[]): string[] =>
    narrow
      ? [...(label === '' ? [] : [label]), `    ${cells.map((cell) => cell.trim()).join('  ')}`]
      : [padEnd(label, labelWidth) + cells.map((cell) => padStart(cell, cellWidth)).join('')];
  const lines = heads.length > 0 ? labelled('', heads).map((line) => paint('dim', line)) : [];
  for (const domain of domains) {
    const scores = evaluations.map(({ byDomain }) => byDomain[domain] as DomainScore | undefined);
    const known = scores.filter((score) => score !== undefined);
    lines.push(paint('bold', heading(domain, known[0], width)));
    for (const { label, value, show, factor } of rowsOf(known)) {
      const values = scores.map((score) => score && value(score));
      const cells = scores.map((score, i) => (score && values[i] !== undefined ? show(score) : '-'));
      const grown = factor && values.length === 2 ? factorText(values[0], values[1]) : '';
      const shown = labelled(`  ${label}`, cells);
      lines.push(...shown.slice(0, -1), `${shown[shown.length - 1]}${grown}`);
    }
  }
  return lines;
}

/** How the samples were drawn: without it a figure cannot be compared with another. */
export function howMeasured({ samples, temperature, topP, maxTokens }: Evaluation): string {
  const many = samples === 1 ? 'sample' : 'samples';
  if (temperature === undefined) return `${samples} stored ${many} a problem`;
  return `${samples} ${many} a problem, temperature ${temperature}, top-p ${topP}, at most ${maxTokens} tokens`;
}

function heading(domain: string, { problems, unjudged, unjudgedSamples = 0 }: DomainScore, width: number): string {
  const facts = [
    `${problems} ${problems === 1 ? 'problem' : 'problems'}`,
    ...(unjudged > 0 ? [`${unjudged} more not judged`] : []),
    ...(unjudgedSamples > 0 && unjudged === 0 ? [`${unjudgedSamples} samples not judged`] : []),
  ].join(', ');
  return truncate(`${printable(domain)}, ${facts}`, width);
}

function rowsOf(scores: readonly DomainScore[]): Row[] {
  const figureRow = (label: string, of: (score: DomainScore) => Figure | undefined, factor = false): Row => ({
    label,
    value: (score) => of(score)?.value,
    show: (score) => interval(of(score)),
    factor,
  });
  return [
    ...numbersOf(scores, ({ passAtK }) => passAtK).map((k) => figureRow(`pass@${k} [95% interval]`, ({ passAtK }) => passAtK[k], k === 1)),
    ...numbersOf(scores, ({ consAtK }) => consAtK).map((k) => figureRow(`cons@${k} [95% interval]`, ({ consAtK }) => consAtK?.[k])),
    ...measuresOf(scores).map((name) => figureRow(`${truncate(printable(name), 17)} [95%]`, ({ measures }) => measures?.[name])),
    { label: 'mean length, tokens', value: (s) => s.meanLength, show: meanLength, factor: true },
    {
      label: 'reflection words',
      value: (s) => s.reflectionWordsPerResponse,
      show: (s) => amount(s.reflectionWordsPerResponse),
      factor: true,
    },
    {
      label: '  per 100 tokens',
      value: (s) => s.reflectionWordsPer100Tokens,
      show: (s) => amount(s.reflectionWordsPer100Tokens ?? 0),
      factor: true,
    },
    { label: 'responses that think', value: (s) => s.thinkingShare, show: (s) => percent(s.thinkingShare) },
    { label: 'truncated', value: (s) => s.truncatedShare, show: truncatedShare },
  ];
}

/** Of pass@k or cons@k, ascending. */
function numbersOf(scores: readonly DomainScore[], of: (score: DomainScore) => Record<number, unknown> | undefined): number[] {
  return [...new Set(scores.flatMap((score) => Object.keys(of(score) ?? {}).map(Number)))].sort((a, b) => a - b);
}

/** The names of the tasks' measures. */
function measuresOf(scores: readonly DomainScore[]): string[] {
  return [...new Set(scores.flatMap(({ measures }) => Object.keys(measures ?? {})))];
}

/** 0.412 [0.38, 0.44] */
export function interval(figure: Figure | undefined): string {
  return figure === undefined ? '-' : `${fraction(figure.value)} [${figure.low.toFixed(2)}, ${figure.high.toFixed(2)}]`;
}

/** Half of the interval, which is as long on either side unless 0 cuts it off. */
function meanLength({ meanLength: mean = 0, meanLengthInterval: range }: DomainScore): string {
  return range === undefined ? amount(mean) : `${amount(mean)} ± ${amount(range.high - mean)}`;
}

function truncatedShare({ truncatedShare: share = 0, truncatedShareInterval: range }: DomainScore): string {
  return range === undefined ? percent(share) : `${percent(share)} [${percent(range.low)}, ${percent(range.high)}]`;
}

function factorText(before: number | undefined, after: number | undefined): string {
  if (before === undefined || after === undefined || before <= 0 || after <= 0) return '';
  const factor = after / before;
  return `  x${factor < 10 ? factor.toFixed(1) : Math.round(factor)}`;
}

interface Cell {
  head: string;
  width: number;
  show(score: DomainScore): string;
}

/** By weight: what there is no room for is left out from the end. */
function cellsOf(scores: readonly DomainScore[], width: number): Cell[] {
  const plain = (head: string, of: (score: DomainScore) => number | undefined, show = fraction): Cell => ({
    head,
    width: Math.max(8, head.length) + 1,
    show: (score) => {
      const value = of(score);
      return value === undefined ? '-' : show(value);
    },
  });
  const passAt = numbersOf(scores, ({ passAtK }) => passAtK);
  const cells = [
    ...(passAt.includes(1) ? [{ head: 'pass@1 [95%]', width: 20, show: ({ passAtK }: DomainScore) => interval(passAtK[1]) }] : []),
    ...numbersOf(scores, ({ consAtK }) => consAtK).map((k) => plain(`cons@${k}`, ({ consAtK }) => consAtK?.[k]?.value)),
    ...measuresOf(scores).map((name) => plain(truncate(printable(name), 14), ({ measures }) => measures?.[name]?.value)),
    plain('truncated', ({ truncatedShare }) => truncatedShare, percent),
    plain('length', (score) => score.meanLength, amount),
    plain('problems', ({ problems }) => problems, String),
    ...passAt.filter((k) => k > 1).map((k) => plain(`pass@${k}`, ({ passAtK }) => passAtK[k]?.value)),
  ];
  let used = leastName;
  return cells.filter((cell) => {
    used += cell.width;
    return used <= width;
  });
}

function domainLines({ byDomain, overall }: Evaluation, paint: Paint, width: number): string[] {
  const unjudged = overall?.unjudged ?? 0;
  return [
    ...lineEach(byDomain, overall, paint, width),
    ...(unjudged > 0 ? [`${unjudged} more problems not judged: their answers cannot be read`] : []),
  ];
}

/** A line for each of several models on the same problems, by their names. */
export function modelLines(scores: Readonly<Record<string, DomainScore>>, paint: Paint, width = 80): string[] {
  return lineEach(scores, undefined, paint, width);
}

function lineEach(scores: Readonly<Record<string, DomainScore>>, all: DomainScore | undefined, paint: Paint, width: number): string[] {
  const cells = cellsOf(Object.values(scores), width);
  const room = Math.min(longestName, width - cells.reduce((sum, cell) => sum + cell.width, 0));
  const line = (name: string, shown: readonly string[]): string =>
    padEnd(truncate(printable(name), room), room) + shown.map((text, i) => padStart(text, cells[i].width)).join('');
  const scoreLine = (name: string, score: DomainScore): string =>
    line(
      name,
      cells.map(({ show }) => show(score)),
    );
  return [
    paint(
      'dim',
      line(
        '',
        cells.map(({ head }) => head),
      ),
    ),
    ...Object.entries(scores).map(([name, score]) => scoreLine(name, score)),
    ...(all ? [paint('bold', scoreLine('all', all))] : []),
  ];
}
