// One rollout of GRPO: sample a group of responses to each prompt, judge them, and say how much better each did than its group.

import { groupAdvantages, groupStatistics } from '../algorithms/advantages.ts';
import { deriveSeed } from '../algorithms/random.ts';
import { softOverlongPenalty } from '../algorithms/weights.ts';
import type { SamplingClient } from '../engine/engine.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { BusyTime, now } from '../platform/clock.ts';
import { scoreCompletions } from '../rewards/mix.ts';
import { type Task, taskOf } from '../tasks/task.ts';
import type { RolloutRow } from '../tracking/rollouts.ts';
import type { Prompt } from './prompts.ts';
import { ownTokens, type Response, sampleResponses } from './responses.ts';
import type { RlSettings } from './settings.ts';

export interface Completion {
  sample: Response;
  /** Each reward by name; null where it does not apply. */
  rewards: Record<string, number | null>;
  /** Weighted sum, penalties included; null: takes no part. */
  reward: number | null;
  advantage: number | null;
}

export interface Group {
  prompt: Prompt;
  completions: Completion[];
  /** All rewards are equal: the group carries no signal. */
  equal: boolean;
}

export interface Rollout {
  groups: Group[];
  /** The prompt cursor after it. */
  cursor: number;
  /** Rounds of sampling (dynamic sampling); 1 otherwise. */
  rounds: number;
  /** Groups that dynamic sampling threw away. */
  discarded: number;
  /** Groups without signal that filled the batch when its rounds were used up. */
  filled: number;
  /** Tokens sampled, those of discarded groups too. */
  tokens: number;
  /** Tokens of the prompts, each counted for every response to it (as TRL's num_tokens does). */
  promptTokens: number;
  /** `verify`: while anything was judged; `verifyAlone`: of that, after the last sample. */
  seconds: { sample: number; verify: number; verifyAlone: number };
  /** What rewards failed on, where that counts as no reward. */
  errors: string[];
}

export interface RolloutRequest {
  settings: RlSettings;
  task: Task;
  tokenizer: Tokenizer;
  promptAt: (cursor: number) => Prompt;
  cursor: number;
  /** Number of groups wanted. */
  size: number;
  maxTokens: number;
  /** Of this rollout: the same seed draws the same samples. */
  seed: number;
}

/** Samples and judges `size` groups. With dynamic sampling (DAPO), groups without signal are replaced while rounds are left. @throws RewardError */
export async function collectRollout(sampler: SamplingClient, request: RolloutRequest): Promise<Rollout> {
  const { settings, promptAt, size } = request;
  const rollout: Rollout = {
    groups: [],
    cursor: request.cursor,
    rounds: 0,
    discarded: 0,
    filled: 0,
    tokens: 0,
    promptTokens: 0,
    seconds: { sample: 0, verify: 0, verifyAlone: 0 },
    errors: [],
  };
  const maxRounds = settings.dynamicSampling?.maxRounds ?? 1;
  const spare: Group[] = [];
  while (rollout.groups.length < size && rollout.rounds < maxRounds) {
    const wanted = size - rollout.groups.length;
    const prompts = Array.from({ length: wanted }, (_, i) => promptAt(rollout.cursor + i));
    const groups = await sampleGroups(sampler, request, prompts, rollout);
    rollout.cursor += wanted;
    rollout.rounds++;
    rollout.groups.push(...(settings.dynamicSampling ? groups.filter(({ equal }) => !equal) : groups));
    if (settings.dynamicSampling) spare.push(...groups.filter(({ equal }) => equal));
  }
  // The bound is reached: groups without signal fill the batch, so that its size stays what the recipe says.
  rollout.filled = size - rollout.groups.length;
  rollout.discarded = Math.max(0, spare.length - rollout.filled);
  rollout.groups = spread(rollout.groups, spare.slice(0, rollout.filled));
  return rollout;
}

/** Both lists in one, each in its order and evenly spread, so that no minibatch gets all of the second. */
function spread<T>(first: readonly T[], second: readonly T[]): T[] {
  const total = first.length + second.length;
  const mixed: T[] = [];
  for (let i = 0, taken = 0; i < total; i++) {
    if (Math.floor(((i + 1) * first.length) / total) > taken) mixed.push(first[taken++]);
    else mixed.push(second[i - taken]);
  }
  return mixed;
}

