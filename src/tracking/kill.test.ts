// A run that is killed in any operation on files, halfway through it or just after it (which is before the next), and started again, ends with the same
// directory as one that was never killed. The file layer is wrapped so that from the chosen operation on nothing reaches the disk.
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { RunDirectory } from './runDirectory.ts';

type Moment = 'halfway' | 'after';
const fault = vi.hoisted(() => ({
  countdown: Number.POSITIVE_INFINITY,
  moment: 'after' as 'halfway' | 'after',
  dead: false,
  operations: 0,
}));

vi.mock('../platform/files.ts', async (original) => {
  const real = await original<typeof import('../platform/files.ts')>();
  const killed = () => Object.assign(new Error('killed'), { code: 'KILLED' });
  /** Runs one operation, or dies in it. */
  const step = async <T>(act: () => Promise<T>, halfway: () => Promise<unknown> = async () => {}): Promise<T> => {
    if (fault.dead) throw killed();
    fault.operations++;
    if (--fault.countdown > 0) return act();
    fault.dead = true;
    if (fault.moment === 'halfway') await halfway();
    if (fault.moment === 'after') await act();
    throw killed();
  };
  const half = (data: Uint8Array | string) => data.slice(0, data.length >> 1);
  return {
    ...real,
    // As the real one but for fsync, which a kill does not need and a thousand runs would wait for.
    writeTextAtomic: async (file: string, text: string) => {
      const temporary = `${file}.1.tmp`;
      await step(
        () => fs.writeFile(temporary, text),
        () => fs.writeFile(temporary, half(text)),
      );
      await step(() => fs.rename(temporary, file));
    },
    createExclusive: (file: string, text: string) => step(() => real.createExclusive(file, text)),
    truncate: (file: string, length: number) => step(() => real.truncate(file, length)),
    rename: (from: string, to: string) => step(() => fs.rename(from, to)),
    mkdir: (dir: string) => step(() => real.mkdir(dir)),
    remove: (file: string) =>
      step(
        () => real.remove(file),
        async () => {
          // A directory goes file by file: half of it is gone.
          const names = await fs.readdir(file).catch(() => []);
          for (const name of names.slice(0, Math.ceil(names.length / 2))) await real.remove(join(file, name));
        },
      ),
    openForWriting: async (file: string, options?: { append?: boolean }) => {
      if (fault.dead) throw killed();
      const handle = await real.openForWriting(file, options);
      return {
        ...handle,
        write: (data: Uint8Array | string) =>
          step(
            () => handle.write(data),
            () => handle.write(half(data)),
          ),
        sync: async () => {},
        close: () => handle.close(),
      };
    },
  };
});

const next = (weights: string, step: number) => createHash('sha256').update(`${weights}:${step}`).digest('hex');

const recipeText = 'name: a\nstages: {zero: {kind: rl}}\n';

/** A stage in small: weights that depend on every step, a row and a rollout for each, and now and then a second row. */
async function train(dir: string, anew = false): Promise<void> {
  const run = await RunDirectory.open({ dir, recipeText });
  try {
    if (anew) await run.prepare(recipeText, {}, ['zero']);
    if ((await run.finished('zero')) !== undefined) return;
    const from = await run.latest('zero');
    await run.rewindTo('zero', from?.step);
    let weights = from ? await fs.readFile(join(from.dir, 'model.txt'), 'utf8') : 'base';
    for (let step = (from?.step ?? 0) + 1; step <= 4; step++) {
      weights = next(weights, step);
      await run.rollouts('zero', step, [
        {
          prompt: 'p',
          sample: 0,
          text: weights,
          tokens: 1,
          rewards: { a: 1 },
          reward: 1,
          advantage: 0,
          version: step - 1,
          stopReason: 'stop',
        },
      ]);
      await run.metrics({ stage: 'zero', step, weights });
      if (step % 3 === 1) await run.metrics({ stage: 'zero', step, heldOut: weights.length });
      if (step % 2 === 0) {
        const now = weights;
        const { writeTextAtomic, mkdir } = await import('../platform/files.ts');
        await run.checkpoint(
          'zero',
          step,
          { step },
          async (checkpoint) => {
            await writeTextAtomic(join(checkpoint, 'model.txt'), now);
            await mkdir(join(checkpoint, 'reference'));
            await writeTextAtomic(join(checkpoint, 'reference', 'model.txt'), `${now} once more`);
          },
          { keep: 1 },
        );
      }
    }
    await run.finish('zero', { weights }, 4);
  } finally {
    await run.close().catch(() => {});
  }
}

