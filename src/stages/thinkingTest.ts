// Does a model use its thinking, or only write in the form of it? Its held-out accuracy as it answers by itself, beside its accuracy where
// the thinking before its answer is taken away, or is that of another problem. A model that reasons falls; one that only looks like it does not.

import { clusteredInterval } from '../algorithms/intervals.ts';
import { deriveSeed } from '../algorithms/random.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { now } from '../platform/clock.ts';
import { InputError } from '../platform/errors.ts';
import type { Task, TaskRow } from '../tasks/task.ts';
import { partName } from '../tracking/names.ts';
import { type Figure, Interrupted, type TaskContext } from './context.ts';
import { judge } from './evaluation/judge.ts';
import { heldOutRows } from './heldOut.ts';
import { requireSamplingMemory } from './plannedWork.ts';
import { fittingPrompts, openModelText, type Prompt, responseText } from './prompts.ts';
import type { ThinkingTestSettings } from './settings.ts';
import { requireAccuracy } from './taskRows.ts';

/** pass@1 by what stands before the answer; absent where no response had a thought that ended. */
export interface ThinkingScores {
  /** The share of responses with a thought that ended: of these alone the rest is told. */
  thinks: Figure;
  /** As it answered. */
  itself?: Figure;
  /** After the same thinking, the answer drawn anew: what drawing alone changes. */
  again?: Figure;
  /** After no thinking. */
  removed?: Figure;
  /** After the thinking of another problem; absent, too, where one problem has all the thoughts. */
  another?: Figure;
}

/** What is kept of a model until the stage is done: as a row of metrics has it, what it took. */
interface Tested extends ThinkingScores {
  spent?: { num_tokens: number; stage_time: number };
}

/** A response whose thought ended. */
interface Thought {
  problem: number;
  /** Its tokens up to the end of the thought. */
  tokens: Int32Array;
  text: string;
}

const END = '</think>';

/** Tests the models that are not done. Returns each one's scores, by name. */
export async function thinkingTest(
  settings: ThinkingTestSettings,
  context: Omit<TaskContext, 'model'> & { models: Readonly<Record<string, string>> },
): Promise<Record<string, ThinkingScores>> {
  const { name, run, task, report, signal, models } = context;
  requireThoughts(task, name);
  await run.rewindTo(name);
  const { heldOut } = await task.load({ data: context.data, columns: context.columns, seed: context.seed });
  const rows = heldOutRows(heldOut, settings.problems);
  if (rows.length < 2)
    throw new InputError(
      `stage ${name}: the task ${task.name} has ${rows.length} held-out problems; to give one the thinking of another takes two`,
    );
  const names = Object.keys(models);
  report({ type: 'stageStart', stage: name, kind: settings.kind, steps: names.length, doneSteps: 0 });
  const scores: Record<string, ThinkingScores> = {};
  for (const [i, tested] of names.entries()) {
    const part = partName(name, tested);
    const done = await run.finished(part);
    const { spent, ...found } = done ? (done.result as Tested) : await testModel(settings, { ...context, model: models[tested] }, rows);
    if (!done) await run.finish(part, { ...found, spent } satisfies Tested);
    scores[tested] = found;
    if (signal.aborted && i + 1 < names.length) throw new Interrupted(name, i + 1);
    const { itself, removed, another } = scores[tested];
    const metrics = { itself: itself?.value, removed: removed?.value, another: another?.value };
    const told = Object.entries(metrics).flatMap(([what, value]) => (value === undefined ? [] : [[`thinking/${tested}/${what}`, value]]));
    await run.metrics({ stage: name, step: i + 1, ...Object.fromEntries(told), ...spent });
    report({ type: 'step', stage: name, step: i + 1, steps: names.length, metrics: Object.fromEntries(told) });
  }
  await run.finish(name, scores);
  report({ type: 'thinking', stage: name, models: scores });
  report({ type: 'stageEnd', stage: name });
  return scores;
}

/** @throws InputError where the task answers in several turns, or nothing tells right from wrong */
export function requireThoughts(task: Task, name: string): void {
  if (task.environment)
    throw new InputError(
      `stage ${name}: the task ${task.name} answers in several turns, of which no one thought is the first; take another task`,
    );
  requireAccuracy(task, `stage ${name}: it tells how often answers are right`);
}

