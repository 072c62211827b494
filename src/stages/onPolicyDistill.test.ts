// On-policy distillation with the real engine: two tiny models of the lab's vocabulary, one of which has learnt something; the student
// comes nearer to it, a stopped run goes on with the same bits, and a teacher of another tongue is refused.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import type { Task } from '../tasks/task.ts';
import { RunDirectory } from '../tracking/runDirectory.ts';
import { Interrupted, type RunEvent } from './context.ts';
import { onPolicyDistill } from './onPolicyDistill.ts';
import { pretrain } from './pretrain.ts';
import { onPolicyDistillSchema, pretrainSchema } from './settings.ts';
import { requireSharedTokenizer } from './sharedTokenizer.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-on-policy-'));
const engine = createLocalEngine({ threads: 1 });
let student: string;
let teacher: string;

async function inRun<T>(dir: string, body: (run: RunDirectory) => Promise<T>): Promise<T> {
  const run = await RunDirectory.open({ dir: join(root, dir), recipeText: 'name: test\n' });
  try {
    return await body(run);
  } finally {
    await run.close();
  }
}

/** @param tokens 128: next to nothing learnt */
function pretrained(dir: string, tokens: number, peak: number): Promise<string> {
  const settings = pretrainSchema.parse({
    kind: 'pretrain',
    architecture: { hiddenSize: 16, layers: 1, heads: 2, intermediateSize: 32, maxPositions: 128 },
    corpus: 'lab',
    tokens,
    rowTokens: 64,
    rowsPerStep: 4,
    learningRate: { peak, final: peak / 10 },
  });
  const signal = new AbortController().signal;
  return inRun(dir, (run) => pretrain(settings, { name: 'base', run, engine, seed: 1, report: () => {}, signal }));
}

beforeAll(async () => {
  student = await pretrained('student', 256, 1e-6);
  teacher = await pretrained('teacher', 256 * 40, 2e-2);
});
afterAll(async () => {
  await engine.close();
  rmSync(root, { recursive: true, force: true });
});

const task: Task = {
  name: 'toy',
  load: () => ({
    train: [56, 8, 42, 50].map((n) => ({ id: `train ${n}`, prompt: `user : make ${n} from 7 7 1 . assistant :` })),
    heldOut: [],
  }),
  rewards: { accuracy: ({ completions }) => completions.map(() => 0) },
  weights: { accuracy: 1 },
  accuracy: 'accuracy',
};

const settings = onPolicyDistillSchema.parse({
  kind: 'on_policy_distill',
  teacher: 'given',
  steps: 12,
  promptsPerStep: 4,
  groupSize: 8,
  maxTokens: 12,
  learningRate: 2e-2,
  evalEvery: 0,
  saveEvery: 3,
});

function distil(dir: string, change: { stopAfter?: number } = {}): Promise<string> {
  const stop = new AbortController();
  const report = (event: RunEvent): void => {
    if (event.type === 'step' && event.step === change.stopAfter) stop.abort();
  };
  return inRun(dir, (run) =>
    onPolicyDistill(settings, { name: 'learn', run, engine, seed: 1, model: student, teacher, task, report, signal: stop.signal }),
  );
}

