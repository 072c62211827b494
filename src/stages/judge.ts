// Judged pairs: several responses to each prompt, compared two by two, each pair several times with the sides in an order drawn anew; kept
// where the judgement is clear, lengths balanced (arXiv 2501.12948 v2: the data of the helpfulness reward model). What reward models and
// DPO learn from.

import { deriveSeed } from '../algorithms/random.ts';
import type { SamplingClient } from '../engine/engine.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { now } from '../platform/clock.ts';
import { InputError } from '../platform/errors.ts';
import { summaryOf } from '../rewards/judgedText.ts';
import { NoVerdict } from '../rewards/preference.ts';
import type { RolloutRow } from '../tracking/rollouts.ts';
import { Interrupted, type Metrics, StageError, type TaskContext } from './context.ts';
import { asking } from './curation/endpoint.ts';
import { drawnPrompts } from './drawnPrompts.ts';
import { inTurn } from './evaluation/inParallel.ts';
import { type LocalCompletion, localCompletions } from './evaluation/localCompletions.ts';
import { requireSamplingMemory } from './plannedWork.ts';
import { type JudgedPrompt, type JudgeReport, judgedData } from './preference/judgedPairs.ts';
import { type Judges, judgesOf } from './preference/judges.ts';
import { type Judgement, judgePair, meanPoints } from './preference/judging.ts';
import { arePromptsChat, writeJudged } from './preference/pairFiles.ts';
import { drawPairs } from './preference/pairing.ts';
import { openModelText, type Prompt, promptFingerprint } from './prompts.ts';
import type { JudgeSettings } from './settings.ts';

/** Prompts sampled and judged at once: what a stopped stage loses at most. */
const CHUNK = 16;

/** A response as the run's rollouts keep it, with all that was judged of it. */
interface JudgedRow extends RolloutRow {
  fingerprint: string;
  /** Whether it is safe; null where that does not apply or there was no verdict; absent where nobody was asked. */
  harm?: number | null;
  /** Of each pair whose first response this is: the number of the second, and the judgements. */
  pairs: { with: number; judgements: Judgement[] }[];
}

/**
 * Samples, judges, keeps everything in rollouts/, and leaves the pairs (and labels) in data/<stage>/ of the run. What a stopped stage has
 * sampled and judged is kept. Returns the directory.
 * @throws InputError where there is no judge, or the endpoint refuses; RewardError where the task's judge fails; StageError where no pair is left
 */
export async function judge(settings: JudgeSettings, context: TaskContext): Promise<string> {
  const { name, run, engine, task, model, seed, signal, report } = context;
  const begun = now();
  const judges = judgesOf(settings, name, task, signal);
  const text = await openModelText(model, run.began);
  const prompts = await drawnPrompts(settings, context, text);
  const rows = prompts.map(({ row }) => row);
  const chat = arePromptsChat(rows, name);
  const steps = Math.ceil(prompts.length / CHUNK);
  await requireSamplingMemory(context, { ...settings, topP: 1 }, prompts.slice(0, CHUNK));

  const done = (await run.goOnAfterRollouts(name)) as JudgedRow[][];
  let sampledTokens = tokensOf(done.flat());
  const judged = requireSame(done, prompts, settings.samples, context);
  report({ type: 'stageStart', stage: name, kind: 'judge', steps, doneSteps: done.length });
  const sampler = await engine.createSampler({ model });
  try {
    for (let step = done.length; step < steps; step++) {
      if (signal.aborted) throw new Interrupted(name, step);
      const chunk = prompts.slice(step * CHUNK, (step + 1) * CHUNK);
      const started = now();
      const models = { sampler, tokenizer: text.tokenizer };
      const chunkRows = await asking(name, signal, () => judgeChunk(settings, context, judges, models, chunk, step));
      if (signal.aborted) throw new Interrupted(name, step);
      await run.rollouts(name, step + 1, chunkRows);
      sampledTokens += tokensOf(chunkRows);
      judged.push(...judgedPrompts(chunkRows, chunk, settings.samples));
      requireReadable(judged.slice(0, CHUNK), settings, name);
      const seconds = (now() - started) / 1000;
      const speed = tokensOf(chunkRows) / seconds;
      report({ type: 'step', stage: name, step: step + 1, steps, metrics: { ...metricsOf(judged, settings), tokens_per_second: speed } });
    }
  } finally {
    await sampler.close();
  }
  const lengthOf = (response: string): number =>
    text.tokenizer.encode(settings.balance === 'response' ? response : summaryOf(response)).length;
  const data = judgedData(judged, settings, seed, lengthOf);
  requirePairs(data.report, settings, name);
  const dir = run.dataDir(name);
  await writeJudged(dir, data, chat);
  for (const message of linesOf(data.report)) report({ type: 'note', stage: name, message });
  const prompted = settings.samples * prompts.reduce((sum, { tokens }) => sum + tokens.length, 0);
  await run.metrics({
    ...{ stage: name, step: steps, ...metricsOf(judged, settings), 'pairs/kept': data.report.pairs.kept },
    ...{ num_tokens: prompted + sampledTokens, stage_time: (now() - begun) / 1000 },
  });
  await run.finish(name, data.report);
  report({ type: 'stageEnd', stage: name });
  return dir;
}

