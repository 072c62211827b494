// An evaluation, problem by problem: completions are asked for, judged as they come (the next ones are being drawn meanwhile), and written down.

import { type Task, type TaskRow, taskOf } from '../../tasks/task.ts';
import type { EvaluationDirectory, SampleRow } from '../../tracking/evaluationDirectory.ts';
import type { Completion, CompletionSource } from './completions.ts';
import { Begun, inTurn } from './inParallel.ts';
import { answersOf, judge, voteOn } from './judge.ts';
import { type ScoredProblem, scorer } from './score.ts';

/** Ends of problems, as they come. */
export interface Progress {
  /** Problems that are done, those of before included. */
  done: number;
  of: number;
  right: number;
  judged: number;
}

export interface EvaluationWork {
  task: Task;
  rows: readonly TaskRow[];
  source: CompletionSource;
  /** The problems that are there already, by id. */
  before?: ReadonlyMap<string, ScoredProblem>;
  /** Where samples are written as they come. */
  details?: Pick<EvaluationDirectory, 'append'>;
  /** Aborted to stop; what has been written stays. */
  signal: AbortSignal;
  report?(progress: Progress): void;
}

/**
 * Works through all problems. Undefined where it was stopped. Where one fails the others in work are waited for, and those that are whole are
 * written.
 * @throws RewardError, and whatever the source and the directory throw
 */
export async function workThrough({
  task,
  rows,
  source,
  before,
  details,
  signal,
  report,
}: EvaluationWork): Promise<ScoredProblem[] | undefined> {
  const scored: (ScoredProblem | undefined)[] = rows.map(({ id }) => before?.get(id));
  const score = scorer(task);
  const progress: Progress = { done: 0, of: rows.length, right: 0, judged: 0 };
  const count = ({ samples }: ScoredProblem): void => {
    progress.done++;
    progress.judged += samples.filter(({ correct }) => correct !== null).length;
    progress.right += samples.filter(({ correct }) => correct === 1).length;
  };
  const work = async (i: number, completions: readonly Completion[]): Promise<void> => {
    if (scored[i] !== undefined || signal.aborted || completions.some(({ stopReason }) => stopReason === 'cancelled')) return;
    const { judged } = await judge(task, rows[i], completions);
    const answers = answersOf(task, rows[i], completions);
    const classes = answers && voteOn(task, rows[i], answers);
    await details?.append(
      judged.map((completion, sample): SampleRow => {
        const votes = classes?.findIndex(({ samples }) => samples.includes(sample)) ?? -1;
        return {
          problem: rows[i].id,
          sample,
          completion: completion.text,
          tokens: completion.tokens ?? null,
          stopReason: completion.stopReason ?? null,
          answer: answers?.[sample] ?? null,
          correct: completion.correct,
          ...(completion.measures && { measures: completion.measures }),
          class: votes < 0 ? null : votes,
          ...(completion.turns && { turns: completion.turns }),
        };
      }),
    );
    const problem = score(rows[i], judged, classes);
    scored[i] = problem;
    count(problem);
    report?.(progress);
  };
  for (const problem of scored) if (problem) count(problem);
  report?.(progress);
  const left = rows.flatMap((_, i) => (scored[i] === undefined ? [i] : []));
  /** Completed together, each judged as it comes. */
  const complete = async (problems: readonly number[]): Promise<void> => {
    const judging = new Begun();
    try {
      await source.complete(problems, (i, completions) => judging.add(work(i, completions)));
    } finally {
      await judging.ended();
    }
  };
  try {
    const stop = (): boolean => signal.aborted;
    if (source.sliding) await inTurn(left, source.atOnce, stop, (i) => complete([i]));
    else
      for (let from = 0; from < rows.length && !stop(); from += source.atOnce) {
        // What is computed together decides on its last bits: where one is missing all of them are asked for, as they were at first.
        const together = rows.flatMap((_, i) => (i >= from && i < from + source.atOnce ? [i] : []));
        if (together.some((i) => scored[i] === undefined)) await complete(together);
      }
  } catch (error) {
    // What was given up because the user stopped is no error.
    if (!signal.aborted) throw error;
  }
  const done = scored.filter((problem) => problem !== undefined);
  return done.length === rows.length ? done : undefined;
}

/** A problem that was written before, as it was judged then; its vote is counted anew. */
export function scoredBefore(task: Task, row: TaskRow, samples: readonly SampleRow[]): ScoredProblem {
  const judged = samples.map(({ completion, tokens, stopReason, correct, measures }) => ({
    text: completion,
    tokens: tokens ?? undefined,
    stopReason: (stopReason ?? undefined) as Completion['stopReason'],
    correct,
    measures,
  }));
  const classes =
    taskOf(task, row).answers &&
    voteOn(
      task,
      row,
      samples.map(({ answer }) => answer),
    );
  return scorer(task)(row, judged, classes);
}