const metricsOf = (dir: string): Record<string, number>[] =>
  readFileSync(join(root, dir, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('on-policy distillation', () => {
  it('brings the student nearer to the teacher, by the reverse KL on its own samples', async () => {
    await distil('straight');
    const kl = metricsOf('straight').map((row) => row.reverse_kl);
    expect(kl).toHaveLength(12);
    // An untrained model of 640 words against one that has seen which follow which: a nat and more.
    expect(kl[0]).toBeGreaterThan(0.5);
    expect(kl[11]).toBeLessThan(0.8 * kl[0]);
  });

  it('goes on from where it was stopped with the same bits', async () => {
    await expect(distil('stopped', { stopAfter: 4 })).rejects.toThrow(Interrupted);
    const resumed = await distil('stopped');
    const weights = (dir: string) => readFileSync(join(dir, 'model.safetensors'));
    expect(weights(resumed).equals(weights(join(root, 'straight/checkpoints/learn-12')))).toBe(true);
    const bare = (dir: string) => metricsOf(dir).map(({ loss, reverse_kl, grad_norm }) => ({ loss, reverse_kl, grad_norm }));
    expect(bare('stopped')).toEqual(bare('straight'));
  });

  it('stopped within a look at held-out problems, has saved the step before it', async () => {
    const stop = new AbortController();
    let looks = 0;
    const accuracy: Task['rewards'][string] = ({ completions }) => {
      if (++looks === 2) stop.abort();
      return completions.map(() => 0);
    };
    const { train } = await task.load({ seed: 1 });
    const looking = { ...task, load: () => ({ train, heldOut: train.slice(0, 1) }), rewards: { accuracy } };
    const context = { name: 'learn', engine, seed: 1, model: student, teacher, task: looking, report: () => {}, signal: stop.signal };
    const stopped = inRun('looking', (run) => onPolicyDistill({ ...settings, evalEvery: 2 }, { ...context, run }));
    await expect(stopped).rejects.toThrow(new Interrupted('learn', 2));
    expect(readdirSync(join(root, 'looking/checkpoints'))).toEqual(['learn-2']);
  });

  it('refuses prompts that leave no room in the context of the teacher', async () => {
    const short = join(root, 'short');
    cpSync(teacher, short, { recursive: true });
    const config = JSON.parse(readFileSync(join(teacher, 'config.json'), 'utf8'));
    writeFileSync(join(short, 'config.json'), JSON.stringify({ ...config, max_position_embeddings: 16 }));
    const context = { name: 'learn', engine, seed: 1, model: student, task, report: () => {}, signal: new AbortController().signal };
    const refused = inRun('short context', (run) => onPolicyDistill(settings, { ...context, teacher: short, run }));
    await expect(refused).rejects.toThrow(
      /4 of 4 prompts of toy, as the teacher reads them, are longer than the 4 tokens that maxTokens 12 leaves of the model's context of 16/,
    );
  });

  it('has a loss whose gradient is that of the reverse KL: none where student and teacher are one', async () => {
    await inRun('same', (run) =>
      onPolicyDistill(
        { ...settings, steps: 1 },
        {
          ...{ name: 'learn', run, engine, seed: 1, model: student, teacher: student, task },
          ...{ report: () => {}, signal: new AbortController().signal },
        },
      ),
    );
    const [row] = metricsOf('same');
    expect(Math.abs(row.reverse_kl)).toBeLessThan(1e-5);
    expect(row.grad_norm).toBeLessThan(1e-4);
  });
});

describe('a shared tokenizer', () => {
  const words = (...list: string[]) => ({
    vocabSize: list.length,
    decode: (ids: ArrayLike<number>) => Array.from(ids, (id) => list[id]).join(' '),
    encode: (text: string) => [...text].map((letter) => letter.charCodeAt(0) % list.length),
    isSpecial: (id: number) => list[id].startsWith('<'),
  });

  it('is one whose ids mean the same, whatever the width of the heads', () => {
    expect(requireSharedTokenizer(words('<eos>', 'a', 'b'), words('<eos>', 'a', 'b'), 'here')).toBe(3);
  });

  it('is told from one of another size, of other words, of other control tokens and of other merges', () => {
    const ours = words('<eos>', 'a', 'b');
    expect(() => requireSharedTokenizer(words('<eos>', 'a'), ours, 'stages.x.teacher')).toThrow(
      /stages\.x\.teacher: .* 2 tokens.*3.*texts/,
    );
    expect(() => requireSharedTokenizer(words('<eos>', 'b', 'a'), ours, 'here')).toThrow(
      'token 1 is "b" to the teacher and "a" to the student',
    );
    expect(() => requireSharedTokenizer({ ...ours, isSpecial: () => false }, ours, 'here')).toThrow('token 0');
    expect(() => requireSharedTokenizer({ ...ours, encode: () => [1] }, ours, 'here')).toThrow('other tokens');
  });
});
