// How much the stages do that sample: reinforcement learning, selection, rejection sampling, judging, evaluations.

import { scheduledValue } from '../algorithms/schedules.ts';
import type { PlannedWork } from '../engine/engine.ts';
import { shareOfKept } from '../stages/curation/curated.ts';
import { givenRows } from '../stages/curation/given.ts';
import { heldOutRows } from '../stages/heldOut.ts';
import { onPolicyWork, rlWork } from '../stages/plannedWork.ts';
import { openModelText } from '../stages/prompts.ts';
import type {
  EvaluateSettings,
  JudgeSettings,
  OnPolicyDistillSettings,
  RejectionSettings,
  RlSettings,
  SelectSettings,
  ThinkingTestSettings,
} from '../stages/settings.ts';
import { labGeneral, labGeneralExamples } from '../tasks/lab/general/rows.ts';
import {
  type Amount,
  type AmountFacts,
  fileOf,
  type Load,
  type Made,
  promptLengths,
  promptsOf,
  type Rows,
  type Start,
} from './amountFacts.ts';

export async function rlAmount(settings: RlSettings, facts: AmountFacts): Promise<Amount> {
  const { steps, promptsPerStep, groupSize, innerEpochs, dynamicSampling, beta, lora } = settings;
  const { start } = facts;
  const limits = Array.from({ length: steps }, (_, step) => scheduledValue(settings.maxTokens, step));
  const perStep = promptsPerStep * groupSize;
  const rounds = dynamicSampling?.maxRounds ?? 1;
  const looks = rlLooks(settings, facts);
  const atLimits = sum(limits) * perStep;
  const longest = Math.max(...limits);
  const prompts = await promptLengths(promptsPerStep, facts, start);
  const models = await rewardModelsOf(settings, facts);
  const policy: Load = {
    start,
    sampled: Math.ceil((atLimits * rounds) / innerEpochs) + looks * longest,
    trained: atLimits,
    // The reference reads what is trained on.
    ...(beta > 0 && { read: atLimits }),
  };
  const scoring = models.map(({ start: own, from }): Load => {
    const scored = sum(limits.slice(from).map((limit) => limit + (prompts[0] ?? 0))) * perStep;
    return { start: own, read: Math.ceil((scored * rounds) / innerEpochs) };
  });
  const model = fileOf(start);
  const dirs = models.flatMap(({ start: own }) => fileOf(own) ?? []);
  return {
    steps,
    samples: Math.ceil((steps * perStep * rounds) / innerEpochs) + looks,
    loads: [policy, ...scoring],
    works:
      model === undefined ? [] : [rlWork({ model, lora }, settings, { prompts, samples: groupSize, maxTokens: longest }, { models: dirs })],
  };
}

/** The reward models of an RL stage, and from when on each is asked. */
async function rewardModelsOf({ rewards }: RlSettings, { startOf }: AmountFacts): Promise<{ start?: Start; from: number }[]> {
  const found: { start?: Start; from: number }[] = [];
  for (const weighed of Object.values(rewards))
    if (typeof weighed !== 'number' && weighed.model !== undefined)
      found.push({ start: await startOf(weighed.model), from: weighed.from ?? 0 });
  return found;
}

export async function onPolicyAmount(settings: OnPolicyDistillSettings, facts: AmountFacts): Promise<Amount> {
  const { steps, promptsPerStep, groupSize, maxTokens, lora, evalEvery, evalProblems, evalSamples } = settings;
  const { start } = facts;
  const perStep = promptsPerStep * groupSize;
  // One look before the first step, one after the last.
  const times = evalEvery > 0 ? 1 + Math.ceil(steps / evalEvery) : 0;
  const looks = times * evalSamples * heldOutOf(facts, evalProblems);
  const prompts = await promptLengths(promptsPerStep, facts, start);
  const trained = steps * perStep * maxTokens;
  const teacher = await facts.startOf(settings.teacher);
  const [model, taught] = [fileOf(start), fileOf(teacher)];
  return {
    steps,
    samples: steps * perStep + looks,
    loads: [
      { start, sampled: trained + looks * maxTokens, trained },
      { start: teacher, read: trained + steps * perStep * (prompts[0] ?? 0) },
    ],
    works:
      model === undefined || taught === undefined
        ? []
        : [onPolicyWork({ model, lora }, taught, settings, { prompts, samples: groupSize, maxTokens })],
  };
}

export async function selectAmount(settings: SelectSettings, facts: AmountFacts): Promise<Amount> {
  return sampling(promptsOf(settings.prompts, facts), settings, facts);
}

export async function judgeAmount(settings: JudgeSettings, facts: AmountFacts): Promise<Amount> {
  const { samples, pairs, maxTokens, judge, harm } = settings;
  const prompts = promptsOf(settings.prompts, facts);
  const [prompt = 0] = await promptLengths(1, facts, facts.start);
  const most = prompt + maxTokens;
  const labelled = harm !== 'none' && (harm !== 'task' || facts.tasks.some(({ task }) => task.harm !== undefined));
  const labels = { rows: prompts * samples, tokens: prompts * samples * most };
  return {
    ...(await sampling(prompts, settings, facts)),
    made: { rows: prompts * pairs, tokens: 2 * prompts * pairs * most, ...(labelled && { labels }) },
    ...((judge !== 'task' || (labelled && harm !== 'task')) && { waitsFor: 'the endpoint that judges' }),
  };
}

