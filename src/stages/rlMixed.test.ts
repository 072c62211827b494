// What makes an RL run the final one of DeepSeek-R1, end to end on the real engine: tasks mixed by shares, rewards that begin later, a
// reward model among them, and the guard against reward hacking. A tiny random model with the lab's vocabulary.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupAdvantages } from '../algorithms/advantages.ts';
import type { Engine } from '../engine/engine.ts';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { judgedText } from '../rewards/judgedText.ts';
import type { RewardFunction } from '../rewards/reward.ts';
import { mixTasks } from '../tasks/mixed.ts';
import type { Task } from '../tasks/task.ts';
import { rlSettings } from '../testing/rolloutGroups.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import { RunDirectory } from '../tracking/runDirectory.ts';
import { Interrupted, type RunEvent } from './context.ts';
import { pretrain } from './pretrain.ts';
import { openModelText } from './prompts.ts';
import { rl } from './rl.ts';
import { pretrainSchema } from './settings.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-rl-mixed-'));
const local = createLocalEngine({ threads: 1 });
const rewardModel = join(root, 'reward-model');
let base: string;
let runs = 0;
const newDir = (): string => join(root, `run-${runs++}`);

async function inRun<T>(dir: string, body: (run: RunDirectory) => Promise<T>): Promise<T> {
  const run = await RunDirectory.open({ dir, recipeText: 'name: test\nstages: { final: {} }\n' });
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
  const trainer = await local.createTrainer({ model: base, head: 'scalar', seed: 9 });
  mkdirSync(rewardModel);
  await trainer.saveState(rewardModel);
  await trainer.close();
}, 60_000);
afterAll(async () => {
  await local.close();
  rmSync(root, { recursive: true, force: true });
});

const share =
  (counts: (word: string) => boolean): RewardFunction =>
  ({ completions }) =>
    completions.map((text) => {
      const words = text.split(/\s+/);
      return words.filter(counts).length / words.length;
    });
const isNumber = (word: string): boolean => /^\d+$/.test(word);
const numbers = share(isNumber);

function task(name: string, rewards: Task['rewards'], weights: Record<string, number>): Task {
  const row = (id: string, n: number) => ({ id, prompt: `user : make ${n} from 7 7 1 . assistant :` });
  return {
    name,
    load: () => ({ train: [56, 8, 42, 50].map((n) => row(`train ${n}`, n)), heldOut: [3, 4].map((n) => row(`held out ${n}`, n)) }),
    rewards,
    weights,
    accuracy: 'accuracy',
  };
}

