import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { rolloutRow } from '../testing/rolloutRow.ts';
import { readJsonLines } from './jsonLines.ts';
import { resolveModel } from './resolveModel.ts';
import { listRollouts, readRollouts } from './rollouts.ts';
import { RunDirectory } from './runDirectory.ts';
import { hasTraces } from './traces.ts';

const recipeText = 'name: a\nseed: 1\nstages:\n  zero: { kind: rl, steps: 20 }\n  score: { kind: evaluate }\n';
let root: string;
let dir: string;
let warnings: string[];
const opened: RunDirectory[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'run-'));
  dir = join(root, 'deep', 'run');
  warnings = [];
});
afterEach(async () => {
  for (const run of opened.splice(0)) await run.close().catch(() => {});
  await rm(root, { recursive: true });
});

async function open(text = recipeText): Promise<RunDirectory> {
  const run = await RunDirectory.open({ dir, recipeText: text, warn: (message) => warnings.push(message) });
  opened.push(run);
  return run;
}

const save = (run: RunDirectory, step: number, keep: number, inUse: string[] = [], stage = 'zero') =>
  run.checkpoint(stage, step, { step }, (to) => writeFile(join(to, 'config.json'), `weights ${step}`), { keep, inUse });
const steps = async () => (await readdir(join(dir, 'checkpoints'))).sort();
const rows = () => readJsonLines(join(dir, 'metrics.jsonl'));
const sample = rolloutRow;

describe('checkpoints', () => {
  it('are found again with their state, newest first by number, not by text', async () => {
    const run = await open();
    expect(await run.latest('zero')).toBeUndefined();
    for (const step of [900, 1000, 1100]) await save(run, step, 2);
    expect(await steps()).toEqual(['zero-1000', 'zero-1100']);
    expect(await run.latest('zero')).toMatchObject({ step: 1100, state: { step: 1100 }, dir: join(dir, 'checkpoints', 'zero-1100') });
  });

  it('keep at least the newest, and never remove one in use or of another stage', async () => {
    const run = await open();
    const first = await save(run, 1, 1);
    await save(run, 1, 1, [], 'other-zero');
    await save(run, 2, 1, [join(first, 'reference')]);
    await save(run, 3, 1, [first]);
    expect(await steps()).toEqual(['other-zero-1', 'zero-1', 'zero-3']);
    await save(run, 4, 1);
    expect(await steps()).toEqual(['other-zero-1', 'zero-4']);
  });

  it('that are damaged are passed over with a warning, and the one before is used', async () => {
    const run = await open();
    for (const step of [1, 2, 3, 4, 5]) await save(run, step, 9);
    const file = (step: number, name: string) => join(dir, 'checkpoints', `zero-${step}`, name);
    await truncate(file(5, 'config.json'), 3);
    await rm(file(4, 'config.json'));
    await truncate(file(3, 'state.json'), 10);
    await writeFile(file(2, 'config.json'), 'weights 9');
    expect((await run.latest('zero'))?.step).toBe(1);
    expect(warnings).toHaveLength(4);
    expect(warnings[0]).toContain('zero-5 is passed over: config.json has 3 bytes instead of 9');
    expect(warnings[1]).toContain('zero-4 is passed over: it lacks config.json');
    expect(warnings[2]).toContain('zero-3 is passed over: its state.json is damaged');
    expect(warnings[3]).toContain('zero-2 is passed over: config.json was changed or damaged');
    await run.rewindTo('zero', 1);
    expect(await steps()).toEqual(['zero-1']);
  });

  it('of another recipe are passed over, and neither count nor go when others are kept', async () => {
    const run = await open();
    await save(run, 100, 1);
    const foreign = join(dir, 'checkpoints', 'zero-9999');
    await mkdir(foreign);
    await writeFile(
      join(foreign, 'state.json'),
      JSON.stringify({
        stage: 'zero',
        step: 9999,
        recipe: 'another',
        metricsBytes: 0,
        files: {},
        state: {},
        retention: { keep: 1, inUse: [] },
      }),
    );
    expect((await run.latest('zero'))?.step).toBe(100);
    expect(warnings.join()).toContain('zero-9999 is passed over: it was made by another recipe');
    await run.rewindTo('zero', 100);
    await save(run, 200, 1);
    expect(await steps()).toEqual(['zero-200', 'zero-9999']);
  });

  it('computed with something else are gone on from, with a warning that names both', async () => {
    const run = await open();
    await save(run, 1, 9);
    await run.computedWith('2 threads');
    await save(run, 2, 9);
    expect(await run.latest('zero')).toMatchObject({ step: 2, arithmetic: '2 threads' });
    expect(warnings).toEqual([]);
    await run.computedWith('4 threads');
    expect((await run.latest('zero'))?.step).toBe(2);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/zero-2 was computed with 2 threads, and this run goes on with 4 threads: .*not bit for bit/);
    // Of one that does not say it there is nothing to tell.
    await rm(join(dir, 'checkpoints', 'zero-2'), { recursive: true });
    expect((await run.latest('zero'))?.arithmetic).toBeUndefined();
    expect(warnings).toHaveLength(1);
  });

  it('are replaced by one of the same step', async () => {
    const run = await open();
    await save(run, 1, 1);
    await run.checkpoint('zero', 1, 'again', (to) => writeFile(join(to, 'x'), 'y'), { keep: 1 });
    expect(await readdir(join(dir, 'checkpoints', 'zero-1'))).toEqual(['state.json', 'x']);
    expect(await steps()).toEqual(['zero-1']);
  });

  it('that could not be filled leave nothing behind', async () => {
    const run = await open();
    await save(run, 1, 1);
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const failing = (error: Error) =>
      run.checkpoint(
        'zero',
        2,
        {},
        async (to) => {
          await writeFile(join(to, 'half'), 'x');
          throw error;
        },
        { keep: 1 },
      );
    await expect(failing(full)).rejects.toThrow(
      /^the disk is full: checkpoint .*zero-2 could not be written. Earlier checkpoints are whole. Make room/,
    );
    // an error that came from a worker has lost its code
    await expect(failing(new Error(full.message))).rejects.toThrow('the disk is full');
    await expect(failing(new Error('other'))).rejects.toThrow(/^other$/);
    expect(await steps()).toEqual(['zero-1']);
  });
});

