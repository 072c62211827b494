// A run's directory on a file system that is really full: every writer says so, nothing is half written, and when there is room again
// everything goes on. (diskFull.test.ts has the same with faults put where a kernel seldom puts them.)

import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeNeeding } from '../testing/need.ts';
import { rolloutRow } from '../testing/rolloutRow.ts';
import { type SmallDisk, smallDisks } from '../testing/smallDisk.ts';
import { readJsonLines } from './jsonLines.ts';
import { RunDirectory } from './runDirectory.ts';

describeNeeding(smallDisks(), 'a full file system', (newDisk) => {
  let disk: SmallDisk;
  beforeAll(() => {
    disk = newDisk(1024);
  });
  afterAll(() => disk.remove());

  // Larger than a page, so that a part of it is written before the disk is full.
  const large = 'x'.repeat(20_000);
  const row = (step: number) => ({ stage: 'zero', step, text: large });
  const sample = { ...rolloutRow, text: large };

  it('stops each writer with words and leaves nothing half written; with room again the run goes on', async () => {
    const dir = join(disk.dir, 'run');
    const run = await RunDirectory.open({ dir, recipeText: 'name: a\n' });
    const save = (step: number) =>
      run.checkpoint('zero', step, { step }, async (to) => writeFileSync(join(to, 'model'), `${step} ${large}`), { keep: 1 });
    await run.metrics(row(1));
    await save(1);
    const size = statSync(join(dir, 'metrics.jsonl')).size;

    const makeRoom = disk.fill(8192);
    const keeps = 'The last checkpoint is whole. Make room and give the same command again';
    await expect(run.metrics(row(2))).rejects.toThrow(`the disk is full: the metrics of step 2 could not be written. ${keeps}`);
    await expect(run.rollouts('zero', 2, [sample])).rejects.toThrow(
      `the disk is full: the rollouts of step 2 could not be written. ${keeps}`,
    );
    await expect(run.incident('zero', 2, 'batch', { large })).rejects.toThrow(
      /^the disk is full: .*zero-2-batch\.json could not be written/,
    );
    await expect(save(2)).rejects.toThrow(/^the disk is full: checkpoint .*zero-2 could not be written\. Earlier checkpoints are whole/);
    await expect(run.finish('zero', large)).rejects.toThrow('the disk is full: the end of stage zero could not be written');
    expect(statSync(join(dir, 'metrics.jsonl')).size).toBe(size);
    expect(readdirSync(join(dir, 'checkpoints'))).toEqual(['zero-1']);
    for (const folder of ['rollouts', 'incidents']) expect(readdirSync(join(dir, folder))).toEqual([]);
    expect(readdirSync(dir)).not.toContain('finished.json');
    expect((await run.latest('zero'))?.step).toBe(1);

    // Not a byte more: neither this run nor another can be opened, and neither leaves anything.
    await run.close();
    makeRoom();
    const makeAllRoom = disk.fill(0);
    await expect(RunDirectory.open({ dir, recipeText: 'name: a\n' })).rejects.toThrow(`the disk is full: nothing can be written in ${dir}`);
    const other = join(disk.dir, 'other');
    await expect(RunDirectory.open({ dir: other, recipeText: 'name: b\n' })).rejects.toThrow(/^the disk is full: nothing can be written/);

    makeAllRoom();
    const again = await RunDirectory.open({ dir, recipeText: 'name: a\n' });
    expect((await again.latest('zero'))?.state).toEqual({ step: 1 });
    await again.rewindTo('zero', 1);
    await again.metrics(row(2));
    expect((await readJsonLines(join(dir, 'metrics.jsonl'))).map(({ step }) => step)).toEqual([1, 2]);
    await again.close();
    await (await RunDirectory.open({ dir: other, recipeText: 'name: b\n' })).close();
  });
});
