import { describe, expect, it } from 'vitest';
import { type PolicyLossConfig, policyLoss } from '../algorithms/policyLoss.ts';
import { learningRateAt, scheduledValue } from '../algorithms/schedules.ts';
import type { Loss } from '../engine/engine.ts';
import { evaluateSchema, pretrainSchema, rlSchema, sftSchema } from './settings.ts';

const rl = (settings: object) => rlSchema.parse({ kind: 'rl', steps: 10, maxTokens: 8, ...settings });

describe('settings of rl', () => {
  it("default to the paper's group size and batch, on-policy, without KL", () => {
    expect(rl({})).toMatchObject({
      groupSize: 16,
      promptsPerStep: 32,
      minibatches: 1,
      innerEpochs: 1,
      beta: 0,
      temperature: 1,
      aggregation: 'sequence',
      advantages: 'grpo',
    });
  });

  it('default the clip to what the loss is used with', () => {
    expect(rl({}).clip).toEqual({ low: 0.2, high: 0.2 });
    expect(rl({ clip: { high: 0.28 } }).clip).toEqual({ low: 0.2, high: 0.28 });
    expect(rl({ loss: 'gspo' }).clip).toEqual({ low: 3e-4, high: 4e-4 });
    expect(rl({ loss: 'cispo' }).clip).toEqual({ low: undefined, high: 4 });
    // 0 is a value
    expect(rl({ clip: { low: 0, high: 0 } }).clip).toEqual({ low: 0, high: 0 });
  });

  it('weigh rewards by name, some with options; an option that a reward does not have is refused at its place', () => {
    const rewards = { accuracy: 1, repetition: { weight: 0.2, n: 4 }, language: { weight: 0.5, language: 'zh' }, mine: { weight: 2 } };
    expect(rl({ rewards }).rewards).toEqual(rewards);
    const problem = (given: object) => rlSchema.safeParse({ kind: 'rl', steps: 1, maxTokens: 1, rewards: given }).error?.issues[0];
    expect(problem({ length: { weight: 1, n: 2 } })).toMatchObject({ path: ['rewards', 'length', 'n'] });
    expect(problem({ mine: { weight: 1, language: 'en' } })).toMatchObject({ path: ['rewards', 'mine', 'language'] });
    expect(JSON.stringify(problem({ language: { weight: 1, language: 'english' } }))).toContain('must be the code of a language');
    expect(problem({ language: { language: 'en' } })).toBeDefined();
  });

  describe('of several tasks, reward models and the guard', () => {
    const tasks = { lab: 3, mine: { task: './mine.ts', weight: 1, from: 4, data: 'd' } };
    const problem = (given: object) =>
      rlSchema
        .safeParse({ kind: 'rl', steps: 10, maxTokens: 1, ...given })
        .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)[0];

    it('are written out, and the same when read again', () => {
      const given = { tasks, rewards: { helpful: { model: '$m', sees: 'summary', weight: 1, from: 4, tasks: ['mine'] } }, guard: {} };
      const settings = rl(given);
      expect(settings.tasks).toEqual({
        lab: { task: 'lab', weight: 3, from: 0 },
        mine: { task: './mine.ts', weight: 1, from: 4, data: 'd' },
      });
      expect(settings.guard).toEqual({ measure: 'accuracy', drop: 0.05, looks: 2 });
      expect(rlSchema.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
      expect([rl({}).klRefreshEvery, rl({ beta: 0.001 }).klRefreshEvery, rl({ beta: 0.001, klRefreshEvery: 0 }).klRefreshEvery]).toEqual([
        0, 400, 0,
      ]);
    });

    it.each([
      [{ tasks, task: 'lab' }, /^tasks: cannot be given with task/],
      [{ tasks, prompts: '$choose' }, /^tasks: cannot be given with prompts/],
      [{ tasks: { lab: { weight: 1, from: 2 } } }, /^tasks: has no task that begins at step 0/],
      [{ tasks: { lab: 1, math: { weight: 1, from: 10 } } }, /^tasks\.math\.from: 10 must be less than steps \(10\)/],
      [{ rewards: { language: { weight: 1, from: 10 } } }, /^rewards\.language\.from: 10 must be less than steps/],
      [{ rewards: { language: { weight: 1, tasks: ['lab'] } } }, /^rewards\.language\.tasks: has no effect where the stage has one task/],
      [
        { tasks, rewards: { language: { weight: 1, tasks: ['lib'] } } },
        /^rewards\.language\.tasks\.0: "lib" is none of the tasks lab, mine/,
      ],
      [{ rewards: { helpful: { weight: 1, model: '$m' } } }, /^rewards\.helpful\.sees: is missing/],
      [{ rewards: { helpful: { weight: 1, sees: 'summary' } } }, /^rewards\.helpful\.sees: is an option of reward models/],
      [
        { rewards: { format: { weight: 1, model: '$m', sees: 'summary' } } },
        /^rewards\.format\.model: the reward format is checked by rule/,
      ],
      [{ guard: {}, evalEvery: 0 }, /^guard: has nothing to go by where evalEvery is 0/],
      [{ guard: { task: 'lab' } }, /^guard\.task: has no effect where the stage has one task/],
      [{ tasks, guard: { task: 'lib' } }, /^guard\.task: "lib" is none of the tasks lab, mine/],
    ])('that make no sense are refused at their place: %j', (given, message) => {
      expect(problem(given)).toMatch(message);
    });
  });

  it('give a learning rate and a limit that the schedules take', () => {
    expect(learningRateAt(3, 10, rl({ learningRate: 1e-5 }).learningRate)).toBe(1e-5);
    expect(rl({ learningRate: { peak: 1, final: 0 } }).learningRate).toEqual({ peak: 1, final: 0, schedule: 'cosine', warmup: 0 });
    expect(rl({ learningRate: { peak: 1, warmup: 2 } }).learningRate).toEqual({ peak: 1, schedule: 'constant', warmup: 2 });
    expect(
      scheduledValue(
        rl({
          maxTokens: [
            { from: 0, value: 4 },
            { from: 5, value: 6 },
          ],
        }).maxTokens,
        7,
      ),
    ).toBe(6);
  });

  it('take parsed settings again and give the same', () => {
    for (const settings of [{}, { loss: 'cispo' }, { learningRate: { peak: 1, final: 0 }, clip: { low: 0 } }])
      expect(rlSchema.parse(rl(settings))).toEqual(rl(settings));
  });

  it('make a Loss of the engine that the reference implementation takes too', () => {
    const { loss, clip, beta } = rl({ loss: 'ppo' });
    const engineLoss: Loss & PolicyLossConfig = { name: loss, clipLow: clip.low, clipHigh: clip.high, klBeta: beta };
    const config: PolicyLossConfig = engineLoss;
    expect(policyLoss([{ logprobs: [-1], advantages: [1], weights: [1] }], config).loss).toBe(-1);
  });
});

