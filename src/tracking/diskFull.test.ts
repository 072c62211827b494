// A disk that fills up in the middle of a row or a file: the error says so, and nothing is half written.
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { readJsonLines } from './jsonLines.ts';
import { RunDirectory } from './runDirectory.ts';

const disk = vi.hoisted(() => ({ full: false, noticesLate: false }));
vi.mock('../platform/files.ts', async (original) => {
  const real = await original<typeof import('../platform/files.ts')>();
  const noSpace = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  return {
    ...real,
    writeTextAtomic: async (file: string, text: string) => {
      if (disk.full) throw noSpace();
      return real.writeTextAtomic(file, text);
    },
    openForWriting: async (file: string, options?: { append?: boolean }) => {
      const handle = await real.openForWriting(file, options);
      return {
        ...handle,
        async write(data: Uint8Array | string) {
          await handle.write(disk.full ? data.slice(0, data.length >> 1) : data);
          if (disk.full) throw noSpace();
        },
        async sync() {
          if (disk.noticesLate) throw noSpace();
          await handle.sync();
        },
      };
    },
  };
});

it('a full disk stops the run with words, and the directory can be gone on with', async () => {
  const root = await fs.mkdtemp(join(tmpdir(), 'full-'));
  const run = await RunDirectory.open({ dir: join(root, 'run'), recipeText: 'name: a\n' });
  await run.metrics({ stage: 'zero', step: 1 });
  disk.full = true;
  await expect(run.metrics({ stage: 'zero', step: 2 })).rejects.toThrow(
    'the disk is full: the metrics of step 2 could not be written. The last checkpoint is whole. Make room',
  );
  await expect(run.rollouts('zero', 2, [])).rejects.toThrow('the rollouts of step 2 could not be written');
  await expect(run.checkpoint('zero', 2, {}, async () => {}, { keep: 1 })).rejects.toThrow('the disk is full: checkpoint');
  await expect(run.finish('zero', {})).rejects.toThrow('the disk is full');
  disk.full = false;
  disk.noticesLate = true;
  for (const write of [() => run.checkpoint('zero', 2, {}, async () => {}, { keep: 1 }), () => run.finish('zero', {})])
    await expect(write()).rejects.toThrow(/^the disk is full: .*metrics\.jsonl could not be written\. The last checkpoint is whole/);
  disk.noticesLate = false;
  await run.metrics({ stage: 'zero', step: 2 });
  expect((await readJsonLines(join(root, 'run', 'metrics.jsonl'))).map((r) => r.step)).toEqual([1, 2]);
  expect(await fs.readdir(join(root, 'run', 'checkpoints'))).toEqual([]);
  expect(await fs.readdir(join(root, 'run', 'rollouts'))).toEqual([]);
  await run.close();
  disk.full = true;
  await expect(RunDirectory.open({ dir: join(root, 'other'), recipeText: 'name: b\n' })).rejects.toThrow(
    'the disk is full: nothing can be written',
  );
  await fs.rm(root, { recursive: true });
});
