// What an evaluation says: pass@k, cons@k, the task's measures, lengths and cut shares by domain, each with its 95% interval clustered by problem.
import { consensusScore, type VoteClass } from '../../algorithms/consensus.ts';
import { clusteredInterval, clusteredMean } from '../../algorithms/intervals.ts';
import { passAtK } from '../../algorithms/passAtK.ts';
import { type Task, type TaskRow, taskOf } from '../../tasks/task.ts';
import type { DomainScore, Evaluation, Figure } from '../context.ts';
import { type ResponseFigures, responseFigures, responseStatistics } from '../responseStatistics.ts';
import type { Completion } from './completions.ts';
import type { Judged } from './judge.ts';
import { measureFigures } from './measures.ts';

/** A problem that is done; of its completions only what the measures need, for all of them may be gigabytes. */
export interface ScoredProblem {
  domain: string;
  samples: (ResponseFigures & Pick<Judged<Completion>, 'correct' | 'measures'>)[];
  /** Absent where the task does not tell answers. */
  classes?: VoteClass[];
  /** Whether its task has an accuracy. */
  ruled: boolean;
  /** All its samples are the same, word for word. */
  alike: boolean;
}

/** Scores the problems of one task. */
export function scorer(task: Task): (row: TaskRow, judged: readonly Judged<Completion>[], classes?: VoteClass[]) => ScoredProblem {
  const figures = responseFigures(task);
  return (row, judged, classes) => ({
    domain: row.domain ?? task.name,
    samples: judged.map((completion) => ({ ...figures(row, completion), correct: completion.correct, measures: completion.measures })),
    classes,
    ruled: taskOf(task, row).accuracy !== undefined,
    alike: judged.every(({ text }) => text === judged[0].text),
  });
}

/** Over all domains. */
export function wholeScore({ byDomain, overall }: Evaluation): DomainScore {
  return overall ?? Object.values(byDomain)[0];
}

/** @param ks of pass@k */
export function scoresByDomain(problems: readonly ScoredProblem[], ks: readonly number[]): Record<string, DomainScore> {
  const domains = [...new Set(problems.map(({ domain }) => domain))];
  return Object.fromEntries(
    domains.map((domain) => [
      domain,
      domainScore(
        problems.filter((problem) => problem.domain === domain),
        ks,
      ),
    ]),
  );
}

export function domainScore(problems: readonly ScoredProblem[], ks: readonly number[]): DomainScore {
  const ruled = problems.filter((problem) => problem.ruled);
  const verdicts = ruled.map(({ samples }) => samples.map(({ correct }) => correct));
  // An answer is right where the accuracy is 1; partial credit is none. A problem whose gold does not parse is left out.
  const counts = verdicts
    .map((all) => all.filter((correct) => correct !== null))
    .map((judged) => ({ n: judged.length, c: judged.filter((correct) => correct === 1).length }))
    .filter(({ n }) => n > 0);
  const passAt: DomainScore['passAtK'] = {};
  for (const k of ks) {
    const values = counts.map(({ n, c }) => passAtK(n, c, k));
    const known = values.filter((value) => value !== undefined);
    if (known.length === 0 || known.length < values.length) continue;
    passAt[k] = figure(clusteredInterval(k === 1 ? counts : known.map((value) => ({ n: 1, c: value }))));
  }
  const samples = problems.flatMap((problem) => problem.samples);
  const lengths = problems.map((problem) => problem.samples.flatMap(({ tokens }) => tokens ?? []));
  const cut = problems.map((problem) =>
    problem.samples.flatMap(({ stopReason }) => (stopReason === undefined ? [] : [stopReason === 'length'])),
  );
  const meanLength = clusteredMean(lengths);
  const cutCounts = cut.map((all) => ({ n: all.length, c: all.filter((each) => each).length })).filter(({ n }) => n > 0);
  const cutShare = clusteredInterval(cutCounts);
  return {
    problems: ruled.length === 0 ? problems.length : counts.length,
    unjudged: ruled.length - counts.length,
    unjudgedSamples: verdicts.flat().filter((correct) => correct === null).length,
    passAtK: passAt,
    ...consensus(problems),
    ...measureFigures(problems.map((problem) => problem.samples)),
    ...responseStatistics(samples),
    ...(meanLength?.low === undefined ? {} : { meanLengthInterval: { low: Math.max(0, meanLength.low), high: meanLength.high as number } }),
    ...(cutCounts.length === 0 ? {} : { truncatedShareInterval: { low: cutShare.low, high: cutShare.high } }),
  };
}

/** cons@n, n being all samples of a problem: of one sample it would be pass@1. */
function consensus(problems: readonly ScoredProblem[]): Pick<DomainScore, 'consAtK'> {
  const n = problems[0]?.samples.length ?? 0;
  if (n < 2) return {};
  const scores: number[] = [];
  for (const { samples, classes } of problems) {
    if (classes === undefined || samples.length !== n) return {};
    const verdicts = samples.map(({ correct }) => (correct === null ? null : Number(correct === 1)));
    if (verdicts.every((correct) => correct === null)) continue;
    const score = consensusScore(classes, verdicts);
    if (score !== undefined) scores.push(score);
  }
  return scores.length === 0 ? {} : { consAtK: { [n]: figure(clusteredInterval(scores.map((score) => ({ n: 1, c: score })))) } };
}

function figure({ mean, low, high }: ReturnType<typeof clusteredInterval>): Figure {
  return { value: mean as number, low, high };
}

/** As rows of metrics: `eval/<domain>/pass@1`, its 95% interval as `.../low` and `.../high`, and so on. */
export function evaluationMetrics({ byDomain }: Evaluation): Record<string, number> {
  const metrics: Record<string, number> = {};
  const put = (name: string, value: number | undefined): void => {
    if (value !== undefined) metrics[name] = value;
  };
  for (const [domain, score] of Object.entries(byDomain)) {
    const figures = [
      ...Object.entries(score.passAtK).map(([k, each]) => [`pass@${k}`, each] as const),
      ...Object.entries(score.consAtK ?? {}).map(([k, each]) => [`cons@${k}`, each] as const),
      ...Object.entries(score.measures ?? {}),
    ];
    for (const [name, { value, low, high }] of figures) {
      put(`eval/${domain}/${name}`, value);
      put(`eval/${domain}/${name}/low`, low);
      put(`eval/${domain}/${name}/high`, high);
    }
    put(`eval/${domain}/unjudged`, score.unjudged);
    put(`eval/${domain}/mean_length`, score.meanLength);
    put(`eval/${domain}/reflection_words`, score.reflectionWordsPerResponse);
    put(`eval/${domain}/clipped_ratio`, score.truncatedShare);
  }
  return metrics;
}