/** Every file of a directory with its text. */
async function contents(dir: string): Promise<Record<string, string>> {
  const names = (await fs.readdir(dir, { recursive: true })).sort();
  const found: Record<string, string> = {};
  for (const name of names) if ((await fs.stat(join(dir, name))).isFile()) found[name] = await fs.readFile(join(dir, name), 'utf8');
  // The one thing that is of the clock.
  found['began.json'] = found['began.json']?.replace(/\d/g, '0');
  return found;
}

async function killedAt(countdown: number, moment: Moment, dir: string, anew = false): Promise<void> {
  Object.assign(fault, { countdown, moment, dead: false });
  await expect(train(dir, anew)).rejects.toThrow('killed');
  Object.assign(fault, { countdown: Number.POSITIVE_INFINITY, dead: false });
  // The lock is that of a process that is no more.
  if (await fs.stat(join(dir, 'lock')).catch(() => undefined)) await fs.writeFile(join(dir, 'lock'), '{"pid":1,"start":"another","host":"');
}

describe('a run killed and started again', () => {
  it('ends with the same directory, whatever the operation it was killed in', async () => {
    const root = await fs.mkdtemp(join(tmpdir(), 'kill-'));
    await train(join(root, 'whole'));
    const operations = fault.operations;
    const expected = await contents(join(root, 'whole'));
    expect(operations).toBeGreaterThan(40);
    expect(Object.keys(expected)).toContain('checkpoints/zero-4/reference/model.txt');
    expect(Object.keys(expected).filter((name) => name.endsWith('state.json'))).toHaveLength(1);
    // The last operation gives back the lock: the work is done before it.
    for (let k = 1; k < operations; k++) {
      // Halfway through what is not written piecemeal is before it, which is after the one before: both only now and then.
      const moments: Moment[] = k % 4 === 0 ? ['halfway', 'after'] : ['halfway'];
      for (const moment of moments) {
        const dir = join(root, 'killed');
        await killedAt(k, moment, dir);
        await train(dir);
        expect(await contents(dir), `killed ${moment} operation ${k}`).toEqual(expected);
        await fs.rm(dir, { recursive: true });
      }
    }
    await fs.rm(root, { recursive: true });
  }, 30_000);

  it('ends the same after being killed again and again while it recovers', async () => {
    const root = await fs.mkdtemp(join(tmpdir(), 'kill-'));
    await train(join(root, 'whole'));
    const dir = join(root, 'killed');
    for (const k of [20, 7, 9, 11, 13, 12, 15, 25, 8]) await killedAt(k, 'halfway', dir);
    await train(dir);
    expect(await contents(dir)).toEqual(await contents(join(root, 'whole')));
    await fs.rm(root, { recursive: true });
  });

  it('while it takes away what is to be done anew: from whatever is left it ends with the same directory', async () => {
    const root = await fs.mkdtemp(join(tmpdir(), 'kill-'));
    const [whole, dir] = [join(root, 'whole'), join(root, 'killed')];
    await train(whole);
    const expected = await contents(whole);
    let taken = 0;
    for (let k = 4; k <= 24; k++) {
      await fs.cp(whole, dir, { recursive: true });
      await killedAt(k, k % 2 === 0 ? 'halfway' : 'after', dir, true);
      const left = await contents(dir);
      if (left['finished.json'] === '{}\n' && Object.keys(left).some((name) => name.startsWith('rollouts'))) taken++;
      await train(dir);
      expect(await contents(dir), `killed in operation ${k}`).toEqual(expected);
      await fs.rm(dir, { recursive: true });
    }
    expect(taken).toBeGreaterThan(5);
    await fs.rm(root, { recursive: true });
  }, 30_000);
});
