// Files of a Hugging Face repository, downloaded once into the cache that all its programs share (huggingface_hub's layout: refs/ tell a
// branch's commit, snapshots/<commit>/ hold links into blobs/). What is cached serves without a network.

import { link, readdir, symlink } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { InputError } from './errors.ts';
import * as files from './files.ts';
import { type HubAccess, type HubRepo, HubUnreachable, hubAccess, reasonOf } from './hubAccess.ts';
import { downloadBlob, type HubFile, hasSize } from './hubBlob.ts';
import { hubListener } from './hubListener.ts';
import { currentCommit, isCommit, keptList, listedFiles } from './hubListing.ts';

/** A path on the hub in one of its own folders, which no owner can be called: not the name of a repository. */
export const hubsOwn = /^(models|datasets|spaces|buckets|kernels|api)\//;

/** @param brought where a file of the repository lies on this machine; it is downloaded for that */
type Choose = (paths: string[], brought: (path: string) => Promise<string>) => MaybeLater<string[]>;

/**
 * The directory that holds the chosen files of a repository at its revision, below their paths in it. What is not in the cache is downloaded.
 * @param choose which ones, of the paths of all files; may look into one of them first, and throw an InputError about what there is
 * @returns the directory (others' files of the same commit may lie there too) and the chosen paths
 * @throws InputError naming the repository and the mend: no such one, no right to it, not cached and no network, bytes that are not those listed
 */
export async function hubFiles(repo: HubRepo, choose: Choose): Promise<{ dir: string; paths: string[] }> {
  const { getRepoFolderName } = await import('@huggingface/hub');
  const revision = repo.revision ?? 'main';
  // It becomes a path below refs/. Git allows none of what is refused, or next to none.
  if (!/^[\w+-][\w.+-]*(\/[\w+-][\w.+-]*)*$/.test(revision))
    throw new InputError(`${repo.name}: "${revision}" is no revision: give a branch, a tag or a commit`);
  const hub = await hubAccess(repo);
  const folder = join(hub.cacheDir, getRepoFolderName(repo));
  const cachedOf = orCached(repo, hub);

  const ref = join(folder, 'refs', revision);
  const commit = isCommit(revision)
    ? revision
    : await cachedOf(
        () => currentCommit(repo, hub),
        async () => (await textOf(ref))?.trim(),
      );
  const dir = join(folder, 'snapshots', commit);
  // A commit's files never change. Their list is kept, for a snapshot does not tell whether it is whole.
  const list = join(folder, '.thinkling', `${commit}.json`);
  const known = keptList(await textOf(list));
  const all =
    known ??
    (await cachedOf<Listed[]>(
      () => listedFiles(repo, commit, hub),
      () => snapshotFiles(dir),
    ));
  const bring = async (paths: readonly string[]): Promise<void> => {
    const missing: HubFile[] = [];
    for (const file of all)
      if (isHubFile(file) && paths.includes(file.path) && !(await hasSize(join(dir, file.path), file.size))) missing.push(file);
    if (missing.length > 0)
      await cachedOf(
        () => download(repo, commit, missing, folder, hub),
        async () => undefined,
      );
  };
  const brought = async (path: string): Promise<string> => {
    await bring([path]);
    return join(dir, path);
  };
  const paths = await chosen(all, (known) => choose(known, brought), hub);
  await bring(paths);
  const listed = all.filter(isHubFile);
  if (!known && listed.length > 0) await keep(list, JSON.stringify(listed));
  // Last, so that a branch never leads to a commit of which nothing came while an earlier one was whole.
  if (!isCommit(revision) && (await textOf(ref)) !== commit) await keep(ref, commit);
  return { dir, paths };
}

/** Of a snapshot that another program made, nothing but its paths is known. */
type Listed = HubFile | { path: string };

function isHubFile(file: Listed): file is HubFile {
  return 'size' in file;
}

type MaybeLater<T> = T | Promise<T>;

async function chosen(
  all: readonly Listed[],
  choose: (paths: string[]) => MaybeLater<string[]>,
  { cacheDir }: HubAccess,
): Promise<string[]> {
  try {
    return await choose(all.map(({ path }) => path));
  } catch (error) {
    if (!(error instanceof InputError) || all.every(isHubFile)) throw error;
    throw new InputError(`${error.message}. This is what the cache ${cacheDir} has of it, for the hub cannot be asked: there may be more`);
  }
}