describe('settings of sft', () => {
  const sft = (settings: object) => sftSchema.parse({ kind: 'sft', ...settings });
  const problem = (settings: object) => sftSchema.safeParse({ kind: 'sft', ...settings }).error?.issues[0].message;

  it("default to the paper's: 2 epochs, a cosine from 5e-5 to a tenth", () => {
    expect(sft({})).toMatchObject({
      epochs: 2,
      split: 'train',
      heldOut: 0,
      longSequences: 'refuse',
      learningRate: { peak: 5e-5, final: 5e-6, schedule: 'cosine', warmup: 0 },
    });
  });

  it('give a cosine to a tenth unless they say otherwise', () => {
    expect(sft({ learningRate: 1e-4 }).learningRate).toEqual({ peak: 1e-4, final: 1e-5, schedule: 'cosine', warmup: 0 });
    expect(sft({ learningRate: { peak: 1, warmup: 3 } }).learningRate).toEqual({ peak: 1, final: 0.1, schedule: 'cosine', warmup: 3 });
    expect(sft({ learningRate: { peak: 1, final: 0 } }).learningRate.final).toBe(0);
    const constant = sft({ learningRate: { peak: 1, schedule: 'constant' } }).learningRate;
    expect(learningRateAt(9, 10, constant)).toBe(1);
  });

  it('hold out a share, a number of rows or a split', () => {
    expect(sft({ heldOut: 0.1 }).evalEvery).toBe(10);
    expect(sft({ heldOut: 100, evalEvery: 0 }).evalEvery).toBe(0);
    expect(sft({ heldOut: 'test' }).heldOut).toBe('test');
    expect(problem({ heldOut: 1.5 })).toContain('a share below 1, a whole number of rows, or the name of a split');
    expect(problem({ heldOut: 'train' })).toContain('"train" is the split to learn from');
    expect(problem({ evalEvery: 5 })).toContain('has no effect where no rows are held out');
  });

  it('take parsed settings again and give the same', () => {
    for (const settings of [{}, { learningRate: 1e-3, heldOut: 5 }, { learningRate: { peak: 1, schedule: 'constant' }, lora: { rank: 4 } }])
      expect(sftSchema.parse(sft(settings))).toEqual(sft(settings));
  });
});

describe('settings of evaluate', () => {
  it("default to the paper's sampling and to pass@1 and pass@samples", () => {
    expect(evaluateSchema.parse({ kind: 'evaluate', maxTokens: 8 })).toMatchObject({
      temperature: 0.6,
      topP: 0.95,
      samples: 16,
      ks: [1, 16],
    });
    expect(evaluateSchema.parse({ kind: 'evaluate', maxTokens: 8, samples: 1, temperature: 0 }).ks).toEqual([1]);
  });
});

describe('settings of pretrain', () => {
  const architecture = { hiddenSize: 160, layers: 4, heads: 4, intermediateSize: 448, maxPositions: 1024 };
  const settings = {
    kind: 'pretrain',
    architecture,
    corpus: 'lab',
    tokens: 1000,
    rowTokens: 512,
    rowsPerStep: 2,
    learningRate: { peak: 3e-3, final: 3e-4 },
  };

  it('have defaults of their own', () => {
    expect(pretrainSchema.parse(settings)).toMatchObject({ weightDecay: 0.05, beta2: 0.95, learningRate: { warmup: 0 } });
  });

  it('refuse shapes that contradict each other', () => {
    const problem = (change: object, shape: object = {}) =>
      pretrainSchema.safeParse({ ...settings, ...change, architecture: { ...architecture, ...shape } }).error?.issues[0].message;
    expect(problem({}, { heads: 3 })).toContain('160 must be an even multiple of heads (3)');
    expect(problem({}, { hiddenSize: 12 })).toContain('rotary');
    expect(problem({}, { kvHeads: 3 })).toContain('3 must divide heads (4)');
    expect(problem({ rowTokens: 2048 })).toContain('more than architecture.maxPositions (1024)');
  });
});