describe('metrics and rollouts', () => {
  it('after the checkpoint that a run goes on from are dropped', async () => {
    const run = await open();
    await run.metrics({ stage: 'before', step: 7 });
    for (const step of [1, 2, 3]) {
      await run.metrics({ stage: 'zero', step, loss: step / 2 });
      await run.rollouts('zero', step, [sample]);
      if (step === 2) await save(run, step, 1);
    }
    await run.rollouts('zero', 10, [sample]);
    await run.rollouts('before', 7, [sample]);
    await run.close();
    await appendFile(join(dir, 'metrics.jsonl'), '{"stage":"zero","st');
    const again = await open();
    await again.rewindTo('zero', 2);
    await again.metrics({ stage: 'zero', step: 3 });
    expect((await rows()).map((r) => `${r.stage} ${r.step}`)).toEqual(['before 7', 'zero 1', 'zero 2', 'zero 3']);
    expect((await listRollouts(join(dir, 'rollouts'))).map((r) => `${r.stage} ${r.step}`)).toEqual(['before 7', 'zero 1', 'zero 2']);
    await again.rewindTo('zero');
    expect((await rows()).map((r) => r.stage)).toEqual(['before']);
    expect((await again.latest('zero'))?.step).toBeUndefined();
  });

  it('drop a last line that was cut short, also a long one, and one that is all there is', async () => {
    let run = await open();
    await run.metrics({ stage: 'zero', step: 1 });
    await run.close();
    await appendFile(join(dir, 'metrics.jsonl'), `{"text":"${'x'.repeat(200_000)}`);
    run = await open();
    await run.metrics({ stage: 'zero', step: 2 });
    expect((await rows()).map((r) => r.step)).toEqual([1, 2]);
    await run.close();
    await writeFile(join(dir, 'metrics.jsonl'), '{"torn');
    await open();
    expect(await readFile(join(dir, 'metrics.jsonl'), 'utf8')).toBe('');
  });

  it('hold null and the name for NaN and infinity, leave out what is absent, and keep integers and separators whole', async () => {
    const run = await open();
    await run.metrics({
      stage: 'zero',
      step: 0,
      loss: Number.NaN,
      kl: Number.NEGATIVE_INFINITY,
      'rewards/code/mean': undefined,
      zero: 0,
      nested: { a: [1, Number.NaN] },
    });
    await run.rollouts('zero', 1, [
      { ...sample, text: 'a\u2028b\nc', id: 9007199254740993n, logprobs: Float32Array.of(-0.5, Number.NEGATIVE_INFINITY) },
    ]);
    expect(await rows()).toEqual([
      { stage: 'zero', step: 0, loss: null, kl: null, zero: 0, nested: { a: [1, null] }, nonFinite: ['loss', 'kl', 'nested.a[1]'] },
    ]);
    const [row] = await readRollouts(join(dir, 'rollouts', 'zero-1.jsonl'));
    expect(row).toMatchObject({
      text: 'a\u2028b\nc',
      id: '9007199254740993',
      logprobs: [-0.5, null],
      nonFinite: ['logprobs[1]'],
      reward: null,
    });
  });

  it('rewind only to a checkpoint that is there', async () => {
    const run = await open();
    await save(run, 1, 1);
    await expect(run.rewindTo('zero', 2)).rejects.toThrow('no whole checkpoint zero-2');
  });
});

