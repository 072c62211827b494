// What a repository of the hub holds: the commit that a branch stands at, and a commit's files with their sizes and hashes.

import { z } from 'zod';
import { InputError } from './errors.ts';
import { type HubAccess, type HubRepo, HubUnreachable, reasonOf } from './hubAccess.ts';
import type { HubFile } from './hubBlob.ts';

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const fileSchema = z.object({ path: z.string(), size: z.int().min(0), oid: hex(40), sha256: hex(64).optional() });

/** A path by which, on any system, no file outside of the repository's directory can be meant. */
const safePath = /^(?!.*(?:^|\/)(?:\.{0,2}|[A-Za-z]:[^/]*)(?:\/|$))[^\\\0]+$/;

export function isCommit(text: unknown): text is string {
  return typeof text === 'string' && hex(40).safeParse(text).success;
}

/** @throws HubUnreachable, or InputError where there is no such repository or revision */
export async function currentCommit(repo: HubRepo, hub: HubAccess): Promise<string> {
  const { datasetInfo, modelInfo } = await import('@huggingface/hub');
  const question = { name: repo.name, revision: repo.revision ?? 'main', hubUrl: hub.endpoint, fetch: hub.fetch };
  const { sha } = await answer(hub, () =>
    repo.type === 'model' ? modelInfo({ ...question, additionalFields: ['sha'] }) : datasetInfo({ ...question, additionalFields: ['sha'] }),
  );
  if (!isCommit(sha)) throw new HubUnreachable(`${hub.endpoint} does not answer as a hub does (it tells no commit)`);
  return sha;
}

/** All files of a commit; one whose path leads elsewhere is left out. @throws HubUnreachable, InputError */
export async function listedFiles(repo: HubRepo, commit: string, hub: HubAccess): Promise<HubFile[]> {
  const { listFiles } = await import('@huggingface/hub');
  return answer(hub, async () => {
    const found: unknown[] = [];
    for await (const entry of listFiles({ repo, revision: commit, recursive: true, hubUrl: hub.endpoint, fetch: hub.fetch })) {
      const { type, path, size, oid, lfs } = entry;
      if (type === 'file' && safePath.test(path)) found.push({ path, size: lfs?.size ?? size, oid, sha256: lfs?.oid });
    }
    return z.array(fileSchema).parse(found);
  });
}

/** The list that was kept as JSON; undefined where there is none. */
export function keptList(json: string | undefined): HubFile[] | undefined {
  try {
    return z.array(fileSchema).parse(JSON.parse(json ?? ''));
  } catch {
    return undefined;
  }
}

/** An answer that is not a hub's (a network's login page, a proxy's) counts as none. */
async function answer<T>(hub: HubAccess, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new HubUnreachable(`${hub.endpoint} does not answer as a hub does (${reasonOf(error).split('\n')[0]})`);
  }
}
