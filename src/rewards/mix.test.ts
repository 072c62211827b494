import { describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { RewardError, scoreCompletions } from './mix.ts';
import type { RewardFunction, RewardInput } from './reward.ts';

function batch(...completions: string[]): RewardInput {
  return { prompts: completions.map(() => 'p'), completions, rows: completions.map((_, i) => ({ id: `row ${i}`, prompt: 'p' })) };
}
const constant =
  (...scores: (number | null)[]): RewardFunction =>
  () =>
    scores;
const task = (rewards: Record<string, RewardFunction>) => ({ name: 't', rewards });

async function failure(reward: unknown, ...completions: string[]): Promise<RewardError> {
  const error = await scoreCompletions(task({ mine: reward as RewardFunction }), { mine: 1 }, batch(...completions)).catch((e) => e);
  expect(error).toBeInstanceOf(RewardError);
  return error;
}

describe('scoreCompletions', () => {
  it('adds the weighted rewards, those that are asynchronous too', async () => {
    const rewards = { accuracy: constant(1, 0), format: async () => [1, 0.5] };
    const { total, rewards: each } = await scoreCompletions(task(rewards), { accuracy: 1, format: 0.2 }, batch('a', 'b'));
    expect(total).toEqual([1.2, 0.1]);
    expect(each).toEqual({ accuracy: [1, 0], format: [1, 0.5] });
  });

  it('ignores null; a completion that no reward applies to has no total', async () => {
    const rewards = { math: constant(1, 0, null, null), code: constant(null, null, null, 1) };
    const { total, rewards: each } = await scoreCompletions(task(rewards), { math: 1, code: 0.5 }, batch('a', 'b', 'c', 'd'));
    expect(total).toEqual([1, 0, null, 0.5]);
    expect(each.code).toEqual([null, null, null, 1]);
  });

  it('computes a reward without weight for the metrics alone', async () => {
    const { total, rewards } = await scoreCompletions(task({ a: constant(1, null), b: constant(1, 1) }), { a: 2, b: 0 }, batch('x', 'y'));
    expect(total).toEqual([2, null]);
    expect(rewards.b).toEqual([1, 1]);
  });

  it('names the reward that a weight misspells', async () => {
    const misspelt = scoreCompletions(task({ accuracy: constant(1) }), { acuracy: 1 }, batch('a'));
    await expect(misspelt).rejects.toThrow(InputError);
    await expect(misspelt).rejects.toThrow('the task t has no reward "acuracy"; did you mean "accuracy"?');
  });

  it('names the reward and shows the sample that it throws on', async () => {
    const error = await failure(
      ({ completions }: RewardInput) =>
        completions.map((c) => {
          if (c === 'bad') throw new Error('cannot read this');
          return 1;
        }),
      'good',
      'bad',
    );
    expect(error.message).toBe('the reward "mine" threw: cannot read this\n  row: row 1\n  completion: "bad"');
    expect(error.reward).toBe('mine');
    expect(error.sample.row.id).toBe('row 1');
    expect((error.cause as Error).message).toBe('cannot read this');
  });

  it.each([
    [Number.NaN, 'returned NaN'],
    [Number.NEGATIVE_INFINITY, 'returned -Infinity'],
    [undefined, 'returned undefined'],
    [true, 'returned true'],
    ['1', 'returned the text "1"'],
  ])('refuses the score %s', async (score, words) => {
    const error = await failure(() => [1, score], 'first', 'second');
    expect(error.message).toContain(`the reward "mine" ${words}`);
    expect(error.sample.completion).toBe('second');
    expect(error.sample.returned).toBe(score);
  });

  it.each([
    [[1], 'returned 1 scores for 2 completions'],
    [5, 'returned 5 for 2 completions'],
    [undefined, 'returned undefined for 2 completions'],
    // A hole is no score either.
    [new Array(2), 'returned undefined; a score is'],
  ])('refuses %j in place of the scores', async (scores, words) => {
    expect((await failure(() => scores, 'a', 'b')).message).toContain(words);
  });

  it('leaves out only the failing completions where errors count as no reward', async () => {
    const thrower: RewardFunction = ({ completions }) =>
      completions.map((c) => {
        if (c === 'bad') throw new Error('no');
        return 1;
      });
    const rewards = { thrower, other: constant(0.5, Number.NaN, 0.5, 0.5) };
    const {
      total,
      errors,
      rewards: each,
    } = await scoreCompletions(task(rewards), { thrower: 1, other: 1 }, batch('a', 'b', 'bad', 'c'), 'null');
    expect(total).toEqual([1.5, null, null, 1.5]);
    expect(each.thrower).toEqual([1, 1, null, 1]);
    expect(errors.map((e) => [e.reward, e.sample.completion]).sort()).toEqual([
      ['other', 'b'],
      ['thrower', 'bad'],
    ]);
  });

  it('tells also of a reward that fails only on the batch as a whole', async () => {
    const together: RewardFunction = ({ completions }) => {
      if (completions.length > 1) throw new Error('too many');
      return [1];
    };
    await expect(scoreCompletions(task({ together }), { together: 1 }, batch('a', 'b'))).rejects.toThrow('threw: too many');
    const { total } = await scoreCompletions(task({ together }), { together: 1 }, batch('a', 'b'), 'null');
    expect(total).toEqual([null, null]);
  });
});