async function train(of: Task, given: Record<string, unknown>, { dir = newDir(), engine = local as Engine, abortAfter = 0 } = {}) {
  const settings = rlSettings({
    ...{ steps: 4, groupSize: 4, promptsPerStep: 4, maxTokens: 6, learningRate: 1e-3 },
    ...{ evalEvery: 0, beforeAfterSamples: 0, saveEvery: 100, keep: 1 },
    ...given,
  });
  const events: RunEvent[] = [];
  const abort = new AbortController();
  const report = (event: RunEvent): void => {
    events.push(event);
    if (event.type === 'step' && event.step === abortAfter) abort.abort();
  };
  const context = { name: 'final', engine, seed: 3, model: base, task: of, signal: abort.signal, report };
  const outcome: { made?: string; error?: unknown } = {};
  await inRun(dir, async (run) => {
    outcome.made = await rl(settings, { ...context, run }).catch((error) => {
      outcome.error = error;
      return undefined;
    });
  });
  const lines = (file: string) =>
    readFileSync(join(dir, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  return { dir, ...outcome, lines, rows: lines('metrics.jsonl'), warnings };
}

const weights = (dir: string) => readFileSync(join(dir, 'model.safetensors')).toString('base64');

describe('two tasks and a reward model', () => {
  const reasoning = task('reasoning', { accuracy: numbers }, { accuracy: 1 });
  const general = task('general', { accuracy: () => [0, 0, 0, 0] }, { accuracy: 0 });
  const mixed = () =>
    mixTasks([
      { name: 'r', task: reasoning, weight: 3, from: 0 },
      { name: 'g', task: general, weight: 1, from: 1 },
    ]);
  const helpful = { weight: 0.5, from: 2, model: rewardModel, sees: 'response', tasks: ['g'] };
  const given = { tasks: { r: 3, g: { weight: 1, from: 1 } }, rewards: { helpful } };
  const counts = { opened: 0, open: 0 };
  const engine: Engine = {
    ...local,
    createScorer: async (options) => {
      counts.opened++;
      counts.open++;
      const scorer = await local.createScorer(options);
      return {
        ...scorer,
        score: (data) => scorer.score(data),
        close: () => {
          counts.open--;
          return scorer.close();
        },
      };
    },
  };
  let whole: Awaited<ReturnType<typeof train>>;
  beforeAll(async () => {
    whole = await train(mixed(), given, { engine });
  }, 60_000);

  it('share every step exactly from when each begins; a group is judged by its own task alone', () => {
    expect(whole.error).toBeUndefined();
    const parts = [1, 2, 3, 4].map((step) =>
      whole
        .lines(`rollouts/final-${step}.jsonl`)
        .map(({ prompt }) => prompt[0])
        .join(''),
    );
    expect(parts[0]).toBe('r'.repeat(16));
    for (const step of parts.slice(1)) expect([...step].filter((part) => part === 'g')).toHaveLength(4);
    for (const step of [1, 2, 3, 4])
      for (const { prompt, reward, rewards } of whole.lines(`rollouts/final-${step}.jsonl`)) {
        if (prompt.startsWith('r/')) expect(rewards).toEqual({ accuracy: reward });
        else if (step === 2) expect([rewards, reward]).toEqual([{ accuracy: 0 }, null]);
        else expect(reward).toBeCloseTo(0.5 * rewards.helpful, 12);
      }
    // Mean and spread are a prompt's own: what stands beside its group changes nothing.
    for (const step of [1, 2, 3, 4]) {
      const samples = whole.lines(`rollouts/final-${step}.jsonl`);
      for (let first = 0; first < samples.length; first += 4) {
        const group = samples.slice(first, first + 4);
        expect(group.map(({ advantage }) => advantage)).toEqual(
          groupAdvantages(
            group.map(({ reward }) => reward),
            'grpo',
          ),
        );
      }
    }
    expect(whole.rows.map((row) => 'rewards/helpful/mean' in row)).toEqual([false, false, true, true]);
    expect(Object.keys(whole.rows[3])).toEqual(expect.arrayContaining(['reward/r', 'reward/g']));
  });

  it('the score is the reward model\u2019s own, which was opened once, when it was first needed, and is closed', async () => {
    expect(counts).toEqual({ opened: 1, open: 0 });
    const { tokenizer } = await openModelText(rewardModel);
    const scorer = await local.createScorer({ model: rewardModel });
    const judged = whole.lines('rollouts/final-4.jsonl').filter(({ prompt }) => prompt.startsWith('g/'));
    const scores = await scorer.score(
      judged.map(({ prompt, text }) => {
        const asked = `user : make ${prompt.slice('g/train '.length)} from 7 7 1 . assistant :`;
        const tokens = judgedText(tokenizer, asked, text, 'response');
        return { tokens, targets: tokens, weights: Float32Array.from(tokens, (_, t) => Number(t === tokens.length - 1)) };
      }),
    );
    await scorer.close();
    expect(new Set(scores).size).toBeGreaterThan(1);
    for (const [i, { rewards }] of judged.entries()) expect(rewards.helpful).toBeCloseTo(scores[i], 4);
  });

  it('stopped after the second task has begun, the run goes on to the same weights', async () => {
    const stopped = await train(mixed(), given, { abortAfter: 2 });
    expect(stopped.error).toBeInstanceOf(Interrupted);
    const resumed = await train(mixed(), given, { dir: stopped.dir });
    expect(resumed.error).toBeUndefined();
    const asked = (run: typeof whole) => [3, 4].map((step) => run.lines(`rollouts/final-${step}.jsonl`).map(({ prompt }) => prompt));
    expect(asked(resumed)).toEqual(asked(whole));
    expect(weights(resumed.made as string)).toBe(weights(whole.made as string));
  }, 60_000);
});

describe('the guard', () => {
  // The reward is the share of numbers; what is measured on held-out problems is the share of everything else.
  const hacked = task('hacked', { accuracy: share((word) => !isNumber(word)), numbers }, { numbers: 1 });
  const given = {
    ...{ steps: 40, groupSize: 8, learningRate: 0.02, evalEvery: 2, evalSamples: 16 },
    guard: { drop: 0.04, looks: 2 },
  };
  let whole: Awaited<ReturnType<typeof train>>;
  beforeAll(async () => {
    whole = await train(hacked, given);
  }, 120_000);

  it('ends the run where the reward rises and the measure falls, says so, and hands on the best look\u2019s checkpoint', async () => {
    expect(whole.error).toBeUndefined();
    const last = whole.rows.at(-1);
    expect(last.step).toBeLessThan(40);
    expect(last).toMatchObject({ 'guard/stopped': 1, 'guard/looks_apart': 2 });
    const looks = whole.rows.filter((row) => 'guard/measure' in row);
    const values = looks.map((row) => row['guard/measure']);
    const best = looks[values.indexOf(Math.max(...values))];
    for (const look of looks.slice(-2)) {
      expect(look['guard/measure']).toBeLessThan(best['guard/measure'] - 0.04);
      expect(look['guard/reward']).toBeGreaterThan(best['guard/reward']);
    }
    expect(whole.made).toBe(join(whole.dir, 'checkpoints', `final-${best.step}`));
    expect(readdirSync(join(whole.dir, 'checkpoints')).sort()).toEqual([`final-${best.step}`, `final-${last.step}`].sort());
    expect(whole.warnings.filter((text) => text.includes('against reward hacking'))).toHaveLength(1);
    expect(JSON.parse(readFileSync(join(whole.dir, 'finished.json'), 'utf8')).final).toMatchObject({ step: best.step });
    // Whoever names the run gets what it hands on.
    expect(await resolveModel(whole.dir)).toBe(whole.made);
  });

  it('stopped by the user in between, the run ends at the same step with the same weights', async () => {
    const stopped = await train(hacked, given, { abortAfter: whole.rows.at(-1).step - 1 });
    expect(stopped.error).toBeInstanceOf(Interrupted);
    const resumed = await train(hacked, given, { dir: stopped.dir });
    expect(resumed.rows.map(({ step }) => step)).toEqual(whole.rows.map(({ step }) => step));
    expect(resumed.rows.at(-1)['guard/measure']).toBe(whole.rows.at(-1)['guard/measure']);
    expect(weights(resumed.made as string)).toBe(weights(whole.made as string));
  }, 120_000);

  it('lets a run be whose measure does not fall', async () => {
    const good = task('good', { accuracy: numbers }, { accuracy: 1 });
    const { rows, made, dir } = await train(good, { ...given, steps: 6, guard: {} });
    expect(rows.map((row) => row['guard/stopped'])).toEqual([undefined, 0, undefined, 0, undefined, 0]);
    expect(made).toBe(join(dir, 'checkpoints', 'final-6'));
  }, 60_000);
});
