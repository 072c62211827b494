import { describe, expect, it } from 'vitest';
import type { Engine, ScoringClient } from '../engine/engine.ts';
import type { RewardFunction } from '../rewards/reward.ts';
import { mixTasks } from '../tasks/mixed.ts';
import { type Task, taskOf } from '../tasks/task.ts';
import type { Closable } from './context.ts';
import { beginnings, rewardedTask, rewardModels, taskAt } from './rewardedTask.ts';

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

  it('a reward model that is not there is told at its place, before anything is opened', async () => {
    const opened: Closable[] = [];
    const engine = { createScorer: async (): Promise<ScoringClient> => Promise.reject(new Error('opened')) } as unknown as Engine;
    await expect(rewardModels({ helpful: { ...helpful, model: '/no/such' } }, engine, opened, 'stages.x.rewards')).rejects.toThrow(
      'stages.x.rewards.helpful.model: there is nothing at /no/such',
    );
    expect(opened).toEqual([]);
  });
});
