// Whole evaluations over completions that are known: what is measured, how an evaluation that was stopped goes on, what ends one.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stream } from '../../algorithms/random.ts';
import { join, remove, temporaryDirectory } from '../../platform/files.ts';
import { mathAccuracy, mathAnswers } from '../../rewards/math/reward.ts';
import { RewardError } from '../../rewards/mix.ts';
import type { Task, TaskRow } from '../../tasks/task.ts';
import type { SampleRow } from '../../tracking/evaluationDirectory.ts';
import type { Completion, CompletionSource } from './completions.ts';
import { type EvaluationRequest, runEvaluation } from './evaluation.ts';
import { allOf } from './inParallel.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('thinkling-evaluation-');
});
afterEach(() => remove(dir));

const task: Task = {
  name: 'math',
  load: () => ({ train: [], heldOut: [] }),
  rewards: { accuracy: mathAccuracy('answer') },
  weights: { accuracy: 1 },
  accuracy: 'accuracy',
  answers: mathAnswers,
};
const row = (id: string, answer: string, domain?: string): TaskRow => ({ id, prompt: id, answer, domain });
/** Completions that are known. */
interface Sayer {
  answer(id: string): Promise<Completion[]>;
  /** Which problems it was asked for. */
  asked: string[];
  atOnce: number;
  sliding: boolean;
}
/** Says what `said` has for the problem, in boxes. */
const saying = (said: Record<string, (string | Completion)[]>, more: Partial<Sayer> = {}): Sayer => ({
  answer: async (id) =>
    said[id].map((each, i) =>
      typeof each === 'string' ? { text: each === '' ? 'I give up' : `\\boxed{${each}}`, tokens: 10 * (i + 1), stopReason: 'stop' } : each,
    ),
  asked: [],
  atOnce: 2,
  sliding: true,
  ...more,
});
const sourceOf = (rows: readonly TaskRow[], { answer, asked, ...more }: Sayer): CompletionSource => ({
  ...more,
  async complete(problems, each) {
    const one = async (problem: number): Promise<void> => {
      asked.push(rows[problem].id);
      each(problem, await answer(rows[problem].id));
    };
    await allOf(problems.map(one));
  },
});
const evaluate = (rows: readonly TaskRow[], sayer: Sayer, samples: number, more: Partial<EvaluationRequest> = {}) =>
  runEvaluation({
    task,
    rows,
    source: sourceOf(rows, sayer),
    samples,
    ks: [1, samples],
    sampling: { temperature: 0.6, topP: 0.95, maxTokens: 100 },
    signal: new AbortController().signal,
    ...more,
  });
const keep = (settings: Record<string, string | number> = {}) => ({ dir: join(dir, 'e'), settings });
const details = (): SampleRow[] =>
  readFileSync(join(dir, 'e', 'details.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('cons@k', () => {
  const consensus = async (said: string[], gold: string) => {
    const evaluation = await evaluate([row('a', gold)], saying({ a: said }), said.length);
    return evaluation?.byDomain.math.consAtK?.[said.length]?.value;
  };

  it('lets answers that are equal vote together', async () => {
    const said = ['1/2', '0.5', '\\frac12', '3', '3'];
    expect(await consensus(said, '0.5')).toBe(1);
    expect(await consensus(said, '3')).toBe(0);
    for (let seed = 0; seed < 5; seed++) expect(await consensus(stream(seed, 'order').shuffle([...said]), '0.5')).toBe(1);
  });

  it('breaks a tie by lot, which does not know the gold; who has no answer has no vote', async () => {
    expect(await consensus(['4', '4', '9', '9'], '9')).toBe(0.5);
    expect(await consensus(['4', '4', '9', '9'], '4')).toBe(0.5);
    expect(await consensus(['', '', '', '9', '4', '9'], '9')).toBe(1);
    expect(await consensus(['', ''], '9')).toBe(0);
  });

  it('is not told of one sample, nor by a task that does not tell answers', async () => {
    const one = await evaluate([row('a', '4')], saying({ a: ['4'] }), 1);
    expect(one?.byDomain.math.consAtK).toBeUndefined();
    const silent = await evaluate([row('a', '4')], saying({ a: ['4', '4'] }), 2, { task: { ...task, answers: undefined } });
    expect(silent?.byDomain.math).toMatchObject({ passAtK: { 1: { value: 1 } } });
    expect(silent?.byDomain.math.consAtK).toBeUndefined();
  });
});

