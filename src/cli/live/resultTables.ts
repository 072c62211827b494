// What stages came to that are no evaluations, as tables: reward models on what was held out, and whether models use their thinking.

import type { Figure } from '../../stages/context.ts';
import type { RewardModelResult } from '../../stages/rewardModel.ts';
import type { ThinkingScores } from '../../stages/thinkingTest.ts';
import { type Paint, padEnd, padStart, printable, truncate } from '../terminal.ts';
import { fraction, percent, thousands } from './figures.ts';
import { interval } from './scoreTable.ts';

/** A column with its head; those that there is no room for are left out from the end. */
interface Cell<T> {
  head: string;
  show(of: T): string;
}

const [leastName, longestName] = [10, 24];

const rewardModelCells: Cell<RewardModelResult>[] = [
  { head: 'accuracy [95%]', show: ({ after }) => interval(after?.accuracy) },
  { head: 'before', show: ({ before }) => shown(before?.accuracy.value) },
  { head: 'held out', show: ({ heldOut, objective }) => `${thousands(heldOut)} ${objective === 'pairwise' ? 'pairs' : 'labels'}` },
  // Of pairs it is an accuracy too; of labels an AUC, which stands beside that of the score.
  { head: 'by length', show: ({ lengthOnly, objective }) => (objective === 'pairwise' ? shown(lengthOnly) : '-') },
  { head: 'AUC', show: ({ after }) => shown(after?.auc) },
];

/** A line for each reward model of the run, by the names of their stages; none where there is none. */
export function rewardModelLines(models: Readonly<Record<string, RewardModelResult>>, paint: Paint, width: number): string[] {
  if (Object.keys(models).length === 0) return [];
  return ['', paint('bold', truncate('Reward models, on what was held out', width)), ...lineEach(models, rewardModelCells, paint, width)];
}

const thinkingCells: Cell<ThinkingScores>[] = [
  { head: 'its own', show: ({ itself }) => interval(itself) },
  { head: 'removed', show: ({ removed }) => interval(removed) },
  { head: "another's", show: ({ another }) => interval(another) },
  { head: 'its own, drawn anew', show: ({ again }) => interval(again) },
  { head: 'think', show: ({ thinks }: { thinks: Figure }) => percent(thinks.value) },
];

/** A line for each model of the stage: its accuracy, of those responses whose thinking ended, by what stands before the answer. */
export function thinkingLines(stage: string, models: Readonly<Record<string, ThinkingScores>>, paint: Paint, width: number): string[] {
  return [
    '',
    paint('bold', truncate(`${stage}: accuracy [95%] after the model's own thinking, none, and another problem's`, width)),
    ...lineEach(models, thinkingCells, paint, width),
  ];
}

function lineEach<T>(rows: Readonly<Record<string, T>>, cells: readonly Cell<T>[], paint: Paint, width: number): string[] {
  const names = Object.keys(rows).map(printable);
  const name = Math.min(longestName, Math.max(leastName, ...names.map(({ length }) => length)));
  const columns = cells.map(({ head, show }) => {
    const texts = Object.values(rows).map(show);
    return { head, texts, width: 2 + Math.max(head.length, ...texts.map(({ length }) => length)) };
  });
  let used = name;
  const fitting = columns.filter((column) => {
    used += column.width;
    return used <= width;
  });
  const line = (label: string, cell: (column: (typeof columns)[number]) => string): string =>
    padEnd(truncate(label, name), name) + fitting.map((column) => padStart(cell(column), column.width)).join('');
  return [
    paint(
      'dim',
      line('', ({ head }) => head),
    ),
    ...names.map((label, i) => line(label, ({ texts }) => texts[i])),
  ];
}

function shown(value: number | undefined): string {
  return value === undefined ? '-' : fraction(value);
}