/** Asks the hub; where that cannot be, takes what is cached. */
function orCached(repo: HubRepo, hub: HubAccess) {
  let told = hub.offline;
  return async <T>(ask: () => Promise<T>, cached: () => Promise<T | undefined>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof HubUnreachable)) throw error;
      const value = await cached();
      if (value === undefined) {
        const mend = hub.offline ? 'Unset HF_HUB_OFFLINE' : 'Connect to the network, set HF_ENDPOINT to a mirror within reach';
        throw new InputError(
          `${repo.name} is not in the cache ${hub.cacheDir}, or not all of it, and ${error.message}. ${mend}, or give the path of a copy`,
        );
      }
      if (!told) hubListener().note(`${repo.name}: ${error.message}; what is in the cache is taken`);
      told = true;
      return value;
    }
  };
}

async function download(repo: HubRepo, commit: string, missing: readonly HubFile[], folder: string, hub: HubAccess): Promise<void> {
  if (hub.offline) throw new HubUnreachable(`HF_HUB_OFFLINE forbids asking ${hub.endpoint} for ${missing[0].path}`);
  const total = missing.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const bytes = (count: number): void => {
    done += count;
    hubListener().bytes(repo.name, done, total);
  };
  bytes(0);
  try {
    await files.mkdir(join(folder, 'blobs'));
    for (const file of missing) {
      const blob = join(folder, 'blobs', file.sha256 ?? file.oid);
      await downloadBlob(blob, file, (from) => fileFrom(repo, commit, file.path, hub, from), {
        note: (message) => hubListener().note(`${repo.name}: ${message}`),
        bytes,
      });
      await point(join(folder, 'snapshots', commit, file.path), blob);
    }
  } catch (error) {
    if (files.isCode(error, 'ENOSPC'))
      throw new InputError(
        `${repo.name}: the disk is full, ${total - done} bytes are still to come into the cache ${hub.cacheDir}: make room there, or set HF_HOME to a folder on another disk; what came is kept`,
      );
    if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].some((code) => files.isCode(error, code)))
      throw new InputError(
        `${repo.name}: nothing can be written to the cache ${hub.cacheDir} (${reasonOf(error)}): set HF_HOME to a folder of yours`,
      );
    throw error;
  } finally {
    hubListener().end();
  }
}

/**
 * A file's contents from a byte on. Not by the library: its download into the cache starts each file anew, mixes what two processes
 * write and checks no hash; and what it reads in parts it asks for in a way that turns refusals into text.
 */
async function fileFrom(repo: HubRepo, commit: string, path: string, hub: HubAccess, from: number): Promise<Response> {
  const name = path.split('/').map(encodeURIComponent).join('/');
  // Not compressed on the way: a range counts the bytes of the file.
  const headers = { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
  return hub.fetch(`${hub.endpoint}/${repo.type === 'dataset' ? 'datasets/' : ''}${repo.name}/resolve/${commit}/${name}`, { headers });
}

let pointers = 0;

/** Makes `pointer` lead to `blob`, at once, whatever was there. */
async function point(pointer: string, blob: string): Promise<void> {
  await files.mkdir(dirname(pointer));
  const fresh = `${pointer}.${process.pid}.${pointers++}.tmp`;
  // Where symbolic links need a right that few have (Windows), a second name of the same file takes no more room.
  await symlink(relative(dirname(pointer), blob), fresh).catch(() => link(blob, fresh));
  await files.rename(fresh, pointer);
}

async function snapshotFiles(dir: string): Promise<Listed[] | undefined> {
  if (!(await files.isDirectory(dir))) return undefined;
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => relative(dir, join(parentPath, name)));
  return paths.length === 0 ? undefined : paths.map((path) => ({ path: path.split(sep).join('/') }));
}

/** For the next time only: a cache that may be read and not written serves as well. */
async function keep(file: string, text: string): Promise<void> {
  try {
    await files.mkdir(dirname(file));
    await files.writeTextAtomic(file, text);
  } catch {}
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await files.readText(file);
  } catch {
    return undefined;
  }
}
