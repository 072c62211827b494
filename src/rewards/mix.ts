// Several rewards made one number a completion: the weighted sum of those that apply.
import { didYouMean } from '../algorithms/nearest.ts';
import { InputError } from '../platform/errors.ts';
import { scoresOf } from './once.ts';
import type { RewardFunction, RewardInput, TaskRow } from './reward.ts';

/** What scoring needs of a task. */
interface Scored {
  name: string;
  rewards: Record<string, RewardFunction>;
}

/** One scored completion, for reports: which row, what it said. */
export interface RewardSample {
  row: TaskRow;
  completion: string;
  /** What the reward returned for it; absent where it threw. */
  returned?: unknown;
}

export interface Scores {
  /** Weighted sum a completion; null where no reward with a weight applies. */
  total: (number | null)[];
  /** Every reward of the task, also those of weight 0, as they returned. */
  rewards: Record<string, (number | null)[]>;
  /** What went wrong, where errors count as no reward. */
  errors: RewardError[];
}

/** A reward threw, or returned what is no score. */
export class RewardError extends Error {
  override name = 'RewardError';
  readonly reward: string;
  readonly sample: RewardSample;

  constructor(reward: string, what: string, sample: RewardSample, cause?: unknown) {
    super(`the reward "${reward}" ${what}\n  row: ${sample.row.id}\n  completion: ${shortened(sample.completion)}`, { cause });
    this.reward = reward;
    this.sample = sample;
  }
}

/**
 * Calls every reward of the task on the batch, each once. A reward's null means that it does not apply to that completion: it adds
 * nothing, and where all are null the total is null.
 * @param weights of the rewards by name; one that is not named weighs 0 (it is computed, for the metrics, and adds nothing).
 * @param onError 'throw', or 'null': a completion that a reward fails on has a total of null (a part of its rewards would be unfair to
 * it, or to the others), and `errors` tells.
 * @throws RewardError where a reward throws or returns NaN, an infinity, or another number of scores.
 * @throws InputError where `weights` names a reward that the task does not have.
 */
export async function scoreCompletions(
  task: Scored,
  weights: Record<string, number>,
  input: RewardInput,
  onError: 'throw' | 'null' = 'throw',
): Promise<Scores> {
  const names = Object.keys(task.rewards);
  for (const name of Object.keys(weights))
    if (!Object.hasOwn(task.rewards, name)) throw new InputError(`the task ${task.name} has no reward "${name}"${didYouMean(name, names)}`);
  const errors: RewardError[] = [];
  const failed = new Set<number>();
  const report: Report = (error, at) => {
    if (onError === 'throw') throw error;
    errors.push(error);
    for (const i of at) failed.add(i);
  };
  const scored = await Promise.all(names.map((name) => call(name, task.rewards[name], input, report)));
  const total = input.completions.map((_, i) => {
    if (failed.has(i)) return null;
    let sum: number | null = null;
    for (const [r, name] of names.entries()) {
      const score = scored[r][i];
      const weight = Object.hasOwn(weights, name) ? weights[name] : 0;
      if (score !== null && weight !== 0) sum = (sum ?? 0) + weight * score;
    }
    return sum;
  });
  return { total, rewards: Object.fromEntries(names.map((name, r) => [name, scored[r]])), errors };
}

/** Tells of an error and of the completions (by index) that have no score because of it. */
type Report = (error: RewardError, at: number[]) => void;

async function call(name: string, reward: RewardFunction, input: RewardInput, report: Report): Promise<(number | null)[]> {
  const count = input.completions.length;
  const all = Array.from({ length: count }, (_, i) => i);
  let scores: unknown;
  try {
    scores = await scoresOf(reward, input);
  } catch (error) {
    return oneByOne(name, reward, input, report, error);
  }
  if (!Array.isArray(scores) || scores.length !== count) {
    const found = Array.isArray(scores) ? `${scores.length} scores` : describe(scores);
    const what = `returned ${found} for ${count} completions; it must return one a completion`;
    report(new RewardError(name, what, sampleOf(input, 0, scores)), all);
    return all.map(() => null);
  }
  return Array.from(scores as unknown[], (score, i) => {
    if (score === null || (typeof score === 'number' && Number.isFinite(score))) return score;
    const what = `returned ${describe(score)}; a score is a finite number, or null where it does not apply`;
    report(new RewardError(name, what, sampleOf(input, i, score)), [i]);
    return null;
  });
}

/** A reward that threw was judging the whole batch: asked one by one, it is seen which completion it fails on. */
async function oneByOne(
  name: string,
  reward: RewardFunction,
  input: RewardInput,
  report: Report,
  error: unknown,
): Promise<(number | null)[]> {
  const failure = (cause: unknown, i: number) =>
    new RewardError(name, `threw: ${cause instanceof Error ? cause.message : String(cause)}`, sampleOf(input, i), cause);
  const count = input.completions.length;
  const scores: (number | null)[] = [];
  let found = false;
  for (let i = 0; i < count; i++) {
    const single: RewardInput = {
      prompts: [input.prompts[i]],
      completions: [input.completions[i]],
      rows: [input.rows[i]],
      turns: input.turns && [input.turns[i]],
    };
    let returned: unknown;
    try {
      returned = await reward(single);
    } catch (cause) {
      found = true;
      report(failure(cause, i), [i]);
      scores.push(null);
      continue;
    }
    // A mistake in what it returns is told with the same words as in a batch.
    scores.push(
      ...(await call(
        name,
        () => returned as (number | null)[],
        single,
        (e) => report(e, [i]),
      )),
    );
  }
  // It fails only on the batch as a whole.
  if (!found)
    report(
      failure(error, 0),
      Array.from({ length: count }, (_, i) => i),
    );
  return scores;
}

function sampleOf(input: RewardInput, i: number, returned?: unknown): RewardSample {
  return { row: input.rows[i], completion: input.completions[i], returned };
}

function describe(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 40))}`;
  if (value === undefined) return 'undefined';
  return Array.isArray(value) ? 'a list' : typeof value === 'boolean' ? `${value}` : `a ${typeof value}`;
}

function shortened(text: string): string {
  return JSON.stringify(text.length <= 400 ? text : `${text.slice(0, 200)} ... ${text.slice(-200)}`);
}
