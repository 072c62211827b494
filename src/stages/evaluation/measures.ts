// A task's measures over an evaluation: the mean of each, with its 95% interval clustered by problem.
import { clusteredInterval, clusteredMean } from '../../algorithms/intervals.ts';
import { mean } from '../../algorithms/summary.ts';
import type { DomainScore, Figure } from '../context.ts';
import type { Completion } from './completions.ts';
import type { Judged } from './judge.ts';

/** @param problems the samples of each */
export function measureFigures(problems: readonly (readonly Pick<Judged<Completion>, 'measures'>[])[]): Pick<DomainScore, 'measures'> {
  const names = [...new Set(problems.flat().flatMap(({ measures }) => Object.keys(measures ?? {})))];
  const figures = names.flatMap((name) => {
    const values = problems.map((samples) => samples.flatMap(({ measures }) => measures?.[name] ?? []));
    const figure = measureFigure(values.filter((each) => each.length > 0));
    return figure === undefined ? [] : [[name, figure] as const];
  });
  return figures.length === 0 ? {} : { measures: Object.fromEntries(figures) };
}

/**
 * The mean over problems of the mean of their values. Where all lie in [0, 1] the interval is that of a share (`clusteredInterval`), else the
 * normal one of the problems' means; of one problem alone it is that of its samples.
 * @param problems the values of each, at least one
 */
function measureFigure(problems: readonly (readonly number[])[]): Figure | undefined {
  if (problems.length === 0) return undefined;
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  if (problems.flat().every((value) => value >= 0 && value <= 1)) {
    const { mean: share, low, high } = clusteredInterval(problems.map((values) => ({ n: values.length, c: sum(values) })));
    return { value: share as number, low, high };
  }
  const units = problems.length === 1 ? problems[0] : problems.map((values) => mean(values) as number);
  const {
    mean: value,
    low = value,
    high = value,
  } = clusteredMean(units.map((each) => [each])) as { mean: number; low?: number; high?: number };
  return { value, low, high };
}
