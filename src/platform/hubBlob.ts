// One file of the hub into the cache: under another name until it is whole and has the hash that the hub lists, going on from what an
// earlier try left, one process at a time.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pause } from './clock.ts';
import { InputError } from './errors.ts';
import * as files from './files.ts';
import { HubUnreachable, reasonOf } from './hubAccess.ts';
import { tryLock } from './lock.ts';

export interface HubFile {
  /** In the repository, with `/`. */
  path: string;
  /** Bytes. */
  size: number;
  /** Git's: SHA-1 of `blob <size>\0` and the contents, or of the pointer where the contents lie in LFS. */
  oid: string;
  /** Of the contents, where they lie in LFS (weights do). */
  sha256?: string;
}

export interface BlobListener {
  note(message: string): void;
  /** So many bytes more are here. */
  bytes(count: number): void;
}

type Opener = (from: number) => Promise<Response>;

/** A connection that breaks is made again; after so many times without one byte more, the download ends. */
const BREAKS = 5;
const LOCK_POLL_MS = 300;

/**
 * The file's contents at `target`. Nothing is done where another process has got them meanwhile.
 * @param open asks the hub for the contents from a byte on
 * @throws InputError where `open` does, the connection keeps breaking (what came is kept), or the contents are not those listed (nothing is kept)
 */
export async function downloadBlob(target: string, file: HubFile, open: Opener, listener: BlobListener): Promise<void> {
  // Not `.incomplete` alone: that is huggingface_hub's, which locks in another way than Node can.
  const partial = `${target}.thinkling.incomplete`;
  const release = await lockOf(`${target}.thinkling.lock`, file, listener);
  try {
    if (await hasSize(target, file.size)) listener.bytes(file.size);
    else {
      await complete(partial, file, open, listener);
      await files.rename(partial, target);
    }
  } finally {
    await release();
  }
}

/** Whether a file of this size is there. */
export async function hasSize(path: string, size: number): Promise<boolean> {
  return (await files.isFile(path)) && (await files.size(path)) === size;
}

async function complete(partial: string, file: HubFile, open: Opener, listener: BlobListener): Promise<void> {
  const hash = file.sha256 ? createHash('sha256') : createHash('sha1').update(`blob ${file.size}\0`);
  const out = await files.openForWriting(partial, { append: true });
  let have = 0;
  const count = (chunk: Uint8Array): void => {
    hash.update(chunk);
    have += chunk.length;
    listener.bytes(chunk.length);
  };
  try {
    for await (const chunk of createReadStream(partial)) count(chunk as Uint8Array);
    let from = have;
    for (let breaks = 0; have < file.size; ) {
      try {
        for await (const chunk of rest(open, have, file.size)) {
          await out.write(chunk);
          count(chunk);
        }
      } catch (error) {
        if (!(error instanceof Broken)) throw error;
        breaks = have > from ? 1 : breaks + 1;
        from = have;
        if (breaks === 1)
          listener.note(`${file.path}: the connection broke (${error.message}) after ${have} of ${file.size} bytes; trying again`);
        if (breaks > BREAKS)
          throw new HubUnreachable(
            `${file.path}: the connection keeps breaking (${error.message}) after ${have} of ${file.size} bytes, which are kept: the same command goes on from there`,
          );
        await pause(250 * 2 ** breaks);
      }
    }
    await out.sync();
  } finally {
    await out.close();
  }
  const digest = hash.digest('hex');
  if (have === file.size && digest === (file.sha256 ?? file.oid)) return;
  await files.remove(partial);
  throw new InputError(
    `${file.path}: what came is not what the hub lists (${have} bytes with hash ${digest}; it should be ${file.size} with ${file.sha256 ?? file.oid}), so it was not kept; try again`,
  );
}

class Broken extends Error {}

/** The file's bytes from `start` on. */
async function* rest(open: Opener, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = start;
  try {
    const { status, body } = await open(start);
    // Where the server heeds no range, all of it comes.
    let known = status === 206 ? 0 : start;
    for await (const chunk of body ?? []) {
      const fresh = chunk.subarray(known);
      known -= chunk.length - fresh.length;
      at += fresh.length;
      yield fresh;
      // More than there should be: the hash will tell.
      if (at > end) return;
    }
  } catch (error) {
    if (error instanceof InputError && !(error instanceof HubUnreachable)) throw error;
    throw new Broken(reasonOf(error));
  }
  if (at < end) throw new Broken('it ended early');
}

async function lockOf(lock: string, file: HubFile, listener: BlobListener): Promise<() => Promise<void>> {
  for (let told = false; ; told = true) {
    const attempt = await tryLock(lock);
    if (attempt.release) return attempt.release;
    if (!told)
      listener.note(`${file.path}: ${attempt.holder ?? 'another process'} is downloading it; waiting (if none is, remove ${lock})`);
    await pause(LOCK_POLL_MS);
  }
}
