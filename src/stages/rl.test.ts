// Reinforcement learning from end to end: the real engine on a tiny random model with the lab's vocabulary, a task of six prompts, and
// a directory on disk. What a formula gives is tested beside each formula; here, that the stage puts them together.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, TrainingClient } from '../engine/engine.ts';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { InputError } from '../platform/errors.ts';
import type { RewardFunction, Task } from '../tasks/task.ts';
import { rlSettings } from '../testing/rolloutGroups.ts';
import { RunDirectory } from '../tracking/runDirectory.ts';
import { Interrupted, type RunEvent, StageError } from './context.ts';
import { pretrain } from './pretrain.ts';
import { rl } from './rl.ts';
import { pretrainSchema } from './settings.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-rl-'));
const local = createLocalEngine({ threads: 1 });
let base: string;
let runs = 0;
const newDir = (): string => join(root, `run-${runs++}`);

async function inRun<T>(dir: string, body: (run: RunDirectory) => Promise<T>): Promise<T> {
  const run = await RunDirectory.open({ dir, recipeText: 'name: test\n' });
  try {
    return await body(run);
  } finally {
    await run.close();
  }
}

beforeAll(async () => {
  const settings = pretrainSchema.parse({
    kind: 'pretrain',
    architecture: { hiddenSize: 16, layers: 1, heads: 2, intermediateSize: 32, maxPositions: 512 },
    corpus: 'lab',
    tokens: 128,
    rowTokens: 64,
    rowsPerStep: 1,
    learningRate: { peak: 1e-6, final: 1e-6 },
  });
  base = await inRun(newDir(), (run) =>
    pretrain(settings, { name: 'base', run, engine: local, seed: 1, report: () => {}, signal: new AbortController().signal }),
  );
});
afterAll(async () => {
  await local.close();
  rmSync(root, { recursive: true, force: true });
});

/** The share of a response's words that are numbers: some of a random model's are. */
const numbers: RewardFunction = ({ completions }) =>
  completions.map((text) => {
    const words = text.split(/\s+/);
    return words.filter((word) => /^\d+$/.test(word)).length / words.length;
  });

function taskWith(rewards: Task['rewards'], targets = [56, 8, 42, 50, 1, 2]): Task {
  const row = (id: string, n: number) => ({ id, prompt: `user : make ${n} from 7 7 1 . assistant :`, domain: 'toy' });
  return {
    name: 'toy',
    load: () => ({ train: targets.map((n) => row(`train ${n}`, n)), heldOut: [3, 4].map((n) => row(`held out ${n}`, n)) }),
    rewards,
    weights: Object.fromEntries(Object.keys(rewards).map((name) => [name, 1])),
    accuracy: Object.keys(rewards)[0],
  };
}

/** The local engine, counting what is opened, closed and asked. */
function counted(change: { advantages?: (step: number) => number | undefined } = {}): { engine: Engine; counts: Record<string, number> } {
  const counts = { forward: 0, createSampler: 0, open: 0 };
  const closing = <T extends { close(): Promise<void> }>(client: T): T => {
    counts.open++;
    let open = true;
    return {
      ...client,
      close: () => {
        if (open) counts.open--;
        open = false;
        return client.close();
      },
    };
  };
  const engine: Engine = {
    ...local,
    createSampler: async (options) => {
      counts.createSampler++;
      return closing(await local.createSampler(options));
    },
    createTrainer: async (options) => {
      const trainer = await local.createTrainer(options);
      let step = 0;
      return closing<TrainingClient>({
        ...trainer,
        forward: (...args) => {
          counts.forward++;
          return trainer.forward(...args);
        },
        forwardBackward: (data, loss, want) => {
          const advantage = change.advantages?.(++step);
          if (advantage !== undefined) data[0].advantages?.fill(advantage);
          return trainer.forwardBackward(data, loss, want);
        },
        samplingClient: async () => closing(await trainer.samplingClient()),
      });
    },
  };
  return { engine, counts };
}

interface Options {
  dir?: string;
  engine?: Engine;
  rewards?: Task['rewards'];
  targets?: number[];
  abortAfter?: number;
}
type Row = Record<string, number> & { step: number };