async function testModel(settings: ThinkingTestSettings, context: TaskContext, rows: readonly TaskRow[]): Promise<Tested> {
  const { name, engine, model, task, run, signal } = context;
  const { samples, maxTokens, temperature } = settings;
  const text = await openModelText(model, run.began);
  const room = { maxTokens: 2 * maxTokens, longPrompts: 'refuse' as const, mend: 'lower maxTokens: a thought and an answer must fit' };
  const prompts = fittingPrompts(text, task, rows, 'held-out prompts', room, () => {});
  await requireSamplingMemory(context, { samples, maxTokens: 2 * maxTokens, topP: 1 }, prompts);
  const sampler = await engine.createSampler({ model });
  const { tokenizer } = text;
  const begun = now();
  let read = 0;
  const draw = async (prompt: Int32Array, n: number, seed: number) => {
    const drawn = await sampler.sample(prompt, { n, maxTokens, temperature, topP: 1, topK: 0, stop: tokenizer.stopIds, seed, signal });
    read += drawn.reduce((sum, { tokens }) => sum + prompt.length + tokens.length, 0);
    return drawn;
  };
  const spent = () => ({ num_tokens: read, stage_time: (now() - begun) / 1000 });
  try {
    const responses = await Promise.all(prompts.map((prompt, p) => draw(prompt.tokens, samples, deriveSeed(context.seed, name, p))));
    if (signal.aborted) throw new Interrupted(name, 0);
    const own = responses.map((group, p) => group.map(({ tokens }) => responseText(tokenizer, task, tokens, prompts[p].tokens)));
    const thoughts = responses.flatMap((group, problem) =>
      group.flatMap(({ tokens }, s): Thought[] => {
        const length = thoughtLength(tokenizer, tokens);
        return length === undefined ? [] : [{ problem, tokens: tokens.subarray(0, length), text: own[problem][s] }];
      }),
    );
    const thinks = figure(prompts.map((_, p) => ({ n: samples, c: thoughts.filter(({ problem }) => problem === p).length })));
    if (thoughts.length === 0) return { thinks, spent: spent() };
    const empty = emptyThought(tokenizer, prompts[0]);
    const others = othersOf(thoughts);
    const after = (what: string, start: (i: number) => Int32Array): Promise<Figure> =>
      answersAfter(context, prompts, thoughts, async (thought, i) => {
        const began = start(i);
        const prompt = Int32Array.from([...prompts[thought.problem].tokens, ...began]);
        const [{ tokens }] = await draw(prompt, 1, deriveSeed(context.seed, name, what, i));
        return responseText(tokenizer, task, Int32Array.from([...began, ...tokens]), prompts[thought.problem].tokens);
      });
    const scores: ThinkingScores = {
      thinks,
      itself: await answersAfter(context, prompts, thoughts, async (thought) => thought.text),
      again: await after('again', (i) => thoughts[i].tokens),
      removed: await after('removed', () => empty),
      ...(others && { another: await after('another', (i) => thoughts[others[i]].tokens) }),
    };
    return { ...scores, spent: spent() };
  } finally {
    await sampler.close();
  }
}

/** pass@1 over the thoughts, where `complete` gives each one's whole response. */
async function answersAfter(
  { task, name, signal }: Pick<TaskContext, 'task' | 'name' | 'signal'>,
  prompts: readonly Prompt[],
  thoughts: readonly Thought[],
  complete: (thought: Thought, i: number) => Promise<string>,
): Promise<Figure> {
  const texts = await Promise.all(thoughts.map(complete));
  if (signal.aborted) throw new Interrupted(name, 0);
  const right = await Promise.all(
    prompts.map(async ({ row }, p) => {
      const completions = texts.filter((_, i) => thoughts[i].problem === p);
      const verdicts = await accuracyOf(task, row, completions);
      return { n: verdicts.length, c: verdicts.filter((verdict) => verdict === 1).length };
    }),
  );
  return figure(right.filter(({ n }) => n > 0));
}

async function accuracyOf(task: Task, row: TaskRow, completions: readonly string[]): Promise<(number | null)[]> {
  if (completions.length === 0) return [];
  const { judged } = await judge(
    task,
    row,
    completions.map((text) => ({ text })),
    'throw',
  );
  return judged.map(({ correct }) => correct).filter((correct) => correct !== null);
}

/**
 * Of each thought the number of the one that takes its place: the next problem's, in the order of the problems, and of those another one for
 * each of a problem's own. Undefined where all are of one problem.
 */
export function othersOf(thoughts: readonly { problem: number }[]): number[] | undefined {
  const byProblem = new Map<number, number[]>();
  for (const [i, { problem }] of thoughts.entries()) byProblem.set(problem, [...(byProblem.get(problem) ?? []), i]);
  const groups = [...byProblem.values()];
  if (groups.length < 2) return undefined;
  const others: number[] = [];
  for (const [g, group] of groups.entries()) {
    const next = groups[(g + 1) % groups.length];
    for (const [rank, i] of group.entries()) others[i] = next[rank % next.length];
  }
  return others;
}

/** How many tokens the thought takes, its end included; undefined where it does not end. */
function thoughtLength(tokenizer: Tokenizer, tokens: Int32Array): number | undefined {
  const ended = (length: number): boolean => tokenizer.decode(tokens.subarray(0, length)).includes(END);
  if (!ended(tokens.length)) return undefined;
  let [low, high] = [0, tokens.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ended(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** A thought that says nothing; where the prompt opens the thought already, only its end. */
function emptyThought(tokenizer: Tokenizer, { tokens }: Prompt): Int32Array {
  const opened = /<think>\s*$/.test(tokenizer.decode(tokens.subarray(-16)));
  return Int32Array.from(tokenizer.encode(opened ? END : `<think> ${END}`, { allowControl: true }));
}

function figure(counts: { n: number; c: number }[]): Figure {
  const { mean, low, high } = clusteredInterval(counts);
  return { value: mean as number, low, high };
}
