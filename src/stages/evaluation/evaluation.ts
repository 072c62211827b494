// A whole evaluation: the problems worked through, from wherever their completions come, and what that says; kept in a directory, where one is
// given, from which it goes on.
import { stringifyJson } from '../../formats/jsonl.ts';
import { sha256 } from '../../platform/hash.ts';
import type { Task, TaskRow } from '../../tasks/task.ts';
import { EvaluationDirectory } from '../../tracking/evaluationDirectory.ts';
import type { Evaluation } from '../context.ts';
import type { CompletionSource } from './completions.ts';
import { type EvaluationWork, scoredBefore, workThrough } from './problems.ts';
import { domainScore, type ScoredProblem, scoresByDomain } from './score.ts';

export interface EvaluationRequest extends Pick<EvaluationWork, 'report' | 'signal'> {
  task: Task;
  rows: readonly TaskRow[];
  source: CompletionSource;
  /** Of each problem. */
  samples: number;
  /** Of pass@k; those above `samples` are left out. */
  ks: readonly number[];
  /** How the samples are drawn, where that is known. */
  sampling: Pick<Evaluation, 'temperature' | 'topP' | 'maxTokens'>;
  /** Where it is kept; what must be the same as when it was begun; and what else the results say of it. */
  keep?: { dir: string; settings: Readonly<Record<string, string | number>>; facts?: object };
  /** Told of what makes the figures doubtful. */
  warn?(message: string): void;
}

/**
 * Undefined where it was stopped.
 * @throws InputError where `keep.dir` cannot be taken or holds another evaluation; RewardError
 */
export async function runEvaluation(request: EvaluationRequest): Promise<Evaluation | undefined> {
  const { task, rows, source, samples, ks, sampling, keep, signal, report } = request;
  const byId = new Map(rows.map((row) => [row.id, row]));
  const before = new Map<string, ScoredProblem>();
  const measures = task.measures && { measures: Object.keys(task.measures).join(', ') };
  const directory =
    keep &&
    (await EvaluationDirectory.open(keep.dir, { ...keep.settings, ...measures, data: dataFingerprint(rows), samples }, samples, (done) => {
      const row = byId.get(done[0].problem);
      if (row) before.set(row.id, scoredBefore(task, row, done));
    }));
  try {
    await directory?.keepProblems(rows.map(({ id, prompt, domain }) => ({ problem: id, prompt, domain })));
    const problems = await workThrough({ task, rows, source, before, details: directory, signal, report });
    if (problems === undefined) return undefined;
    if (samples > 1 && problems.length > 1 && problems.every(({ alike }) => alike))
      request.warn?.(
        `all ${samples} samples of every problem are the same, word for word: they were not drawn by the temperature and the seeds that were asked for, and count as one`,
      );
    const byDomain = scoresByDomain(problems, ks);
    const overall = Object.keys(byDomain).length > 1 ? { overall: domainScore(problems, ks) } : {};
    const evaluation: Evaluation = { problems: rows.length, samples, ...sampling, byDomain, ...overall };
    await directory?.finish({ ...keep?.facts, ...evaluation });
    return evaluation;
  } finally {
    await directory?.close();
  }
}

/** Of the problems: their prompts, their answers and their order. */
function dataFingerprint(rows: readonly TaskRow[]): string {
  return sha256(rows.map((row) => sha256(stringifyJson(row))).join('\n')).slice(0, 16);
}
