// A small file system of its own, for tests of what happens where a disk is really full: a tmpfs. Only root may mount one, and not in
// every container; where that is so the tests say it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Need } from './need.ts';

export interface SmallDisk {
  /** Where it is mounted. */
  dir: string;
  /** Changes its size, its files stay. */
  resize(kilobytes: number): void;
  /** Leaves room for `bytes` (whole pages of 4096) and no more; returns the end of that. */
  fill(bytes: number): () => void;
  remove(): void;
}

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function mounted(kilobytes: number): SmallDisk | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'thinkling-disk-'));
  if (!succeeds('mount', '-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', dir)) {
    rmdirSync(dir);
    return undefined;
  }
  return {
    dir,
    resize(size) {
      if (!succeeds('mount', '-o', `remount,size=${size}k`, dir)) throw new Error(`${dir} could not be made ${size} kB large`);
    },
    fill(bytes) {
      const file = join(dir, 'filling');
      const { bavail, bsize } = statfsSync(dir);
      writeFileSync(file, new Uint8Array(bavail * bsize - bytes));
      return () => {
        // Also where nothing more can be written.
        truncateSync(file);
        rmSync(file);
      };
    },
    remove() {
      succeeds('umount', '-l', dir);
      rmdirSync(dir);
    },
  };
}

/** Makes a disk of so many kilobytes; remove it when done. */
type MakeSmallDisk = (kilobytes: number) => SmallDisk;

export function smallDisks(): Need<MakeSmallDisk> {
  const probe = process.platform === 'linux' && process.getuid?.() === 0 ? mounted(64) : undefined;
  probe?.remove();
  return {
    what: 'a file system that it may fill',
    found: probe && ((kilobytes) => mounted(kilobytes) as SmallDisk),
    mend: 'run it as root on Linux, where it may mount a tmpfs (a container needs CAP_SYS_ADMIN for that)',
  };
}
