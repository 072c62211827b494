import { describe, expect, it } from 'vitest';
import { scoreCompletions } from '../rewards/mix.ts';
import type { RewardFunction, TaskRow } from '../rewards/reward.ts';
import { mixTasks, type TaskPart } from './mixed.ts';
import { type Task, taskOf } from './task.ts';

const seen: TaskRow[] = [];
const noting =
  (score: number | null): RewardFunction =>
  ({ rows }) => {
    seen.push(...rows);
    return rows.map(() => score);
  };

function task(name: string, rows: TaskRow[], rest: Partial<Task> = {}): Task {
  return {
    name,
    load: ({ data, columns }) => ({ train: rows.map((row) => ({ ...row, data, columns })), heldOut: [{ id: 'h', prompt: 'p' }] }),
    rewards: { accuracy: noting(1) },
    weights: { accuracy: 1 },
    accuracy: 'accuracy',
    ...rest,
  };
}
const part = (name: string, of: Task, rest: Partial<TaskPart> = {}): TaskPart => ({ name, task: of, weight: 1, from: 0, ...rest });

const math = task('math', [{ id: '1', prompt: 'a', domain: 'algebra', task: 'its own column' }], {
  rewards: { accuracy: noting(1), format: noting(0.5) },
  weights: { accuracy: 1, format: 0.2 },
  prefill: '<think>\n',
  answers: { of: (completion) => completion },
  hasGold: ({ id }) => id !== '1',
});
const general = task('general', [{ id: '1', prompt: 'b', domain: 'greeting' }], {
  rewards: { style: noting(0), format: noting(1), judge: noting(3) },
  weights: { format: 0.7, judge: 1 },
  accuracy: 'style',
  measures: { help: noting(4) },
});
const mixed = mixTasks([part('m', math), part('g', general, { weight: 3, from: 2 })]);
const { train, heldOut } = await mixed.load({ data: 'D', columns: { q: 'question' }, seed: 1 });
const [m, g] = train;
const input = (...rows: TaskRow[]) => ({ prompts: rows.map(({ prompt }) => prompt), completions: rows.map(({ id }) => id), rows });

describe('mixed tasks', () => {
  it('are told apart by their rows: ids, tasks, domains', () => {
    expect(train.map(({ id, task: of, domain }) => [id, of, domain])).toEqual([
      ['m/1', 'm', 'algebra'],
      ['g/1', 'g', 'greeting'],
    ]);
    // Rows without a domain have their part's.
    expect(heldOut.map(({ id, domain }) => [id, domain])).toEqual([
      ['m/h', 'm'],
      ['g/h', 'g'],
    ]);
  });

  it('a part is summarised by its own rule, of its own row; one without a rule has none', () => {
    const of = mixTasks([part('m', task('m', [], { summarise: ({ id }) => id })), part('g', general)]);
    expect(taskOf(of, g).summarise).toBeUndefined();
    expect(taskOf(of, m).summarise?.(m, 'x')).toBe('1');
  });

  it('a domain of two parts bears its part, so that neither counts in the other', async () => {
    const twice = mixTasks([part('a', math), part('b', math)]);
    expect((await twice.load({ seed: 1 })).train.map(({ domain }) => domain)).toEqual(['a/algebra', 'b/algebra']);
  });

  it('each has data of its own, or those of the stage', async () => {
    const own = mixTasks([part('a', math, { data: 'mine' }), part('b', math, { data: 'mine', columns: { q: 'x' } }), part('c', math)]);
    const rows = (await own.load({ data: 'D', columns: { q: 'question' }, seed: 1 })).train;
    expect(rows.map(({ data, columns }) => [data, columns])).toEqual([
      ['mine', undefined],
      ['mine', { q: 'x' }],
      ['D', { q: 'question' }],
    ]);
  });

  it('each row is judged as its part made it, where one to train on and one held out have the same id', async () => {
    const rows = { train: [{ id: '1', prompt: 'a', gold: 'x' }], heldOut: [{ id: '1', prompt: 'b', gold: 'y' }] };
    const twice = mixTasks([part('p', { ...math, load: () => rows })]);
    const loaded = await twice.load({ seed: 1 });
    seen.length = 0;
    await twice.rewards.format(input(...loaded.train, ...loaded.heldOut));
    expect(seen.map(({ gold }) => gold)).toEqual(['x', 'y']);
  });

  it('rewards of one name are one, which each judges by its own rule, on its rows as it made them; null elsewhere (R12)', async () => {
    seen.length = 0;
    expect(await mixed.rewards.format(input(g, m, g))).toEqual([1, 0.5, 1]);
    expect(await mixed.rewards.judge(input(m, g))).toEqual([null, 3]);
    // The accuracy, whatever a part calls it.
    expect(await mixed.rewards.accuracy(input(m, g))).toEqual([1, 0]);
    expect(await mixed.measures?.help(input(m, g))).toEqual([null, 4]);
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(['1']));
    expect(new Set(seen.map(({ task: of }) => of))).toEqual(new Set(['its own column', undefined]));
  });

  it('a row is weighed by its own task: a group of one counts nothing of the other', async () => {
    const totals = async (row: TaskRow) => {
      const own = taskOf(mixed, row);
      return (await scoreCompletions(own, own.weights, input(row, row))).total;
    };
    expect(await totals(m)).toEqual([1.1, 1.1]);
    expect(await totals(g)).toEqual([3.7, 3.7]);
  });

  it('prefill, answers and golds are those of the row\u2019s task', () => {
    expect(taskOf(mixed, m).prefill).toBe('<think>\n');
    expect(taskOf(mixed, g).prefill).toBeUndefined();
    expect([taskOf(mixed, m).answers?.of('x', m), taskOf(mixed, g).answers]).toEqual(['x', undefined]);
    expect([mixed.hasGold?.(m), mixed.hasGold?.(g)]).toEqual([false, true]);
    expect([mixed.answers?.of('x', m), mixed.answers?.of('x', g)]).toEqual(['x', null]);
  });

  it('a reward that throws or returns nonsense is told as in a task alone', async () => {
    const broken = mixTasks([
      part('a', task('a', [{ id: '1', prompt: 'p' }], { rewards: { accuracy: () => [Number.NaN] } })),
      part('m', math),
    ]);
    const [row] = (await broken.load({ seed: 1 })).train;
    await expect(scoreCompletions(broken, {}, input(row))).rejects.toThrow('the reward "accuracy" returned NaN');
  });

  it('refuses a reward that would be taken for the accuracy', () => {
    const two = task('two', [], { rewards: { accuracy: noting(1), right: noting(1) }, accuracy: 'right' });
    expect(() => mixTasks([part('x', two)])).toThrow(/tasks\.x: the accuracy of two is its reward "right", and it has another/);
  });
});