async function train(
  given: Record<string, unknown>,
  { dir = newDir(), engine = local, rewards = { numbers }, targets, abortAfter }: Options = {},
) {
  const settings = rlSettings({
    steps: 2,
    groupSize: 4,
    promptsPerStep: 2,
    maxTokens: 6,
    learningRate: 1e-3,
    evalEvery: 0,
    beforeAfterSamples: 0,
    saveEvery: 100,
    ...given,
  });
  const events: RunEvent[] = [];
  const abort = new AbortController();
  const outcome: { error?: unknown } = {};
  await inRun(dir, (run) =>
    rl(settings, {
      name: 'zero',
      run,
      engine,
      seed: 3,
      model: base,
      task: taskWith(rewards, targets),
      signal: abort.signal,
      report: (event) => {
        events.push(event);
        if (event.type === 'step' && event.step === abortAfter) abort.abort();
      },
    }),
  ).catch((error) => {
    outcome.error = error;
  });
  const text = readFileSync(join(dir, 'metrics.jsonl'), 'utf8').trim();
  const rows = text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Row);
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  return { dir, rows, events, warnings, error: outcome.error };
}

const weights = (dir: string, step: number) =>
  readFileSync(join(dir, 'checkpoints', `zero-${step}`, 'model.safetensors')).toString('base64');
const steps = (rows: Row[]) => rows.map(({ step }) => step);

describe('an update', () => {
  it('is on-policy where a rollout serves one step: ratio 1, nothing clipped, no pass for log pi_old, no reference', async () => {
    const { engine, counts } = counted();
    const { rows, dir, error } = await train({ steps: 3 }, { engine });
    expect(error).toBeUndefined();
    expect(steps(rows)).toEqual([1, 2, 3]);
    for (const row of rows) {
      expect(row.ratio).toBe(1);
      expect(row['clip_ratio/region_mean']).toBe(0);
      expect(row.grad_norm).toBeGreaterThan(0);
      expect(row['sampling/sampling_logp_difference/max']).toBeLessThan(1e-4);
      expect(row).not.toHaveProperty('kl');
    }
    expect(counts).toEqual({ forward: 0, createSampler: 0, open: 0 });
    // num_tokens is TRL's: prompts too, once for every response.
    const sampled = rows.reduce((sum, row) => sum + 8 * row['completions/mean_length'], 0);
    expect(rows[2].num_tokens).toBeCloseTo(sampled + 3 * 8 * 11, 6);
    const versions = readdirSync(join(dir, 'rollouts')).map(
      (file) => JSON.parse(readFileSync(join(dir, 'rollouts', file), 'utf8').split('\n')[0]).version,
    );
    expect(versions).toEqual([0, 1, 2]);
  });

  it('is clipped where a rollout serves several: two minibatches, twice', async () => {
    const { engine, counts } = counted();
    const { rows, dir, error } = await train({ steps: 5, minibatches: 2, innerEpochs: 2, learningRate: 0.03 }, { engine });
    expect(error).toBeUndefined();
    expect(steps(rows)).toEqual([1, 2, 3, 4, 5]);
    // The first step of a rollout is the policy that sampled.
    for (const step of [1, 5]) {
      expect(rows[step - 1].ratio).toBeCloseTo(1, 4);
      expect(rows[step - 1]['clip_ratio/region_mean']).toBe(0);
    }
    for (const step of [2, 3, 4]) expect(Math.abs(rows[step - 1].ratio - 1)).toBeGreaterThan(1e-3);
    expect(Math.max(...[2, 3, 4].map((step) => rows[step - 1]['clip_ratio/region_mean']))).toBeGreaterThan(0.1);
    // Only while the policy is the sampler's can the two be compared.
    expect(rows.filter((row) => 'sampling/sampling_logp_difference/max' in row).map(({ step }) => step)).toEqual([1, 5]);
    expect(counts.forward).toBe(2);
    // The last rollout serves the one step that is left.
    const samples = (file: string) =>
      readFileSync(join(dir, 'rollouts', file), 'utf8')
        .trim()
        .split('\n').length;
    expect(
      readdirSync(join(dir, 'rollouts'))
        .sort()
        .map((file) => [file, samples(file)]),
    ).toEqual([
      ['zero-1.jsonl', 16],
      ['zero-5.jsonl', 8],
    ]);
  });
});

