import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { isRunning, thisProcess } from '../platform/process.ts';
import { takeLock } from './lock.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lock-'));
});
afterEach(() => rm(dir, { recursive: true }));

describe('takeLock', () => {
  it('refuses while a living process holds it, naming its id and the mend', async () => {
    const release = await takeLock(dir);
    const refusal = takeLock(dir);
    await expect(refusal).rejects.toThrow(InputError);
    await expect(refusal).rejects.toThrow(`in use by process ${process.pid}: wait for it or stop it, or give another directory with --out`);
    await release();
    expect(await readdir(dir)).toEqual([]);
    await (await takeLock(dir))();
  });

  it('takes over the lock of a process that is dead', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await writeFile(join(dir, 'lock'), JSON.stringify({ pid, host: hostname() }));
    const release = await takeLock(dir);
    expect(JSON.parse(await readFile(join(dir, 'lock'), 'utf8')).pid).toBe(process.pid);
    await release();
  });

  it('takes over the lock of an earlier process that had the very same id', async () => {
    const me = await thisProcess();
    if (me.start === undefined) return; // only Linux tells when a process began
    await writeFile(join(dir, 'lock'), JSON.stringify({ ...me, start: 'an earlier boot:1' }));
    await (await takeLock(dir))();
  });

  it('takes over a lock that was cut short, and leaves alone one of another machine', async () => {
    await writeFile(join(dir, 'lock'), '{"pid":');
    await (await takeLock(dir))();
    await writeFile(join(dir, 'lock'), JSON.stringify({ pid: 5, host: 'elsewhere' }));
    await expect(takeLock(dir)).rejects.toThrow(/process 5 on elsewhere.*If it no longer runs, remove .*lock/);
  });

  it('goes to one only of many who find a dead holder at the same moment', async () => {
    await writeFile(join(dir, 'lock'), 'x');
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(dir)));
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
  });

  it('is not given back by one who has lost it', async () => {
    const release = await takeLock(dir);
    await writeFile(join(dir, 'lock'), 'another');
    await release();
    expect(await readFile(join(dir, 'lock'), 'utf8')).toBe('another');
  });
});

describe('isRunning', () => {
  it('is true of this process and of others that live, false of the dead', async () => {
    expect(await isRunning(await thisProcess())).toBe(true);
    expect(await isRunning({ pid: process.ppid, host: hostname() })).toBe(true);
    expect(await isRunning({ pid: spawnSync(process.execPath, ['-e', '']).pid, host: hostname() })).toBe(false);
  });
});
