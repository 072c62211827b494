// Evaluations as a table: one column of figures, or before and after with what became of them. Every pass@k with its 95% interval.

import type { DomainScore, Evaluation } from '../../stages/context.ts';
import { type Paint, padEnd, padStart } from '../terminal.ts';
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

/**
 * The lines of a table of one evaluation, or of two of the same problems; `heads` are over them, none where it is empty.
 * At most 80 columns wide.
 */
export function scoreTable(evaluations: readonly Evaluation[], heads: readonly string[], paint: Paint): string[] {
  const lines = heads.length > 0 ? [paint('dim', padEnd('', labelWidth) + heads.map((head) => padStart(head, cellWidth)).join(''))] : [];
  const domains = [...new Set(evaluations.flatMap(({ byDomain }) => Object.keys(byDomain)))];
  for (const domain of domains) {
    const scores = evaluations.map(({ byDomain }) => byDomain[domain] as DomainScore | undefined);
    const known = scores.filter((score) => score !== undefined);
    const [{ problems, unjudged }] = known;
    lines.push(paint('bold', `${domain}, ${problems} problems${unjudged > 0 ? `, ${unjudged} more not judged` : ''}`));
    for (const { label, value, show, factor } of rowsOf(known)) {
      const cells = scores.map((score) => padStart(score && value(score) !== undefined ? show(score) : '-', cellWidth)).join('');
      const values = scores.map((score) => score && value(score));
      lines.push(`${padEnd(`  ${label}`, labelWidth)}${cells}${factor && values.length === 2 ? factorText(values[0], values[1]) : ''}`);
    }
  }
  return lines;
}

/** How the samples were drawn: without it a figure cannot be compared with another. */
export function howMeasured({ samples, temperature, topP, maxTokens }: Evaluation): string {
  return `${samples} ${samples === 1 ? 'sample' : 'samples'} a problem, temperature ${temperature}, top-p ${topP}, at most ${maxTokens} tokens`;
}

function rowsOf(scores: readonly DomainScore[]): Row[] {
  const ks = [...new Set(scores.flatMap(({ passAtK }) => Object.keys(passAtK).map(Number)))].sort((a, b) => a - b);
  return [
    ...ks.map(
      (k): Row => ({
        label: `pass@${k} [95% interval]`,
        value: ({ passAtK }) => passAtK[k]?.value,
        show: ({ passAtK }) => interval(passAtK[k]),
        factor: k === 1,
      }),
    ),
    { label: 'mean length, tokens', value: (s) => s.meanLength, show: (s) => amount(s.meanLength), factor: true },
    {
      label: 'reflection words',
      value: (s) => s.reflectionWordsPerResponse,
      show: (s) => amount(s.reflectionWordsPerResponse),
      factor: true,
    },
    {
      label: '  per 100 tokens',
      value: (s) => s.reflectionWordsPer100Tokens,
      show: (s) => amount(s.reflectionWordsPer100Tokens),
      factor: true,
    },
    { label: 'responses that think', value: (s) => s.thinkingShare, show: (s) => percent(s.thinkingShare) },
    { label: 'truncated', value: (s) => s.truncatedShare, show: (s) => percent(s.truncatedShare) },
  ];
}

function interval({ value, low, high }: { value: number; low: number; high: number }): string {
  return `${fraction(value)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

function factorText(before: number | undefined, after: number | undefined): string {
  if (before === undefined || after === undefined || before <= 0 || after <= 0) return '';
  const factor = after / before;
  return `  x${factor < 10 ? factor.toFixed(1) : Math.round(factor)}`;
}
