// Distillation with the real engine on tiny models of the lab's vocabulary: what each student learns, alone and beside the others, from
// texts and from a teacher's distribution; what is done is not done again.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { InputError } from '../platform/errors.ts';
import { RunDirectory } from '../tracking/runDirectory.ts';
import { Interrupted, type RunEvent } from './context.ts';
import { distill } from './distill.ts';
import { pretrain } from './pretrain.ts';
import { type DistillSettings, distillSchema, pretrainSchema, sftSchema } from './settings.ts';
import { sft } from './sft.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-distill-'));
const engine = createLocalEngine({ threads: 1 });
const models: Record<string, string> = {};
const data = join(root, 'lessons.jsonl');

async function inRun<T>(dir: string, body: (run: RunDirectory) => Promise<T>): Promise<T> {
  const run = await RunDirectory.open({ dir: join(root, dir), recipeText: 'name: test\n' });
  try {
    return await body(run);
  } finally {
    await run.close();
  }
}

function pretrained(dir: string, hiddenSize: number, tokens: number, peak: number): Promise<string> {
  const settings = pretrainSchema.parse({
    kind: 'pretrain',
    architecture: { hiddenSize, layers: 1, heads: 2, intermediateSize: 32, maxPositions: 128 },
    corpus: 'lab',
    ...{ tokens, rowTokens: 64, rowsPerStep: 4, learningRate: { peak, final: peak / 10 } },
  });
  const signal = new AbortController().signal;
  return inRun(dir, (run) => pretrain(settings, { name: 'base', run, engine, seed: 1, report: () => {}, signal }));
}

beforeAll(async () => {
  models.small = await pretrained('small', 16, 256, 1e-6);
  models.tiny = await pretrained('tiny', 8, 256, 1e-6);
  models.teacher = await pretrained('teacher', 24, 256 * 40, 2e-2);
  const rows = Array.from({ length: 12 }, (_, i) => ({
    prompt: `user : make ${40 + i} from 7 ${i + 1} 1 . assistant :`,
    completion: ` <think> try 7 * ${i + 1} = ${7 * (i + 1)} , no . </think> <answer> 7 * ${i + 1} </answer>`,
  }));
  writeFileSync(data, rows.map((row) => JSON.stringify(row)).join('\n'));
});
afterAll(async () => {
  await engine.close();
  rmSync(root, { recursive: true, force: true });
});

const learning = { epochs: 2, sequencesPerStep: 4, learningRate: 1e-2, saveEvery: 2 };
const settingsOf = (change: object): DistillSettings =>
  distillSchema.parse({ kind: 'distill', students: { small: 's', tiny: 't' }, ...learning, ...change });

function run(
  dir: string,
  settings: DistillSettings,
  change: { stopAt?: string; events?: RunEvent[] } = {},
): Promise<Record<string, string>> {
  const stop = new AbortController();
  const report = (event: RunEvent): void => {
    change.events?.push(event);
    if (event.type === 'step' && `${event.stage} ${event.step}` === change.stopAt) stop.abort();
  };
  const students = Object.fromEntries(Object.keys(settings.students).map((name) => [name, models[name]]));
  const teacher = settings.teacher === undefined ? undefined : models.teacher;
  return inRun(dir, (opened) =>
    distill(settings, { name: 'students', run: opened, engine, seed: 1, data, students, teacher, report, signal: stop.signal }),
  );
}

const weights = (dir: string): Buffer => readFileSync(join(dir, 'model.safetensors'));