it.each(['ppo', 'gspo', 'cispo'] as const)('every loss is trained, with all that a recipe may add: %s', async (loss) => {
  const { rows, error } = await train({ loss, minibatches: 2, beta: 0.1, tisCap: 2, learningRate: 0.03 });
  expect(error).toBeUndefined();
  for (const row of rows) expect(row.grad_norm).toBeGreaterThan(0);
});

describe('a run that cannot learn', () => {
  it('says that no group has signal, and changes nothing (R02)', async () => {
    // All of one group 2, all of the other 5: over the batch they differ.
    const byPrompt: RewardFunction = ({ rows }) => rows.map(({ id }) => (id === rows[0].id ? 2 : 5));
    const { rows, dir, warnings } = await train({ steps: 1 }, { rewards: { byPrompt } });
    expect(rows[0]).toMatchObject({ reward: 3.5, frac_reward_zero_std: 1, reward_std: 0, loss: 0, grad_norm: 0 });
    expect(warnings.filter((text) => text.includes('no group has signal'))).toHaveLength(1);
    expect(weights(dir, 1)).toBe(readFileSync(join(base, 'model.safetensors')).toString('base64'));
  });

  it('names the limit where every response is cut (R02)', async () => {
    const { rows, warnings } = await train(
      { steps: 1, maxTokens: 4 },
      { rewards: { none: ({ completions }) => completions.map(() => 0) } },
    );
    expect(rows[0]['completions/clipped_ratio']).toBe(1);
    expect(warnings.some((text) => /every response was cut at maxTokens \(4\).*likely cause/.test(text))).toBe(true);
  });

  it('asks no more rounds than the bound of dynamic sampling', async () => {
    const { rows } = await train(
      { steps: 1, dynamicSampling: { maxRounds: 3 } },
      { rewards: { same: ({ completions }) => completions.map(() => 1) } },
    );
    expect(rows[0]).toMatchObject({ 'sampling/rounds': 3, 'sampling/discarded_groups': 4, frac_reward_zero_std: 1 });
  });
});

