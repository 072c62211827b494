import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Datum, Engine, ScoringClient } from '../engine/engine.ts';
import type { RewardFunction } from '../rewards/reward.ts';
import { mixTasks } from '../tasks/mixed.ts';
import { type Task, taskOf } from '../tasks/task.ts';
import { writeTinyModel } from '../testing/tinyModel.ts';
import type { Closable } from './context.ts';
import { beginnings, requireRewardModelRoom, rewardedTask, rewardModels, taskAt } from './rewardedTask.ts';

const constant =
  (score: number): RewardFunction =>
  ({ rows }) =>
    rows.map(() => score);
const task = (name: string, rewards: Task['rewards'], weights: Task['weights']): Task => ({
  name,
  load: () => ({ train: [{ id: '1', prompt: 'p' }], heldOut: [] }),
  rewards: { accuracy: constant(1), ...rewards },
  weights: { accuracy: 1, ...weights },
  accuracy: 'accuracy',
});
const lab = task('lab', { format: constant(1) }, { format: 0.2 });
const general = task('general', { style: constant(0) }, { accuracy: 0 });
const mixed = mixTasks([
  { name: 'lab', task: lab, weight: 3, from: 0 },
  { name: 'general', task: general, weight: 1, from: 40 },
]);
const model = constant(5);
const helpful = { weight: 2, from: 40, model: 'dir', sees: 'summary' as const };
const row = (part: string) => ({ id: `${part}/1`, prompt: 'p', task: part });

describe('the rewards of a stage over mixed tasks', () => {
  it('go to each task that has them or may be given them; `tasks` says otherwise', () => {
    const given = { language: 0.5, style: 1, format: { weight: 0.3, tasks: ['general'] }, helpful: { ...helpful, tasks: ['general'] } };
    const rewarded = rewardedTask(mixed, given, 'stages.x.rewards', { helpful: model });
    expect(taskOf(rewarded, row('lab')).weights).toEqual({ accuracy: 1, format: 0.2, language: 0.5 });
    expect(taskOf(rewarded, row('general')).weights).toEqual({ accuracy: 0, language: 0.5, style: 1, format: 0.3, helpful: 2 });
    expect(rewarded.weights).toMatchObject({ format: 0.3, helpful: 2 });
  });

  it('that no task has are refused with the nearest name', () => {
    expect(() => rewardedTask(mixed, { styl: 1 }, 'stages.x.rewards', {})).toThrow(
      'stages.x.rewards: none of the tasks lab + general has a reward "styl", nor is it a common one; did you mean "style"?',
    );
    expect(() => rewardedTask(lab, { format: { weight: 1, model: 'dir', sees: 'summary' } }, 'r', { format: model })).toThrow(
      'r.format: the task lab has a reward of that name: give the reward model another',
    );
  });

  it('begin to count at their step: before it their weight is 0, and a model is not asked', () => {
    const given = { language: { weight: 0.5, from: 10 }, helpful };
    const rewarded = rewardedTask(lab, given, 'r', { helpful: model });
    expect(beginnings(rewarded, given)).toEqual([10, 40]);
    expect(beginnings(mixed, {})).toEqual([40]);
    expect(taskAt(rewarded, given, 0).weights).toEqual({ accuracy: 1, format: 0.2 });
    expect(Object.keys(taskAt(rewarded, given, 0).rewards)).toEqual(['accuracy', 'format', 'language']);
    expect(taskAt(rewarded, given, 10).weights).toEqual({ accuracy: 1, format: 0.2, language: 0.5 });
    expect(taskAt(rewarded, given, 40)).toBe(rewarded);
    const parts = rewardedTask(mixed, given, 'r', { helpful: model });
    expect(taskOf(taskAt(parts, given, 39), row('general')).weights).toEqual({ accuracy: 0, language: 0.5 });
    expect(taskOf(taskAt(parts, given, 40), row('general')).weights).toEqual({ accuracy: 0, language: 0.5, helpful: 2 });
  });

  it('of mixed tasks begin for those alone that they are given to, whatever a task calls its accuracy', () => {
    const named = { ...task('named', {}, {}), rewards: { right: constant(1) }, weights: { right: 1 }, accuracy: 'right' };
    const both = mixTasks([
      { name: 'lab', task: lab, weight: 1, from: 0 },
      { name: 'general', task: general, weight: 1, from: 0 },
      { name: 'named', task: named, weight: 1, from: 0 },
    ]);
    const given = { format: { weight: 0.7, from: 40, tasks: ['general'] }, right: { weight: 2, from: 40 } };
    const early = taskAt(rewardedTask(both, given, 'r', {}), given, 39);
    expect(taskOf(early, row('lab')).weights).toEqual({ accuracy: 1, format: 0.2 });
    expect(taskOf(early, row('general')).weights).toEqual({ accuracy: 0 });
    expect(taskOf(early, row('named')).weights).toEqual({});
    const late = rewardedTask(both, given, 'r', {});
    expect(taskOf(late, row('general')).weights).toEqual({ accuracy: 0, format: 0.7 });
    expect(taskOf(late, row('named')).weights).toEqual({ accuracy: 2 });
  });

  it('a reward model that is not there is told at its place, before anything is opened', async () => {
    const opened: Closable[] = [];
    const engine = { createScorer: async (): Promise<ScoringClient> => Promise.reject(new Error('opened')) } as unknown as Engine;
    await expect(rewardModels({ helpful: { ...helpful, model: '/no/such' } }, engine, opened, 'stages.x.rewards')).rejects.toThrow(
      'stages.x.rewards.helpful.model: there is nothing at /no/such',
    );
    expect(opened).toEqual([]);
  });

  it('a reward model reads a template that writes the date as it was read when the model was trained', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'thinkling-rewarded-'));
    const chat_template =
      "{{ 'w5 ' if strftime_now('%Y') == '2001' else 'w6 ' }}{% for m in messages %}{{ m.content }}{{ ' w1 ' }}{% endfor %}";
    await writeTinyModel(dir, { eos_token: 'w1', chat_template });
    const read: number[][] = [];
    const score = async (data: Datum[]) => data.map(({ tokens }) => read.push([...tokens]));
    const engine = { createScorer: async () => ({ score, close: async () => {} }) } as unknown as Engine;
    const given = { helpful: { ...helpful, model: dir } };
    const { rewards, models } = await rewardModels(given, engine, [], 'r', '2001-02-03');
    const prompt = [{ role: 'user' as const, content: 'w3' }];
    await rewards.helpful({ prompts: [prompt], completions: ['w4'], rows: [{ id: '1', prompt }] });
    expect(read).toEqual([[5, 3, 1, 4, 1]]);
    rmSync(dir, { recursive: true });

    // It reads 160 tokens: prompt, response and end.
    const prompts = [{ row: row('lab'), tokens: new Int32Array(60) }];
    expect(() => requireRewardModelRoom(models, given, prompts, 99, 'r')).not.toThrow();
    expect(() => requireRewardModelRoom(models, given, prompts, 100, 'r')).toThrow(
      'r.helpful: the reward model reads 160 tokens at most; a prompt has 60, maxTokens is 100',
    );
    const others = { helpful: { ...given.helpful, tasks: ['general'] } };
    expect(() => requireRewardModelRoom(models, others, prompts, 100, 'r')).not.toThrow();
  });
});
