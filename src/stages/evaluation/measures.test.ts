// A task's measures: the figures by hand, kept with the samples, taken up again, and refused where a name is taken.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wilsonInterval } from '../../algorithms/intervals.ts';
import { remove, temporaryDirectory } from '../../platform/files.ts';
import { defineTask, type Task, type TaskRow } from '../../tasks/task.ts';
import type { Completion } from './completions.ts';
import { runEvaluation } from './evaluation.ts';
import { judge } from './judge.ts';
import { measureFigures } from './measures.ts';
import { evaluationMetrics } from './score.ts';

const samples = (name: string, values: (number | null)[]) => values.map((value) => ({ measures: { [name]: value } }));

describe('the figures of measures', () => {
  it('are means over problems of the means over samples, null left out, with the interval of a share in [0, 1]', () => {
    // Problems: (1 + 0) / 2, 1 / 1 (one null), none that applies.
    const { measures } = measureFigures([samples('format', [1, 0]), samples('format', [null, 1]), samples('format', [null, null])]);
    // p = 0.75, variance of the mean ((0.25)^2 + (0.25)^2) / 2^2 = 1 / 32: 0.75 * 0.25 * 32 = 6 effective samples, of 3 that there are.
    const { low, high } = wilsonInterval(0.75 * 3, 3);
    expect(measures).toEqual({ format: { value: 0.75, low, high } });
  });

  it('have the normal interval of the problems where the values leave [0, 1]', () => {
    const { measures } = measureFigures([samples('helpful', [-2, 0]), samples('helpful', [3]), samples('helpful', [1, 2, 3])]);
    // Means -1, 3, 2: their mean 4 / 3, sample variance ((7/3)^2 + (5/3)^2 + (2/3)^2) / 2 = 13 / 3.
    const half = 1.959963984540054 * Math.sqrt(13 / 3 / 3);
    expect(measures?.helpful.value).toBeCloseTo(4 / 3, 12);
    expect(measures?.helpful.low).toBeCloseTo(4 / 3 - half, 12);
    expect(measures?.helpful.high).toBeCloseTo(4 / 3 + half, 12);
  });

  it('of one problem are those of its samples, and of one sample a point', () => {
    const { measures } = measureFigures([samples('helpful', [2, 4])]);
    // Sample variance 2 of two samples: the mean's is 1.
    expect(measures?.helpful).toMatchObject({ value: 3, low: 3 - 1.959963984540054, high: 3 + 1.959963984540054 });
    expect(measureFigures([samples('helpful', [2])])).toEqual({ measures: { helpful: { value: 2, low: 2, high: 2 } } });
  });

  it('are absent where nothing applies, or the task has none', () => {
    expect(measureFigures([samples('format', [null])])).toEqual({});
    expect(measureFigures([[{}], [{}]])).toEqual({});
  });
});

describe('measures in an evaluation', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await temporaryDirectory('thinkling-measures-');
  });
  afterEach(() => remove(dir));

  const brief = ({ completions }: { completions: string[] }) =>
    completions.map((text) => (text.includes('pass over') ? null : Number(text.length < 4)));
  const task: Task = defineTask({
    name: 'words',
    load: () => ({ train: [], heldOut: [] }),
    rewards: { accuracy: ({ completions }) => completions.map((text) => Number(text.startsWith('a'))) },
    weights: { accuracy: 1 },
    accuracy: 'accuracy',
    measures: { brief },
  });
  const rows: TaskRow[] = ['one', 'two'].map((id) => ({ id, prompt: id, domain: id }));
  const said: Record<string, string[]> = { one: ['a', 'b long'], two: ['pass over', 'pass over'] };
  const evaluate = (asked: string[] = [], of = task) =>
    runEvaluation({
      ...{ task: of, rows, samples: 2, ks: [1], sampling: {}, signal: new AbortController().signal, keep: { dir, settings: {} } },
      source: {
        atOnce: 1,
        sliding: false,
        async complete(problems, each) {
          for (const i of problems) {
            asked.push(rows[i].id);
            each(
              i,
              said[rows[i].id].map((text): Completion => ({ text })),
            );
          }
        },
      },
    });

  it('are told by domain and overall, and written as metrics and with each sample', async () => {
    const evaluation = await evaluate();
    expect(evaluation?.byDomain.one.measures?.brief.value).toBe(0.5);
    expect(evaluation?.byDomain.two.measures).toBeUndefined();
    expect(evaluation?.overall?.measures?.brief.value).toBe(0.5);
    const metrics = evaluation && evaluationMetrics(evaluation);
    expect(metrics).toMatchObject({
      'eval/one/brief': 0.5,
      'eval/one/brief/low': expect.any(Number),
      'eval/one/brief/high': expect.any(Number),
    });
    expect(Object.keys(metrics ?? {}).filter((name) => name.startsWith('eval/two/brief'))).toEqual([]);
    const lines = readFileSync(`${dir}/details.jsonl`, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).measures)).toEqual([{ brief: 1 }, { brief: 0 }, { brief: null }, { brief: null }]);
  });

  it('come from the kept samples where an evaluation goes on, and other measures are refused', async () => {
    const evaluation = await evaluate();
    const asked: string[] = [];
    expect(await evaluate(asked)).toEqual(evaluation);
    expect(asked).toEqual([]);
    await expect(evaluate([], { ...task, measures: { brief, calm: brief } })).rejects.toThrow(
      /another measures: brief, and here it is brief, calm/,
    );
  });

  it('do not apply to a response whose environment failed, and one that throws spoils no verdict where errors count as none', async () => {
    const failed = await judge(task, rows[0], [{ text: 'a', failed: true }]);
    expect(failed.judged).toMatchObject([{ correct: null, measures: { brief: null } }]);
    const thrown = await judge(
      {
        ...task,
        measures: {
          brief: () => {
            throw new Error('no model there');
          },
        },
      },
      rows[0],
      [{ text: 'a' }],
      'null',
    );
    expect(thrown.judged).toMatchObject([{ correct: 1, measures: { brief: null } }]);
    expect(thrown.errors.join()).toContain('no model there');
  });

  it.each(['accuracy', 'pass@1', 'mean_length', 'a/low'])('cannot be called %s', (name) => {
    expect(() => defineTask({ ...task, measures: { [name]: brief } })).toThrow(`a measure cannot be called "${name}"`);
  });
});