it('null rewards take no part, and their metrics are absent (R12)', async () => {
  const math: RewardFunction = ({ completions }) => completions.map((_, i) => [1, 0, null, 1][i % 4]);
  const code: RewardFunction = ({ completions }) => completions.map(() => null);
  const { rows, dir } = await train({ steps: 1 }, { rewards: { math, code } });
  expect(rows[0].reward).toBeCloseTo(2 / 3, 12);
  expect(rows[0]).toMatchObject({ no_reward_share: 0.25 });
  expect(rows[0].grad_norm).toBeGreaterThan(0);
  expect(Object.keys(rows[0]).filter((name) => name.includes('code') || name === 'nonFinite')).toEqual([]);
  const advantages = readFileSync(join(dir, 'rollouts', 'zero-1.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).advantage as number | null);
  expect(advantages.map((advantage) => advantage === null)).toEqual([false, false, true, false, false, false, true, false]);
});

describe('a run with a reference that is replaced every second step', () => {
  const recipe = { steps: 4, beta: 0.1, klRefreshEvery: 2, learningRate: 5e-3, saveEvery: 2, keep: 1 };
  let whole: Awaited<ReturnType<typeof train>>;
  beforeAll(async () => {
    whole = await train(recipe);
  });

  it('has no divergence right after it was replaced, and some a step later', () => {
    expect(whole.error).toBeUndefined();
    const kl = whole.rows.map((row) => row.kl);
    for (const at of [0, 2]) expect(kl[at]).toBeLessThan(1e-6);
    for (const at of [1, 3]) expect(kl[at]).toBeGreaterThan(1e-4);
    // It is in the loss alone: a reward stays what the task gave.
    for (const step of [1, 2, 3, 4])
      for (const line of readFileSync(join(whole.dir, 'rollouts', `zero-${step}.jsonl`), 'utf8')
        .trim()
        .split('\n')) {
        const { reward, rewards } = JSON.parse(line);
        expect(reward).toBe(rewards.numbers);
      }
  });

  it('stopped by its user after a refresh, it goes on to the same weights; every step once', async () => {
    const stopped = await train(recipe, { abortAfter: 3 });
    expect(stopped.error).toBeInstanceOf(Interrupted);
    expect(existsSync(join(stopped.dir, 'checkpoints', 'zero-3', 'reference', 'model.safetensors'))).toBe(true);
    const { error, rows } = await train(recipe, { dir: stopped.dir });
    expect(error).toBeUndefined();
    expect(steps(rows)).toEqual([1, 2, 3, 4]);
    expect(rows.map(({ kl, loss }) => [kl, loss])).toEqual(whole.rows.map(({ kl, loss }) => [kl, loss]));
    expect(weights(stopped.dir, 4)).toBe(weights(whole.dir, 4));
  });

  it('stopped by a reward that throws, it has saved the step before and the sample; mended, it ends the same', async () => {
    let calls = 0;
    const broken: RewardFunction = (input) => {
      if (++calls > 2) throw new Error('the judge is out');
      return numbers(input);
    };
    const { engine, counts } = counted();
    const stopped = await train({ ...recipe, saveEvery: 100 }, { rewards: { numbers: broken }, engine });
    expect(stopped.error).toBeInstanceOf(StageError);
    expect(String(stopped.error)).toMatch(
      /step 3: the reward "numbers" threw: the judge is out\n {2}row: train \d+\n {2}completion: .*\nStep 2 is saved/,
    );
    expect(counts.open).toBe(0);
    const incident = JSON.parse(readFileSync(join(stopped.dir, 'incidents', 'zero-3-reward.json'), 'utf8'));
    expect(incident).toMatchObject({ reward: 'numbers', row: { domain: 'toy' } });
    const { error, rows } = await train(recipe, { dir: stopped.dir });
    expect(error).toBeUndefined();
    expect(steps(rows)).toEqual([1, 2, 3, 4]);
    expect(weights(stopped.dir, 4)).toBe(weights(whole.dir, 4));
  });
});

it('is not taken up again on other prompts than its checkpoint was trained on; put back, it goes on', async () => {
  const recipe = { steps: 3, saveEvery: 1 };
  const stopped = await train(recipe, { abortAfter: 1 });
  expect(stopped.error).toBeInstanceOf(Interrupted);
  const other = await train(recipe, { dir: stopped.dir, targets: [56, 8, 42, 50, 1, 3] });
  expect(other.error).toBeInstanceOf(InputError);
  expect(String(other.error)).toMatch(/stage zero: the prompts of toy are not those that its checkpoint was trained on/);
  expect(steps(other.rows)).toEqual([1]);
  const { error, rows } = await train(recipe, { dir: stopped.dir });
  expect(error).toBeUndefined();
  expect(steps(rows)).toEqual([1, 2, 3]);
});

it('an adapter is trained, checkpointed as one beside its replaced reference, and stopped and resumed the same', async () => {
  const recipe = { steps: 4, beta: 0.1, klRefreshEvery: 2, learningRate: 0.1, saveEvery: 2, keep: 1, lora: { rank: 2 } };
  const whole = await train(recipe);
  expect(whole.error).toBeUndefined();
  const kl = whole.rows.map((row) => row.kl);
  for (const at of [0, 2]) expect(kl[at]).toBeLessThan(1e-6);
  for (const at of [1, 3]) expect(kl[at]).toBeGreaterThan(1e-4);
  const stopped = await train(recipe, { abortAfter: 3 });
  expect(stopped.error).toBeInstanceOf(Interrupted);
  const saved = join(stopped.dir, 'checkpoints', 'zero-3');
  for (const part of [saved, join(saved, 'reference')]) {
    expect(existsSync(join(part, 'adapter_model.safetensors'))).toBe(true);
    expect(existsSync(join(part, 'model.safetensors'))).toBe(false);
  }
  const { error, rows } = await train(recipe, { dir: stopped.dir });
  expect(error).toBeUndefined();
  expect(rows.map(({ kl, loss }) => [kl, loss])).toEqual(whole.rows.map(({ kl, loss }) => [kl, loss]));
  const adapter = (dir: string) => readFileSync(join(dir, 'checkpoints', 'zero-4', 'adapter_model.safetensors')).toString('base64');
  expect(adapter(stopped.dir)).toBe(adapter(whole.dir));
});

it('a reward that fails counts as none where the recipe says so, told once a step', async () => {
  const half: RewardFunction = ({ completions, rows }) => completions.map((_, i) => (rows.length > 1 && i % 2 === 1 ? Number.NaN : i));
  const { rows, warnings, error } = await train({ steps: 1, onRewardError: 'noReward' }, { rewards: { half } });
  expect(error).toBeUndefined();
  expect(rows[0].no_reward_share).toBe(0.5);
  const told = warnings.filter((text) => text.includes('counted as no reward'));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/step 1: the reward "half" returned NaN[\s\S]*counted as no reward; so were 3 other errors/);
});

it('a loss that is not finite stops the run: the step is not applied, the batch is kept', async () => {
  const { engine, counts } = counted({ advantages: (step) => (step === 2 ? Number.NaN : undefined) });
  const { rows, dir, error } = await train({ steps: 3, saveEvery: 1 }, { engine });
  expect(error).toBeInstanceOf(StageError);
  expect(String(error)).toMatch(/step 2: the loss is NaN; the step was not applied/);
  expect(steps(rows)).toEqual([1]);
  expect(readdirSync(join(dir, 'checkpoints'))).toEqual(['zero-1']);
  const { data } = JSON.parse(readFileSync(join(dir, 'incidents', 'zero-2-batch.json'), 'utf8'));
  expect(data[0]).toMatchObject({ text: expect.any(String), reward: expect.any(Number), advantages: expect.any(Array) });
  expect(data[0].tokens).toHaveLength(data[0].targets.length);
  expect(counts.open).toBe(0);
});

describe('looks at held-out problems', () => {
  it('before the first step and after the last have the same limit; then the table compares like with like', async () => {
    const { rows, events } = await train({
      steps: 2,
      maxTokens: [
        { from: 0, value: 4 },
        { from: 1, value: 6 },
      ],
      beforeAfterSamples: 2,
    });
    expect(steps(rows)).toEqual([0, 1, 2]);
    expect(rows.map((row) => 'eval/toy/pass@2' in row)).toEqual([true, false, true]);
    expect(rows.map((row) => row.max_tokens)).toEqual([undefined, 4, 6]);
    expect(events.flatMap((event) => (event.type === 'heldOut' ? [[event.step, event.evaluation.maxTokens]] : []))).toEqual([
      [0, 6],
      [2, 6],
    ]);
  });

  it('that a reward fails on stop the run after its step is written down and saved', async () => {
    const failing: RewardFunction = (input) => {
      if (input.rows[0].id.startsWith('held out')) throw new Error('no gold');
      return numbers(input);
    };
    const { rows, dir, error } = await train({ steps: 3, evalEvery: 2, evalProblems: 1 }, { rewards: { failing } });
    expect(String(error)).toMatch(/the reward "failing" threw: no gold[\s\S]*Step 2 is saved/);
    expect(steps(rows)).toEqual([1, 2]);
    expect(existsSync(join(dir, 'checkpoints', 'zero-2'))).toBe(true);
  });
});

describe('what is wrong with the recipe', () => {
  it.each([
    [
      { rewards: { number: 1 } },
      'stages.zero.rewards: the task toy has no reward "number", nor is it a common one; did you mean "numbers"?',
    ],
    [{ maxTokens: 510 }, /6 of 6 prompts of toy are longer than the 2 tokens that maxTokens 510 leaves of the model's context of 512/],
    // The largest limit of the schedule counts, also where a later one is lower.
    [
      {
        maxTokens: [
          { from: 0, value: 510 },
          { from: 1, value: 6 },
        ],
      },
      /maxTokens 510/,
    ],
    [{ loss: 'gspo' }, 'stages.zero.loss: this engine has no loss gspo; it has cross_entropy, ppo'],
  ])('is said before anything is sampled: %j', async (given, message) => {
    const { engine: whole, counts } = counted();
    const engine: Engine = { ...whole, capabilities: async () => ({ losses: ['cross_entropy', 'ppo'], arithmetic: 'any' }) };
    const { error, rows } = await train(given, { engine });
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
    expect(rows).toEqual([]);
    expect(counts.open).toBe(0);
  });
});
