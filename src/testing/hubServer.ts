// A Hugging Face hub on this machine, for tests: it speaks the part of the hub's HTTP that a download uses, with the store for large files
// on an origin of its own, as the hub has it. Faults are put in on purpose: cut and halting connections, changed bytes, a token asked for.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubRequest {
  at: 'hub' | 'store';
  url: string;
  range?: string;
  authorization?: string;
}

export interface HubServer {
  url: string;
  requests: HubRequest[];
  /** Makes a commit, and lets the branch stand at it. @param id `owner/name` or `datasets/owner/name` @returns the commit */
  push(id: string, files: Record<string, string | Uint8Array>, branch?: string): string;
  /** Where set, nothing is told without it. */
  token?: string;
  /** These repositories are told of, but not their files. */
  gated: Set<string>;
  /** What the next answer with this file's contents does: break after so many bytes (and go down), wait there until something has happened, change a byte. */
  faults: Map<string, { cutAfter?: number; goDown?: boolean; holdAfter?: number; until?: Promise<unknown>; corrupt?: boolean }>;
  /** Contents come whole, whatever part was asked for. */
  noRanges: boolean;
  /** Every connection breaks. */
  down: boolean;
  /** Every answer is this page. */
  loginPage?: string;
  close(): Promise<void>;
}

interface StoredFile {
  bytes: Buffer;
  oid: string;
  lfs?: string;
}

const large = /\.(safetensors|gguf|parquet|bin)$/;
/** The list of files comes in pages of so many. */
const PAGE = 4;
const sha = (kind: 'sha1' | 'sha256', ...parts: (string | Uint8Array)[]): string =>
  parts.reduce<ReturnType<typeof createHash>>((hash, part) => hash.update(part), createHash(kind)).digest('hex');
const gitOid = (bytes: Buffer): string => sha('sha1', `blob ${bytes.length}\0`, bytes);