describe('RunDirectory.open', () => {
  it('refuses a second run while the first is at it', async () => {
    await open();
    await expect(open()).rejects.toThrow(`in use by process ${process.pid}`);
  });

  it('keeps the recipe that it has until another is prepared', async () => {
    const kept = () => readFile(join(dir, 'recipe.yaml'), 'utf8');
    await (await open()).close();
    const run = await open(recipeText.replace('steps: 20', 'steps: 30'));
    expect(await kept()).toBe(recipeText);
    await run.prepare('name: b\n', {}, []);
    expect(await kept()).toBe('name: b\n');
  });

  it('goes on from checkpoints of before stages had fingerprints, whatever the comments of the recipe', async () => {
    const run = await open();
    await save(run, 1, 1);
    await run.close();
    const state = join(dir, 'checkpoints', 'zero-1', 'state.json');
    const { owner, ...rest } = JSON.parse(await readFile(state, 'utf8'));
    await writeFile(state, JSON.stringify({ ...rest, recipe: owner }));
    expect((await (await open(recipeText.replace('seed: 1', 'seed: 1 # the same'))).latest('zero'))?.step).toBe(1);
  });

  it('refuses a directory that holds something else, and a path that a file is in the way of', async () => {
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'thesis.doc'), '');
    await expect(open()).rejects.toThrow(/holds something else \(thesis.doc\): give an empty or new directory with --out/);
    expect(await readdir(dir)).toEqual(['thesis.doc']);
    for (const bad of [join(dir, 'thesis.doc'), join(dir, 'thesis.doc', 'run'), '/proc/none/run']) {
      const refusal = RunDirectory.open({ dir: bad, recipeText });
      await expect(refusal).rejects.toThrow(InputError);
      await expect(refusal).rejects.toThrow('give another directory with --out');
    }
  });

  it('knows when the run was begun, on whatever day it is opened again', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2025-01-20T12:00:00Z') });
    try {
      const run = await open();
      await run.close();
      vi.setSystemTime(new Date('2025-01-21T12:00:00Z'));
      expect([run.began, (await open()).began]).toEqual(['2025-01-20T12:00:00.000Z', '2025-01-20T12:00:00.000Z']);
    } finally {
      vi.useRealTimers();
    }
  });

  it('removes what a killed process left unfinished', async () => {
    await (await open()).close();
    await mkdir(join(dir, 'checkpoints', '.new-zero-5'));
    await mkdir(join(dir, 'checkpoints', '.gone-zero-1'));
    await mkdir(join(dir, 'checkpoints', '.old-zero-4'));
    await writeFile(join(dir, 'rollouts', 'zero-1.jsonl.77.tmp'), '');
    await writeFile(join(dir, 'recipe.yaml.77.tmp'), '');
    for (const folder of ['evaluations/table/base-lab', 'data/cold', 'data/pairs.tmp']) {
      await mkdir(join(dir, folder), { recursive: true });
      for (const name of ['results.json', 'results.json.77.tmp']) await writeFile(join(dir, folder, name), '');
    }
    await open();
    for (const folder of ['evaluations/table/base-lab', 'data/cold']) expect(await readdir(join(dir, folder))).toEqual(['results.json']);
    expect(await readdir(join(dir, 'data'))).toEqual(['cold']);
    expect(await steps()).toEqual(['zero-4']);
    expect(await readdir(join(dir, 'rollouts'))).toEqual([]);
    const left = ['began.json', 'checkpoints', 'data', 'evaluations', 'lock', 'metrics.jsonl', 'recipe.yaml', 'rollouts'];
    expect((await readdir(dir)).sort()).toEqual(left);
  });
});