describe('an evaluation', () => {
  const rows = [row('a', '4', 'x'), row('b', '5', 'x'), row('c', 'see the figure', 'y'), row('d', '7', 'y')];
  const said = { a: ['4', '4'], b: ['5', '6'], c: ['1', '2'], d: ['', '8'] };

  it('tells of each domain and of all what is right, how long, how often cut; what cannot be judged counts apart', async () => {
    const cut: Completion = { text: 'and so', tokens: 100, stopReason: 'length' };
    const evaluation = await evaluate(rows, saying({ ...said, d: [cut, '8'] }), 2);
    expect(evaluation).toMatchObject({ problems: 4, samples: 2, temperature: 0.6, topP: 0.95, maxTokens: 100 });
    const { x, y } = evaluation?.byDomain ?? {};
    expect(x).toMatchObject({ problems: 2, unjudged: 0, unjudgedSamples: 0, meanLength: 15, truncatedShare: 0 });
    expect([x.passAtK[1].value, x.passAtK[2].value, x.consAtK?.[2].value]).toEqual([0.75, 1, 0.75]);
    expect(y).toMatchObject({ problems: 1, unjudged: 1, unjudgedSamples: 2, meanLength: 37.5, truncatedShare: 0.25 });
    expect([y.passAtK[1].value, y.consAtK?.[2].value]).toEqual([0, 0]);
    expect(evaluation?.overall).toMatchObject({ problems: 3, unjudged: 1 });
    expect(evaluation?.overall?.passAtK[1].value).toBeCloseTo(0.5, 12);
    expect(x.meanLengthInterval).toEqual({ low: 15, high: 15 });
    expect(y.truncatedShareInterval?.high).toBeLessThan(1);
  });

  it('leaves pass@k above the samples out, and lengths that nobody knows', async () => {
    const stored = saying({ a: [{ text: '\\boxed{4}' }, { text: '\\boxed{4}' }] });
    const evaluation = await evaluate([rows[0]], stored, 2, { ks: [1, 2, 4], sampling: {} });
    expect(Object.keys(evaluation?.byDomain.x.passAtK ?? {})).toEqual(['1', '2']);
    for (const name of ['meanLength', 'truncatedShare', 'meanLengthInterval', 'truncatedShareInterval'])
      expect(evaluation?.byDomain.x).not.toHaveProperty(name);
    expect(evaluation?.temperature).toBeUndefined();
  });

  it('writes every sample with its answer, its verdict and its vote', async () => {
    await evaluate([rows[1], rows[2]], saying(said, { atOnce: 1 }), 2, { keep: keep() });
    expect(details()).toEqual([
      { problem: 'b', sample: 0, completion: '\\boxed{5}', tokens: 10, stopReason: 'stop', answer: '5', correct: 1, class: 0 },
      { problem: 'b', sample: 1, completion: '\\boxed{6}', tokens: 20, stopReason: 'stop', answer: '6', correct: 0, class: 1 },
      { problem: 'c', sample: 0, completion: '\\boxed{1}', tokens: 10, stopReason: 'stop', answer: '1', correct: null, class: 0 },
      { problem: 'c', sample: 1, completion: '\\boxed{2}', tokens: 20, stopReason: 'stop', answer: '2', correct: null, class: 1 },
    ]);
  });

  it.each([true, false])('that was stopped goes on: no sample is drawn again, and the end is the same (sliding: %s)', async (sliding) => {
    const uninterrupted = await evaluate(rows, saying(said), 2);
    const stop = new AbortController();
    const first = saying(said, { sliding, atOnce: 1 });
    const stopped = await evaluate(rows, first, 2, {
      keep: keep(),
      signal: stop.signal,
      report: ({ done }) => done === 2 && stop.abort(),
    });
    expect(stopped).toBeUndefined();
    expect(details().map(({ problem }) => problem)).toEqual(['a', 'a', 'b', 'b']);
    const second = saying(said, { sliding });
    expect(await evaluate(rows, second, 2, { keep: keep() })).toEqual(uninterrupted);
    expect([first.asked, second.asked]).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    const third = saying(said, { sliding });
    expect(await evaluate(rows, third, 2, { keep: keep() })).toEqual(uninterrupted);
    expect(third.asked).toEqual([]);
    expect(JSON.parse(readFileSync(join(dir, 'e', 'results.json'), 'utf8'))).toMatchObject({ byDomain: uninterrupted?.byDomain });
  });

  it('does not go on with other data, or as many samples', async () => {
    await evaluate(rows, saying(said), 2, { keep: keep() });
    const changed = [...rows.slice(0, 3), row('d', '9', 'y')];
    await expect(evaluate(changed, saying(said), 2, { keep: keep() })).rejects.toThrow(/another data/);
    await expect(evaluate(rows.slice(1), saying(said), 2, { keep: keep() })).rejects.toThrow(/another data/);
    await expect(evaluate(rows, saying(said), 1, { keep: keep() })).rejects.toThrow(/another samples: 2, and here it is 1/);
  });

  it('keeps what was whole where a problem fails, and what is asked for at the same time', async () => {
    const failing = saying(said, {
      atOnce: 3,
      answer: async (id) => {
        if (id === 'b') throw new Error('the server is gone');
        await new Promise((resolve) => setTimeout(resolve, id === 'c' ? 20 : 0));
        return said[id as 'a'].map((text) => ({ text }));
      },
    });
    await expect(evaluate(rows, failing, 2, { keep: keep() })).rejects.toThrow('the server is gone');
    expect(details().map(({ problem }) => problem)).toEqual(['a', 'a', 'c', 'c']);
    const after = saying(said);
    expect((await evaluate(rows, after, 2, { keep: keep() }))?.problems).toBe(4);
    expect(after.asked).toEqual(['b', 'd']);
  });

  it('warns where all samples of every problem are the same: a server that heeds no temperature', async () => {
    const warnings: string[] = [];
    const warn = (message: string): void => void warnings.push(message);
    const same = (text: string): Completion[] => [{ text }, { text }];
    await evaluate(rows.slice(0, 2), saying({ a: same('4'), b: same('5') }), 2, { warn, keep: keep() });
    expect(warnings).toEqual([expect.stringMatching(/^all 2 samples of every problem are the same, word for word/)]);
    await evaluate(rows.slice(0, 2), saying({}), 2, { warn, keep: keep() });
    expect(warnings).toHaveLength(2);
    await evaluate(rows.slice(0, 2), saying({ a: same('4'), b: [{ text: '5' }, { text: '6' }] }), 2, { warn });
    expect(warnings).toHaveLength(2);
  });

  it('names what a task of a user throws on', async () => {
    const accuracy = () => {
      throw new Error('no');
    };
    await expect(evaluate(rows, saying(said), 2, { task: { ...task, rewards: { accuracy } } })).rejects.toThrow(RewardError);
    const answers = { of: accuracy };
    await expect(evaluate(rows, saying(said), 2, { task: { ...task, answers } })).rejects.toThrow(
      'the task math: answers.of threw on a: no',
    );
  });

  it('begins no more problems at a time than the source can take', async () => {
    for (const sliding of [true, false]) {
      let open = 0;
      let most = 0;
      const counting = saying(said, {
        sliding,
        answer: async (id) => {
          most = Math.max(most, ++open);
          await new Promise((resolve) => setTimeout(resolve, 5));
          open--;
          return said[id as 'a'].map((text) => ({ text }));
        },
      });
      await evaluate(rows, counting, 2);
      expect(most).toBe(2);
    }
  });
});