function tokensOf(rows: readonly JudgedRow[]): number {
  return rows.reduce((sum, { tokens }) => sum + tokens, 0);
}

async function judgeChunk(
  { samples, temperature, maxTokens, pairs, judgements }: JudgeSettings,
  { name, task, seed, signal }: TaskContext,
  { judge, harm, atOnce }: Judges,
  { sampler, tokenizer }: { sampler: SamplingClient; tokenizer: Tokenizer },
  chunk: readonly Prompt[],
  step: number,
): Promise<JudgedRow[]> {
  const sampling = { samples, temperature, topP: 1, maxTokens, signal, seed: deriveSeed(seed, name, step) };
  const groups: LocalCompletion[][] = [];
  await localCompletions(async () => sampler, tokenizer, task, chunk, sampling).complete([...chunk.keys()], (p, completions) => {
    groups[p] = completions;
  });
  if (signal.aborted) throw new Interrupted(name, step);
  const rows = groups.map((group, p) => group.map((completion, i) => judgedRow(chunk[p], completion, i)));
  const works: (() => Promise<void>)[] = chunk.flatMap(({ row }, p) => {
    const texts = rows[p].map(({ text }) => text);
    const seedOf = (...path: (string | number)[]): number => deriveSeed(seed, name, 'judge', step, p, ...path);
    const compared = drawPairs(texts, pairs, seedOf('pairs')).map(([a, b]) => {
      const pair: JudgedRow['pairs'][number] = { with: b, judgements: [] };
      rows[p][a].pairs.push(pair);
      return async () => {
        pair.judgements = await judgePair(judge, row, [texts[a], texts[b]], judgements, seedOf('pair', a, b));
      };
    });
    const labelled = texts.map((text, i) => async () => {
      if (harm) rows[p][i].harm = await harmOf(harm, row, text, seedOf('harm', i));
    });
    return [...compared, ...labelled];
  });
  await inTurn(
    works,
    atOnce,
    () => signal.aborted,
    (work) => work(),
  );
  return rows.flat();
}

async function harmOf(harm: NonNullable<Judges['harm']>, row: Prompt['row'], text: string, seed: number): Promise<number | null> {
  let label: number | null;
  try {
    label = await harm(row, text, seed);
  } catch (error) {
    if (error instanceof NoVerdict) return null;
    throw error;
  }
  if (label === null || label === 0 || label === 1) return label;
  throw new StageError(`harm of ${row.id} is ${label}: it must be 1 (safe), 0 (not) or null (it does not apply)`);
}

function judgedRow(prompt: Prompt, { text, tokens, stopReason }: LocalCompletion, sample: number): JudgedRow {
  const judged = { rewards: {}, reward: null, advantage: null, version: 0, pairs: [] };
  return { prompt: prompt.row.id, sample, text, tokens, stopReason, ...judged, fingerprint: promptFingerprint(prompt) };
}

/** Rows of whole prompts, in their order. */
function judgedPrompts(rows: readonly JudgedRow[], prompts: readonly Prompt[], samples: number): JudgedPrompt[] {
  return prompts.map(({ row }, p) => {
    const own = rows.slice(p * samples, (p + 1) * samples);
    return {
      row,
      responses: own.map(({ text, harm }) => ({ text, harm })),
      pairs: own.flatMap(({ pairs }, a) => pairs.map(({ with: b, judgements }) => ({ a, b, judgements }))),
    };
  });
}

/** @throws InputError where what was judged so far is not of these prompts */
function requireSame(done: JudgedRow[][], prompts: readonly Prompt[], samples: number, { name, task }: TaskContext): JudgedPrompt[] {
  const rows = done.flat();
  const isSame = ({ fingerprint }: JudgedRow, i: number): boolean => {
    const prompt = prompts.at(Math.floor(i / samples));
    return prompt !== undefined && fingerprint === promptFingerprint(prompt);
  };
  if (!rows.every(isSame))
    throw new InputError(
      `stage ${name}: the prompts of ${task.name} are not those that it has judged so far: put its data, its task and the sets of decontaminate back as they were, or begin another run (--out)`,
    );
  return judgedPrompts(rows, prompts.slice(0, rows.length / samples), samples);
}