/** Judges each group as soon as it is there, beside the sampling of the others. */
async function sampleGroups(
  sampler: SamplingClient,
  request: RolloutRequest,
  prompts: readonly Prompt[],
  rollout: Rollout,
): Promise<Group[]> {
  const { settings, task, tokenizer, maxTokens } = request;
  const throws = settings.onRewardError === 'stop';
  const report = ({ message }: Error): void => void rollout.errors.push(message);
  const stop = new AbortController();
  const judging = new BusyTime();
  const groups: Group[] = [];
  const judged: Promise<void>[] = [];
  const start = now();
  try {
    await sampleResponses(
      sampler,
      tokenizer,
      task,
      prompts,
      {
        n: settings.groupSize,
        maxTokens,
        temperature: settings.temperature,
        topP: 1,
        seedOf: (p) => deriveSeed(request.seed, 'sample', rollout.cursor + p),
        signal: stop.signal,
        onEnvironmentError: throws ? 'throw' : report,
      },
      (p, responses) => {
        const group = judging.of(judgeGroup(request, prompts[p], responses, report)).then((done) => {
          groups[p] = done;
        });
        // The rest of the samples would be thrown away.
        group.catch((error) => stop.abort(error));
        judged.push(group);
      },
    );
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(judged);
    throw error;
  }
  const sampled = now();
  await Promise.allSettled(judged);
  if (stop.signal.aborted) throw stop.signal.reason;
  for (const { completions } of groups) for (const { sample } of completions) rollout.tokens += ownTokens(sample);
  for (const { tokens } of prompts) rollout.promptTokens += tokens.length * settings.groupSize;
  rollout.seconds.sample += (sampled - start) / 1000;
  rollout.seconds.verify += judging.seconds;
  rollout.seconds.verifyAlone += (now() - sampled) / 1000;
  return groups;
}

/** @throws RewardError where a reward throws and that stops the run */
async function judgeGroup(
  { settings, task, maxTokens }: RolloutRequest,
  prompt: Prompt,
  responses: readonly Response[],
  report: (error: Error) => void,
): Promise<Group> {
  const rows = responses.map(() => prompt.row);
  const own = taskOf(task, prompt.row);
  const turns = own.environment && responses.map(({ episode }) => episode?.turns ?? []);
  const scores = await scoreCompletions(
    own,
    own.weights,
    { prompts: rows.map((row) => row.prompt), completions: responses.map(({ text }) => text), rows, turns },
    settings.onRewardError === 'stop' ? 'throw' : 'null',
  );
  scores.errors.forEach(report);
  const completions = responses.map((sample, i): Completion => {
    const rewards = Object.fromEntries(Object.entries(scores.rewards).map(([name, values]) => [name, values[i]]));
    let reward = scores.total[i];
    if (sample.episode?.failed) reward = null;
    if (reward !== null && settings.overlongPenalty) {
      rewards.overlong_penalty = softOverlongPenalty(sample.tokens.length, maxTokens, settings.overlongPenalty.cache);
      reward += rewards.overlong_penalty;
    }
    return { sample, rewards, reward, advantage: null };
  });
  const totals = completions.map(({ reward }) => reward);
  for (const [i, advantage] of groupAdvantages(totals, settings.advantages).entries()) completions[i].advantage = advantage;
  return { prompt, completions, equal: groupStatistics(totals).equal };
}

/** Every sample of the groups, to be written down. */
export function rolloutRows(groups: readonly Group[]): RolloutRow[] {
  return groups.flatMap(({ prompt, completions }) =>
    completions.map(({ sample, rewards, reward, advantage }, i) => ({
      prompt: prompt.row.id,
      sample: i,
      text: sample.text,
      tokens: sample.tokens.length,
      ids: Array.from(sample.tokens),
      rewards,
      reward,
      advantage,
      version: sample.version,
      stopReason: sample.stopReason,
      ...(sample.episode ? { own: Array.from(sample.episode.own), turns: sample.episode.turns } : {}),
    })),
  );
}