export async function startHub(): Promise<HubServer> {
  const repos = new Map<string, { branches: Map<string, string>; commits: Map<string, Map<string, StoredFile>> }>();
  const stored = new Map<string, { path: string; bytes: Buffer }>();
  const servers = [createServer((q, r) => hub(q, r)), createServer((q, r) => store(q, r))];
  const [url, storeUrl] = await Promise.all(servers.map(listen));
  const self: HubServer = {
    url,
    requests: [],
    gated: new Set(),
    noRanges: false,
    down: false,
    faults: new Map(),
    push(id, files, branch = 'main') {
      const repo = repos.get(id) ?? { branches: new Map(), commits: new Map() };
      repos.set(id, repo);
      const tree = new Map(
        Object.entries(files).map(([path, contents]): [string, StoredFile] => {
          const bytes = Buffer.from(contents);
          if (!large.test(path)) return [path, { bytes, oid: gitOid(bytes) }];
          const lfs = sha('sha256', bytes);
          stored.set(lfs, { path, bytes });
          const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${lfs}\nsize ${bytes.length}\n`;
          return [path, { bytes, oid: gitOid(Buffer.from(pointer)), lfs }];
        }),
      );
      const commit = sha('sha1', id, ...[...tree].map(([path, { oid }]) => `${path} ${oid}\n`));
      repo.commits.set(commit, tree);
      repo.branches.set(branch, commit);
      return commit;
    },
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };

  const note = (at: HubRequest['at'], { url: path = '', headers }: IncomingMessage): void =>
    void self.requests.push({ at, url: path, range: headers.range, authorization: headers.authorization });

  function hub(request: IncomingMessage, response: ServerResponse): unknown {
    if (self.down) return request.socket.destroy();
    note('hub', request);
    if (self.loginPage !== undefined) return response.setHeader('content-type', 'text/html').end(self.loginPage);
    const asked = new URL(request.url ?? '', url);
    const refuse = (status: number, code: string, error: string): unknown =>
      response.writeHead(status, { 'content-type': 'application/json', 'x-error-code': code }).end(JSON.stringify({ error }));
    const given = request.headers.authorization;
    if (given !== undefined && given !== `Bearer ${self.token}`) return refuse(401, '', 'Invalid credentials in Authorization header');
    const [, api, id, rest] =
      /^\/(?:api\/(models|datasets)\/)?((?:datasets\/)?[\w.-]+\/[\w.-]+)\/(?:revision|tree|resolve)\/(.+)$/.exec(asked.pathname) ?? [];
    const repoId = api === 'datasets' ? `datasets/${id}` : id;
    const repo = repos.get(repoId);
    // As the hub does it: who may not see a repository is not told whether there is one.
    if (!repo || (self.token !== undefined && given === undefined))
      return given === undefined ? refuse(401, 'RepoNotFound', 'Invalid username or password.') : refuse(404, 'RepoNotFound', 'Not found');
    const [revision, ...segments] = rest.split('/').map(decodeURIComponent);
    const commit = repo.commits.has(revision) ? revision : repo.branches.get(revision);
    const tree = repo.commits.get(commit ?? '');
    if (commit === undefined || tree === undefined) return refuse(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
    const json = (value: unknown): unknown => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
    if (asked.pathname.includes('/revision/')) {
      const siblings = [...tree.keys()].map((rfilename) => ({ rfilename }));
      return json({ _id: '1', id, sha: commit, siblings, private: false, gated: false, lastModified: '2025-01-20T00:00:00.000Z' });
    }
    if (asked.pathname.includes('/tree/')) {
      const from = Number(asked.searchParams.get('cursor') ?? 0);
      asked.searchParams.set('cursor', String(from + PAGE));
      if (from + PAGE < tree.size) response.setHeader('link', `<${asked.href}>; rel="next"`);
      return json(
        [...tree].slice(from, from + PAGE).map(([path, { bytes, oid, lfs }]) => ({
          type: 'file',
          path,
          oid,
          size: bytes.length,
          ...(lfs === undefined ? {} : { lfs: { oid: lfs, size: bytes.length, pointerSize: 130 }, xetHash: sha('sha256', 'xet', bytes) }),
        })),
      );
    }
    if (self.gated.has(repoId)) return refuse(given === undefined ? 401 : 403, 'GatedRepo', 'Access to this repository is restricted.');
    const path = segments.join('/');
    const file = tree.get(path);
    if (!file) return refuse(404, 'EntryNotFound', 'Entry not found');
    response.setHeader('x-repo-commit', commit);
    if (file.lfs === undefined) return send(request, response.setHeader('etag', `"${file.oid}"`), path, file.bytes);
    response.setHeader('x-linked-size', file.bytes.length).setHeader('x-linked-etag', `"${file.lfs}"`);
    response.writeHead(302, { location: `${storeUrl}/${file.lfs}?signature=1` }).end();
  }

  function store(request: IncomingMessage, response: ServerResponse): void {
    note('store', request);
    const object = stored.get(new URL(request.url ?? '', storeUrl).pathname.slice(1));
    if (object) send(request, response.setHeader('etag', '"the store\'s own"'), object.path, object.bytes);
    else response.writeHead(403).end();
  }

  /** All of it or the range asked for, with the fault that is due. */
  function send(request: IncomingMessage, response: ServerResponse, path: string, whole: Buffer): unknown {
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec((!self.noRanges && request.headers.range) || '') ?? [];
    const start = Number(first ?? 0);
    const part = Buffer.from(whole.subarray(start, last ? Number(last) + 1 : undefined));
    if (first !== undefined) response.statusCode = 206;
    if (first !== undefined) response.setHeader('content-range', `bytes ${start}-${start + part.length - 1}/${whole.length}`);
    response.setHeader('accept-ranges', 'bytes').setHeader('content-length', part.length);
    const fault = self.faults.get(path);
    self.faults.delete(path);
    if (fault?.corrupt) part[part.length >> 1] ^= 1;
    if (fault?.goDown) self.down = true;
    const upTo = fault?.cutAfter ?? fault?.holdAfter;
    if (upTo === undefined) return response.end(part);
    return response.write(part.subarray(0, upTo), () => {
      // What was written must have arrived before the connection breaks.
      if (fault?.cutAfter !== undefined) setTimeout(() => response.destroy(), 50);
      else fault?.until?.then(() => response.end(part.subarray(upTo)));
    });
  }
  return self;
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  );
}