const lossesOf = (dir: string, stage: string): number[] =>
  readFileSync(join(root, dir, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((row) => row.stage === stage)
    .map(({ loss }) => loss);

describe('distillation from texts', () => {
  it('teaches each student as supervised fine-tuning of that model alone does', async () => {
    const made = await run('texts', settingsOf({}));
    expect(Object.keys(made)).toEqual(['small', 'tiny']);
    const alone = await inRun('alone', (opened) =>
      sft(sftSchema.parse({ kind: 'sft', ...learning }), {
        ...{ name: 'tune', run: opened, engine, seed: 1, data, model: models.tiny },
        ...{ report: () => {}, signal: new AbortController().signal },
      }),
    );
    expect(weights(made.tiny).equals(weights(alone))).toBe(true);
  });

  it('goes on with the student that was stopped, and leaves the one that is done as it is', async () => {
    await expect(run('stopped', settingsOf({}), { stopAt: 'students.tiny 3' })).rejects.toThrow(Interrupted);
    const events: RunEvent[] = [];
    const made = await run('stopped', settingsOf({}), { events });
    expect(events.filter(({ type }) => type === 'note')).toEqual([
      { type: 'note', stage: 'students.small', message: 'student small is done already' },
    ]);
    const straight = await run('texts', settingsOf({}));
    for (const student of ['small', 'tiny']) expect(weights(made[student]).equals(weights(straight[student])), student).toBe(true);
  });
});

describe('distillation from a teacher', () => {
  it('brings the student nearer to the teacher than the texts do, and resumes with the same bits', async () => {
    const settings = settingsOf({ students: { small: 's' }, teacher: '$teacher', topK: 16, epochs: 4 });
    const made = await run('taught', settings);
    const kl = lossesOf('taught', 'students.small');
    expect(kl).toHaveLength(12);
    expect(kl[0]).toBeGreaterThan(0.2);
    expect(kl[11]).toBeLessThan(0.6 * kl[0]);
    await expect(run('taught again', settings, { stopAt: 'students.small 5' })).rejects.toThrow(Interrupted);
    const again = await run('taught again', settings);
    expect(weights(again.small).equals(weights(made.small))).toBe(true);
  });

  it('is refused where the student fits in memory, but not beside its teacher, and nothing is loaded', async () => {
    const known = engine.memoryNeed;
    const loading = vi.spyOn(engine, 'createSampler');
    const need = vi.spyOn(engine, 'memoryNeed').mockImplementation(async (work) => {
      const { bytes = 0, parts = {} } = (await known?.(work)) ?? {};
      return { bytes: parts['the teacher'] ? 1e18 : bytes, parts };
    });
    try {
      await expect(run('large', settingsOf({ teacher: '$teacher', topK: 8 }))).rejects.toThrow(
        /student small .* would take about .* of memory/,
      );
      expect(loading).not.toHaveBeenCalled();
    } finally {
      need.mockRestore();
      loading.mockRestore();
    }
  });

  it('of texts that are cut teaches what is left of them, and refuses those that the teacher cannot read whole', async () => {
    const cut = { students: { small: 's' }, teacher: '$teacher', topK: 4, epochs: 1, maxLength: 20, longSequences: 'cut' };
    await run('cut', settingsOf(cut));
    for (const loss of lossesOf('cut', 'students.small')) expect(loss).toBeGreaterThan(0);
    const whole = models.teacher;
    models.teacher = join(root, 'short');
    cpSync(whole, models.teacher, { recursive: true });
    const config = JSON.parse(readFileSync(join(whole, 'config.json'), 'utf8'));
    writeFileSync(join(models.teacher, 'config.json'), JSON.stringify({ ...config, max_position_embeddings: 24 }));
    const error = await run('too long', settingsOf({ ...cut, maxLength: 30 })).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/lessons\.jsonl:1: the teacher, whose context is 24 tokens, .* To mend, lower maxLength/);
    models.teacher = whole;
  });

  it('has nothing to learn where the student is the teacher', async () => {
    models.same = models.teacher;
    const settings = settingsOf({ students: { same: 'x' }, teacher: '$teacher', topK: 1000, epochs: 1, learningRate: 1e-6 });
    await run('same', settings);
    // All ids of the vocabulary, so that nothing is renormalised away.
    for (const loss of lossesOf('same', 'students.same')) expect(Math.abs(loss)).toBeLessThan(1e-5);
  });
});