describe('finished stages', () => {
  it('are remembered with their result and checkpoint, unless that is gone', async () => {
    const run = await open();
    expect(await run.finished('zero')).toBeUndefined();
    await save(run, 20, 1);
    await run.finish('zero', { accuracy: 0.75 }, 20);
    await run.finish('score', { 'pass@1': 0 });
    await run.close();
    const again = await open();
    expect(await again.finished('zero')).toEqual({ step: 20, dir: join(dir, 'checkpoints', 'zero-20'), result: { accuracy: 0.75 } });
    expect(await again.finished('score')).toEqual({ result: { 'pass@1': 0 } });
    expect(await again.finished('constructor')).toBeUndefined();
    await rm(join(dir, 'checkpoints', 'zero-20'), { recursive: true });
    expect(await again.finished('zero')).toBeUndefined();
  });
});

describe('what a stage was begun from', () => {
  const record = (fingerprint: string) => ({ fingerprint, from: {} });

  it('binds its checkpoints, and no other stage is touched by it', async () => {
    const run = await open();
    await run.prepare(recipeText, { zero: record('a'), other: record('b') }, []);
    for (const stage of ['zero', 'other']) {
      run.begin(stage);
      await save(run, 1, 1, [], stage);
      await run.finish(stage, {}, 1);
    }
    await run.close();
    const again = await open();
    await again.prepare(recipeText, { zero: record('c') }, []);
    expect(await again.finished('other')).toMatchObject({ step: 1 });
    expect(await again.finished('zero')).toBeUndefined();
    again.begin('zero');
    expect(await again.latest('zero')).toBeUndefined();
    again.begin('other');
    expect(await again.latest('other')).toMatchObject({ step: 1 });
  });

  it('of several models holds for each: the stage is done where all of their last checkpoints are there', async () => {
    const run = await open();
    await save(run, 3, 1, [], 'students.small');
    await save(run, 4, 1, [], 'students.tiny');
    await run.finish('students', { of: 2 }, { small: 3, tiny: 4 });
    const at = (name: string) => join(dir, 'checkpoints', name);
    expect(await run.finished('students')).toEqual({
      parts: { small: at('students.small-3'), tiny: at('students.tiny-4') },
      result: { of: 2 },
    });
    await rm(at('students.tiny-4'), { recursive: true });
    expect(await run.finished('students')).toBeUndefined();
  });

  it('is forgotten with all that the stage and its parts left, and the rows of the others stay', async () => {
    const run = await open();
    for (const stage of ['zero', 'zero.part', 'zero-two', 'score']) {
      await run.metrics({ stage, step: 1 });
      await run.rollouts(stage, 1, [sample]);
      await save(run, 1, 1, [], stage);
      for (const folder of ['evaluations', 'data']) await mkdir(join(dir, folder, stage), { recursive: true });
      await run.finish(stage, {}, 1);
    }
    await run.prepare(recipeText, {}, ['zero']);
    await run.metrics({ stage: 'score', step: 2 });
    expect((await rows()).map(({ stage, step }) => `${stage} ${step}`)).toEqual(['zero-two 1', 'score 1', 'score 2']);
    expect(await steps()).toEqual(['score-1', 'zero-two-1']);
    expect((await readdir(join(dir, 'rollouts'))).sort()).toEqual(['score-1.jsonl', 'zero-two-1.jsonl']);
    for (const folder of ['evaluations', 'data']) expect((await readdir(join(dir, folder))).sort()).toEqual(['score', 'zero-two']);
    expect(await run.finished('zero')).toBeUndefined();
    expect(await run.finished('zero-two')).toMatchObject({ step: 1 });
  });
});