export async function rejectionAmount(settings: RejectionSettings, facts: AmountFacts): Promise<Amount> {
  const { candidates, samples = 0, maxTokens = 0, judge, rewrite, plus } = settings;
  const { start } = facts;
  const waitsFor =
    judge && 'url' in judge ? 'the endpoint that judges' : typeof rewrite === 'object' ? 'the endpoint that rewrites' : undefined;
  if (candidates?.startsWith('$')) return { loads: [], waitsFor };
  let sampled: Amount = { loads: [] };
  let kept: Rows;
  if (candidates !== undefined) kept = await rowsOf(candidates, 'train', {}, facts);
  else {
    const prompts = promptsOf(settings.prompts, facts);
    sampled = await sampling(prompts, { samples, maxTokens }, facts, settings.promptsPerShard);
    const [prompt = 0] = await promptLengths(1, facts, start);
    const rows = prompts * Math.min(samples, settings.perPrompt ?? samples);
    // A summary says at most once more what the response has said.
    const longest = rewrite === undefined ? maxTokens : rewrite === 'summary' ? 2 * maxTokens : rewrite.maxTokens;
    kept = { rows, tokens: rows * (prompt + longest) };
  }
  const made: Made = { ...kept };
  for (const further of plus) {
    const { rows, tokens } = await furtherRows(further, kept.rows, facts);
    made.rows += rows;
    made.tokens += tokens;
  }
  const scorer: Load[] = judge && 'rewardModel' in judge ? [{ start: await facts.startOf(judge.rewardModel), read: kept.tokens }] : [];
  return { ...sampled, loads: [...sampled.loads, ...scorer], made, ...(waitsFor && { waitsFor }) };
}

/** As the run adds them. */
async function furtherRows(
  { data, split, columns, texts, rows }: RejectionSettings['plus'][number],
  kept: number,
  facts: AmountFacts,
): Promise<Rows> {
  if (data !== labGeneral) {
    const all = await rowsOf(data, split, { columns, texts, pairs: () => {} }, facts);
    return rows === undefined || rows >= all.rows ? all : { rows, tokens: all.tokens };
  }
  const examples = [...labGeneralExamples(facts.seed, rows ?? Math.ceil(kept * shareOfKept))];
  const count = await counter(facts);
  return { rows: examples.length, tokens: sum(examples.map(({ prompt, completion }) => count(prompt) + count(completion))) };
}

async function rowsOf(data: string, split: string, reading: Parameters<typeof givenRows>[2], facts: AmountFacts): Promise<Rows> {
  const count = await counter(facts);
  const found = { rows: 0, tokens: 0 };
  for await (const { row, response } of givenRows(data, split, reading)) {
    const asked = typeof row.prompt === 'string' ? row.prompt : row.prompt.map(({ content }) => content).join('\n');
    found.rows++;
    found.tokens += count(asked) + count(response);
  }
  return found;
}

/** Of the tokens of a text, by the stage's model. */
async function counter({ start }: AmountFacts): Promise<(text: string) => number> {
  const model = fileOf(start);
  if (model === undefined) return () => 0;
  const { tokenizer } = await openModelText(model);
  return (text) => tokenizer.encode(text).length;
}

export async function evaluateAmount(settings: EvaluateSettings, facts: AmountFacts): Promise<Amount> {
  const { models, problems, samples, maxTokens, topP } = settings;
  const each = { samples, maxTokens, truncated: topP < 1 };
  const count = heldOutOf(facts, problems ?? Number.POSITIVE_INFINITY);
  if (models === undefined) return sampling(count, each, facts, count);
  return perModel(Object.values(models), count, each, facts);
}

/** Of each problem `samples` responses, and for those at most three more answers each: drawn anew, without the thinking, with another's. */
export async function thinkingAmount({ models, problems, samples, maxTokens }: ThinkingTestSettings, facts: AmountFacts): Promise<Amount> {
  return perModel(Object.values(models), heldOutOf(facts, problems), { samples: 4 * samples, maxTokens }, facts);
}

interface Sampling {
  samples: number;
  maxTokens: number;
  truncated?: boolean;
}

async function perModel(models: readonly string[], count: number, each: Sampling, facts: AmountFacts): Promise<Amount> {
  const amounts: Amount[] = [];
  for (const model of models) amounts.push(await sampling(count, each, { ...facts, start: await facts.startOf(model) }, count));
  return {
    samples: sum(amounts.map(({ samples = 0 }) => samples)),
    loads: amounts.flatMap(({ loads }) => loads),
    works: amounts.flatMap(({ works = [] }) => works),
  };
}

/** Prompts that a stage has begun at once; an evaluation begins them all, rejection a shard. */
const atOnce = 32;

async function sampling(prompts: number, { samples, maxTokens, truncated }: Sampling, facts: AmountFacts, most = atOnce): Promise<Amount> {
  const model = fileOf(facts.start);
  const lengths = await promptLengths(Math.min(prompts, most), facts, facts.start);
  const works: PlannedWork[] =
    model === undefined ? [] : [{ from: { model }, sampling: { prompts: lengths, samples, maxTokens, truncated } }];
  return { samples: prompts * samples, loads: [{ start: facts.start, sampled: prompts * samples * maxTokens }], works };
}

function rlLooks({ steps, evalEvery, evalProblems, evalSamples, beforeAfterSamples }: RlSettings, facts: AmountFacts): number {
  const looks = evalEvery > 0 ? Math.floor(steps / evalEvery) : 0;
  return heldOutOf(facts, evalProblems) * (looks * evalSamples + 2 * beforeAfterSamples);
}

/** Held-out problems of all tasks, `problems` of each domain. */
function heldOutOf({ tasks }: AmountFacts, problems: number): number {
  return sum(tasks.map(({ rows }) => (rows ? heldOutRows(rows.heldOut, problems).length : Number.isFinite(problems) ? problems : 0)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