/** A judge that says nothing that can be read is found out at once, and not after hours. @throws StageError */
function requireReadable(first: readonly JudgedPrompt[], { harm }: JudgeSettings, name: string): void {
  const pairs = first.flatMap((prompt) => prompt.pairs.map(({ judgements }) => meanPoints(judgements)));
  requireSome(pairs, name, { judge: 'the judge', of: 'pairs', verdict: 'one, such as [[A>B]]', limit: 'maxTokens' });
  if (typeof harm !== 'object') return;
  const labels = first.flatMap((prompt) => prompt.responses.map((response) => response.harm));
  requireSome(labels, name, { judge: 'the judge of harm', of: 'responses', verdict: '[[SAFE]] or [[UNSAFE]]', limit: 'harm.maxTokens' });
}

/** @throws StageError where there are several verdicts, and none that could be read */
function requireSome(
  verdicts: readonly unknown[],
  name: string,
  { judge, of, verdict, limit }: { judge: string; of: string; verdict: string; limit: string },
): void {
  if (verdicts.length < CHUNK / 2 || verdicts.some((found) => found !== null)) return;
  throw new StageError(
    `stage ${name}: ${judge} has given no verdict that can be read on any of ${verdicts.length} ${of}: does its model follow the instruction to end with ${verdict}, and is ${limit} enough for it?`,
  );
}

/** @throws StageError where nothing is left to learn from */
function requirePairs({ pairs, lengths }: JudgeReport, { margin, balance }: JudgeSettings, name: string): void {
  const { tried, noVerdict, clear, kept, heldOut } = pairs;
  if (kept - heldOut > 0) return;
  const why =
    clear === 0
      ? `none has a mean difference of more than margin ${margin}: lower it, or take responses that differ more (temperature, samples)`
      : kept === 0
        ? `${clear} are clear, but the chosen one is the longer in a share of ${lengths?.clear.chosenIsLonger.toFixed(2)} of them: balanced by length (balance: ${balance}) none is left; take more prompts, or balance: none`
        : 'all that are left are held out: take more prompts, or a lower heldOut';
  throw new StageError(`stage ${name}: of ${tried} pairs (${noVerdict} without a verdict) ${why}. Then do the stage anew: --from ${name}`);
}

function metricsOf(judged: readonly JudgedPrompt[], settings: JudgeSettings): Metrics {
  // Lengths take a tokenizer, and are of no use before the end.
  const { report } = judgedData(judged, { ...settings, balance: 'none', heldOut: 0 }, 0, () => 0);
  return {
    'pairs/tried': report.pairs.tried,
    'pairs/no_verdict': report.pairs.noVerdict,
    'pairs/clear': report.pairs.clear,
    ...(report.judge.agreement === undefined ? {} : { 'judge/agreement': report.judge.agreement }),
    ...(report.judge.firstSide === undefined ? {} : { 'judge/first_side': report.judge.firstSide.share }),
    ...(report.pointwise === undefined ? {} : { 'pointwise/rows': report.pointwise.rows, 'pointwise/safe': report.pointwise.safe }),
  };
}

/** The report in words. */
function linesOf({ pairs, judge, lengths, pointwise }: JudgeReport): string[] {
  const { tried, clear, kept, heldOut, noVerdict } = pairs;
  const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
  const { firstSide } = judge;
  return [
    `of ${tried} pairs ${clear} are clear and ${kept} kept (${heldOut} held out)${noVerdict > 0 ? `; ${noVerdict} have no verdict` : ''}`,
    ...(judge.agreement === undefined ? [] : [`the judge agrees with itself in ${percent(judge.agreement)} of two judgements of a pair`]),
    ...(firstSide === undefined
      ? []
      : [
          `the side shown first wins ${percent(firstSide.share)} [${percent(firstSide.low)}, ${percent(firstSide.high)}] of the judgements`,
        ]),
    ...(lengths === undefined
      ? []
      : [
          `chosen and rejected have ${lengths.clear.chosen.toFixed(1)} and ${lengths.clear.rejected.toFixed(1)} tokens where clear, ${lengths.kept.chosen.toFixed(1)} and ${lengths.kept.rejected.toFixed(1)} where kept (balance: ${lengths.of})`,
        ]),
    ...(pointwise === undefined
      ? []
      : [
          `${pointwise.rows} responses have a label: ${pointwise.safe} are safe${pointwise.unlabelled > 0 ? `; ${pointwise.unlabelled} have none` : ''}`,
        ]),
  ];
}