describe('what is there of a stage', () => {
  it('is also the end of one of its models, of which nothing else is kept', async () => {
    const run = await open();
    expect(await hasTraces(dir, 'thinking')).toBe(false);
    await run.finish('thinking.R1', {});
    expect(await hasTraces(dir, 'thinking')).toBe(true);
    expect(await hasTraces(dir, 'think')).toBe(false);
  });
});

describe('starts', () => {
  it('are told each on a line of its own, also after one that was cut short', async () => {
    const run = await open();
    await run.computedWith('two threads');
    await appendFile(join(dir, 'starts.jsonl'), '{"at":"2026-');
    await run.computedWith('four threads');
    expect((await readJsonLines(join(dir, 'starts.jsonl'))).map(({ machine }) => machine)).toEqual(['two threads', 'four threads']);
  });
});

describe('incidents', () => {
  it('are kept beside the run', async () => {
    const run = await open();
    const file = await run.incident('zero', 12, 'batch', { loss: Number.NaN, tokens: Int32Array.of(1, 2) });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ loss: null, tokens: [1, 2], nonFinite: ['loss'] });
  });
});

describe('resolveModel of a run', () => {
  it('is the newest whole checkpoint of the last stage that has one, and says so where there is none', async () => {
    const run = await open();
    await expect(resolveModel(dir)).rejects.toThrow('has no whole checkpoint yet');
    await save(run, 9, 5);
    await save(run, 10, 5);
    expect(await resolveModel(dir)).toBe(join(dir, 'checkpoints', 'zero-10'));
    await truncate(join(dir, 'checkpoints', 'zero-10', 'config.json'), 1);
    expect(await resolveModel(dir)).toBe(join(dir, 'checkpoints', 'zero-9'));
    expect(await resolveModel(join(dir, 'checkpoints', 'zero-9'))).toBe(join(dir, 'checkpoints', 'zero-9'));
    await expect(resolveModel(join(root, 'none'))).rejects.toThrow('there is nothing at');
  });

  it('is no reward model, which says nothing', async () => {
    const run = await open(`${recipeText}  helpful: { kind: reward_model }\n`);
    await save(run, 9, 1);
    await save(run, 3, 1, [], 'helpful');
    expect(await resolveModel(dir)).toBe(join(dir, 'checkpoints', 'zero-9'));
  });

  it('is the one student of a stage that distils; of several it names the directories', async () => {
    const run = await open('name: r\nstages:\n  students: { kind: distill, students: { small: lab:tiny, tiny: lab:tiny } }\n');
    await save(run, 5, 1, [], 'students.small');
    await save(run, 6, 1, [], 'students.small');
    const small = join(dir, 'checkpoints', 'students.small-6');
    expect(await resolveModel(dir)).toBe(small);
    await save(run, 6, 1, [], 'students.tiny');
    await expect(resolveModel(dir)).rejects.toThrow(
      `has several students; name one: ${small} or ${join(dir, 'checkpoints', 'students.tiny-6')}`,
    );
  });
});
