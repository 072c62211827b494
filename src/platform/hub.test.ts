// Downloads from a hub on this machine: what is fetched and kept, and what becomes of it when something goes wrong.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type HubServer, startHub } from '../testing/hubServer.ts';
import { describeNeeding } from '../testing/need.ts';
import { smallDisks } from '../testing/smallDisk.ts';
import { InputError } from './errors.ts';
import { hubFiles } from './hub.ts';
import type { HubRepo } from './hubAccess.ts';
import { listenToHub } from './hubListener.ts';

// Between two attempts nobody needs to wait here.
vi.mock('./clock.ts', async (original) => ({
  ...(await original<typeof import('./clock.ts')>()),
  pause: () => new Promise((resolve) => setTimeout(resolve, 5)),
}));

let hub: HubServer;
let home: string;
let notes: string[];
let heard: [number, number][];
beforeEach(async () => {
  hub = await startHub();
  home = await mkdtemp(join(tmpdir(), 'hub-'));
  notes = [];
  heard = [];
  for (const name of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_HUB_OFFLINE'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('TRANSFORMERS_OFFLINE', undefined);
  vi.stubEnv('HF_HOME', home);
  vi.stubEnv('HF_ENDPOINT', `${hub.url}/`);
  listenToHub({ note: (message) => notes.push(message), bytes: (_, done, total) => heard.push([done, total]), end: () => {} });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await rm(home, { recursive: true });
});

const repo: HubRepo = { type: 'model', name: 'org/tiny' };
const weights = randomBytes(3_000_000);
const contents = { 'config.json': '{"a": 1}\n', 'README.md': '# tiny', 'model.safetensors': weights, 'pytorch_model.bin': 'x', empty: '' };
const wanted = ['config.json', 'model.safetensors', 'empty'];
const fetchWanted = (of = repo) => hubFiles(of, () => wanted);
const fileRequests = () => hub.requests.filter(({ url }) => !url.startsWith('/api/'));
const folder = () => join(home, 'hub', 'models--org--tiny');
/** Whether all that was chosen is there, byte for byte. */
const holds = async (dir: string) => {
  const equal = wanted.map(async (name) => (await readFile(join(dir, name))).equals(Buffer.from(contents[name as keyof typeof contents])));
  return (await Promise.all(equal)).every(Boolean);
};
async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  return (error as InputError).message;
}

describe('hubFiles', () => {
  it("keeps what was chosen in the layout of the hub's own library, and asks for no file a second time", async () => {
    const commit = hub.push('org/tiny', contents);
    let offered: string[] = [];
    const { dir, paths } = await hubFiles(repo, (all) => {
      offered = all;
      return wanted;
    });
    expect(offered).toEqual(Object.keys(contents));
    expect(paths).toEqual(wanted);
    expect(dir).toBe(join(folder(), 'snapshots', commit));
    expect((await readdir(dir)).sort()).toEqual([...wanted].sort());
    expect(await holds(dir)).toBe(true);
    expect(await readFile(join(folder(), 'refs', 'main'), 'utf8')).toBe(commit);
    expect((await lstat(join(dir, 'model.safetensors'))).isSymbolicLink()).toBe(true);
    expect(await readlink(join(dir, 'model.safetensors'))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
    expect(await readlink(join(dir, 'config.json'))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
    expect(await readdir(join(folder(), 'blobs'))).toHaveLength(3);
    expect(heard[0]).toEqual([0, 3_000_009]);
    expect(heard.at(-1)).toEqual([3_000_009, 3_000_009]);

    hub.requests.length = 0;
    expect((await fetchWanted()).dir).toBe(dir);
    // Whether the branch has moved is the only question; of a commit not even that is one.
    expect(hub.requests.map(({ url }) => url.split('?')[0])).toEqual(['/api/models/org/tiny/revision/main']);
    hub.requests.length = 0;
    expect((await fetchWanted({ ...repo, revision: commit })).dir).toBe(dir);
    expect(hub.requests).toEqual([]);
  });

  it('fetches of a new commit what changed, and mends a file that has lost its end', async () => {
    hub.push('org/tiny', contents);
    const before = await fetchWanted();
    hub.push('org/tiny', { ...contents, 'config.json': '{"a": 2}\n' });
    hub.requests.length = 0;
    const after = await fetchWanted();
    expect(after.dir).not.toBe(before.dir);
    expect(await readFile(join(after.dir, 'config.json'), 'utf8')).toBe('{"a": 2}\n');
    expect(await readFile(join(before.dir, 'config.json'), 'utf8')).toBe('{"a": 1}\n');
    expect(fileRequests().every(({ url }) => url.endsWith('/config.json'))).toBe(true);
    await writeFile(join(after.dir, 'model.safetensors'), weights.subarray(0, 1000));
    expect((await readFile(join((await fetchWanted()).dir, 'model.safetensors'))).equals(weights)).toBe(true);
  });

  it('takes a revision with a slash, and none that leads out of the cache', async () => {
    hub.push('org/tiny', contents);
    const commit = hub.push('org/tiny', { 'config.json': '{}' }, 'refs/pr/1');
    const { dir } = await hubFiles({ ...repo, revision: 'refs/pr/1' }, (paths) => paths);
    expect(dir).toBe(join(folder(), 'snapshots', commit));
    expect(await readFile(join(folder(), 'refs', 'refs', 'pr', '1'), 'utf8')).toBe(commit);
    for (const revision of ['../../x', 'a/../b', '/etc', '', 'a//b'])
      expect(await refusalOf(fetchWanted({ ...repo, revision }))).toContain('is no revision');
  });

  it('has the files of a data set too, in their folders, and leaves out what would lie elsewhere', async () => {
    hub.push('datasets/org/rows', {
      'data/train-00000-of-00001.parquet': 'PAR1',
      '../../evil': 'x',
      '/etc/evil': 'x',
      'a\\..\\evil': 'x',
      'C:evil': 'x',
      'a/./b': 'x',
      'a..b': 'y',
    });
    const { dir, paths } = await hubFiles({ type: 'dataset', name: 'org/rows' }, (all) => all);
    expect(paths).toEqual(['data/train-00000-of-00001.parquet', 'a..b']);
    expect(dir.startsWith(join(home, 'hub', 'datasets--org--rows', 'snapshots'))).toBe(true);
    expect(await readFile(join(dir, paths[0]), 'utf8')).toBe('PAR1');
    expect(await readdir(home)).toEqual(['hub']);
  });
});

describe('a download that breaks', () => {
  it('goes on from where it was', async () => {
    hub.push('org/tiny', contents);
    hub.faults.set('model.safetensors', { cutAfter: 1_000_000 });
    const { dir } = await fetchWanted();
    expect(await holds(dir)).toBe(true);
    const ranges = hub.requests.filter(({ at }) => at === 'store').map(({ range }) => range);
    expect(ranges).toEqual([undefined, 'bytes=1000000-']);
    expect(notes).toEqual([
      expect.stringMatching(/^org\/tiny: model\.safetensors: the connection broke .* after 1000000 of 3000000 bytes/),
    ]);
    expect(heard.at(-1)).toEqual([3_000_009, 3_000_009]);
  });

  it('ends well also where the server knows no ranges, and sends all of it again', async () => {
    hub.push('org/tiny', contents);
    hub.noRanges = true;
    hub.faults.set('model.safetensors', { cutAfter: 1_000_000 });
    expect(await holds((await fetchWanted()).dir)).toBe(true);
  });

  it('goes on from where it was also after its process was killed', async () => {
    hub.push('org/tiny', contents);
    hub.faults.set('model.safetensors', { holdAfter: 2_000_000, until: new Promise(() => {}) });
    const child = inAnotherProcess();
    const blobs = join(folder(), 'blobs');
    await vi.waitUntil(async () => {
      const partial = (await readdir(blobs).catch(() => [])).find((name) => name.endsWith('.incomplete'));
      // A small file may be whole, and have its name, between the two looks.
      const size =
        partial === undefined
          ? 0
          : await stat(join(blobs, partial)).then(
              (found) => found.size,
              () => 0,
            );
      return size === 2_000_000;
    }, 20_000);
    child.process.kill('SIGKILL');
    await child.ended;
    hub.requests.length = 0;
    const { dir } = await fetchWanted();
    expect(await holds(dir)).toBe(true);
    expect(hub.requests.filter(({ at }) => at === 'store').map(({ range }) => range)).toEqual(['bytes=2000000-']);
    expect((await readdir(blobs)).filter((name) => name.includes('thinkling'))).toEqual([]);
  });

  it('ends with a message when nothing more comes, keeps what came, and an older commit stays usable', async () => {
    hub.push('org/tiny', { ...contents, 'model.safetensors': 'old' });
    const { dir } = await fetchWanted();
    hub.push('org/tiny', contents);
    hub.faults.set('model.safetensors', { cutAfter: 500_000, goDown: true });
    expect(await refusalOf(fetchWanted())).toMatch(
      /org\/tiny is not in the cache .*, or not all of it, and model\.safetensors: the connection keeps breaking \(.*\) after 500000 of 3000000 bytes, which are kept/,
    );
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect((await fetchWanted()).dir).toBe(dir);
    vi.stubEnv('HF_HUB_OFFLINE', undefined);
    hub.down = false;
    hub.requests.length = 0;
    expect(await holds((await fetchWanted()).dir)).toBe(true);
    expect(hub.requests.filter(({ at }) => at === 'store').map(({ range }) => range)).toEqual(['bytes=500000-']);
  });

  it('or brings other bytes than the hub lists is refused, and nothing of it is kept', async () => {
    hub.push('org/tiny', contents);
    for (const name of ['config.json', 'model.safetensors']) {
      hub.faults.set(name, { corrupt: true });
      expect(await refusalOf(fetchWanted())).toMatch(
        new RegExp(`${name}: what came is not what the hub lists .* it was not kept; try again`),
      );
      expect((await readdir(join(folder(), 'blobs'))).filter((file) => file.includes('thinkling'))).toEqual([]);
    }
    const { dir } = await fetchWanted();
    expect(await holds(dir)).toBe(true);
  });

  it('harms nobody when two processes want the same at once: one fetches, both have it', async () => {
    hub.push('org/tiny', contents);
    let goOn = (): void => {};
    hub.faults.set('model.safetensors', { holdAfter: 1_000_000, until: new Promise<void>((resolve) => (goOn = resolve)) });
    const others = [inAnotherProcess(), inAnotherProcess()];
    await vi.waitUntil(() => hub.requests.some(({ at }) => at === 'store'), 20_000);
    const mine = fetchWanted();
    await vi.waitUntil(() => notes.length > 0, 20_000);
    expect(notes).toEqual([expect.stringMatching(/^org\/tiny: model\.safetensors: process \d+ is downloading it; waiting/)]);
    goOn();
    const outcomes = [...(await Promise.all(others.map(({ ended }) => ended))), (await mine).dir];
    expect(new Set(outcomes).size).toBe(1);
    expect(await holds(outcomes[2])).toBe(true);
    expect(hub.requests.filter(({ at }) => at === 'store')).toHaveLength(1);
    expect((await readdir(join(folder(), 'blobs'))).filter((name) => name.includes('thinkling'))).toEqual([]);
    expect((await readdir(outcomes[2])).sort()).toEqual([...wanted].sort());
  });
});

describe('without the hub', () => {
  it('what is cached is taken, and what is not is named with the endpoint and the mend', async () => {
    hub.push('org/tiny', contents);
    const { dir } = await fetchWanted();
    await hub.close();
    expect((await fetchWanted()).dir).toBe(dir);
    expect(notes).toEqual([expect.stringMatching(/^org\/tiny: http:\S+ cannot be reached \(\w+\); what is in the cache is taken$/)]);
    const other = { ...repo, name: 'org/other' };
    expect(await refusalOf(fetchWanted(other))).toBe(
      `org/other is not in the cache ${join(home, 'hub')}, or not all of it, and ${hub.url} cannot be reached (ECONNREFUSED). Connect to the network, set HF_ENDPOINT to a mirror within reach, or give the path of a copy`,
    );
    expect(await refusalOf(hubFiles(repo, () => ['README.md']))).toContain('org/tiny is not in the cache');
    notes = [];
    for (const name of ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE']) {
      vi.stubEnv(name, '1');
      expect((await fetchWanted()).dir).toBe(dir);
      expect(await refusalOf(fetchWanted(other))).toContain(`HF_HUB_OFFLINE forbids asking ${hub.url}. Unset HF_HUB_OFFLINE, or give`);
      vi.stubEnv(name, undefined);
    }
    expect(notes).toEqual([]);
  });

  it('the snapshot that another program made serves as it is', async () => {
    hub.push('org/tiny', contents);
    const { dir } = await fetchWanted();
    await rm(join(folder(), '.thinkling'), { recursive: true });
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const again = await hubFiles(repo, (paths) => paths.sort());
    expect(again).toEqual({ dir, paths: [...wanted].sort() });
    const nothing = (): string[] => {
      throw new InputError('there is no model in it');
    };
    expect(await refusalOf(hubFiles(repo, nothing))).toMatch(/^there is no model in it\. This is what the cache .* there may be more$/);
  });

  it('a page that is not a hub counts as none', async () => {
    hub.push('org/tiny', contents);
    hub.loginPage = '<html>Welcome to our network</html>';
    expect(await refusalOf(fetchWanted())).toContain(`${hub.url} does not answer as a hub does`);
    hub.loginPage = undefined;
    const { dir } = await fetchWanted();
    hub.loginPage = '{}';
    expect((await fetchWanted()).dir).toBe(dir);
  });

  it('a moved cache serves, and one that cannot be written is named', async () => {
    hub.push('org/tiny', contents);
    await fetchWanted();
    await cp(join(home, 'hub'), join(home, 'moved'), { recursive: true, verbatimSymlinks: true });
    await rm(join(home, 'hub'), { recursive: true });
    await hub.close();
    vi.stubEnv('HF_HUB_CACHE', join(home, 'moved'));
    const { dir } = await fetchWanted();
    expect(await holds(dir)).toBe(true);
    hub = await startHub();
    hub.push('org/tiny', contents);
    vi.stubEnv('HF_ENDPOINT', hub.url);
    await writeFile(join(home, 'file'), '');
    vi.stubEnv('HF_HUB_CACHE', join(home, 'file'));
    expect(await refusalOf(fetchWanted())).toMatch(/org\/tiny: nothing can be written to the cache .*file .*: set HF_HOME/);
  });
});

describe('what the hub refuses', () => {
  it('is said with the mend: no such repository or revision, private, gated, a wrong token', async () => {
    hub.push('org/tiny', contents);
    const none = { ...repo, name: 'org/tinny' };
    expect(await refusalOf(fetchWanted(none))).toMatch(
      /^org\/tinny: http:\S+ has no public model of this name; check the spelling, or, if it is private, set HF_TOKEN to a token that may read it \(http:\S+\/settings\/tokens\)$/,
    );
    expect(await refusalOf(fetchWanted({ ...repo, revision: 'v2' }))).toMatch(
      /has this model, but no revision "v2" of it; http:\S+\/org\/tiny shows/,
    );
    hub.gated.add('org/tiny');
    expect(await refusalOf(fetchWanted())).toMatch(/^org\/tiny is gated: accept its terms at http:\S+\/org\/tiny, then set HF_TOKEN/);
    hub.token = 'one-of-a-mirror';
    vi.stubEnv('HF_TOKEN', 'wrong');
    expect(await refusalOf(fetchWanted())).toMatch(/does not know the token from HF_TOKEN: set HF_TOKEN to .* or remove it/);
    vi.stubEnv('HF_TOKEN', 'one-of-a-mirror');
    expect(await refusalOf(fetchWanted(none))).toMatch(/^org\/tinny: http:\S+ has no such model; check the spelling$/);
    expect(await refusalOf(fetchWanted())).toMatch(/the token from HF_TOKEN may not read it: accept its terms at http:\S+\/org\/tiny/);
    expect(await readdir(home)).toEqual(['hub']);
    expect(await readdir(folder())).toEqual(['blobs']);
  });

  it('is open to a token, from the environment or the file of a login, which goes to the hub alone', async () => {
    hub.token = 'hf_secret';
    hub.push('org/tiny', contents);
    await writeFile(join(home, 'token'), 'hf_secret\n');
    await fetchWanted();
    expect(hub.requests.filter(({ at }) => at === 'hub').every(({ authorization }) => authorization === 'Bearer hf_secret')).toBe(true);
    expect(hub.requests.filter(({ at }) => at === 'store').map(({ authorization }) => authorization)).toEqual([undefined]);
    vi.stubEnv('HF_TOKEN', 'wrong');
    expect(await refusalOf(fetchWanted())).toContain('the token from HF_TOKEN');
    vi.stubEnv('HF_TOKEN', undefined);
    await writeFile(join(home, 'token'), 'wrong');
    expect(await refusalOf(fetchWanted())).toContain(`the token from ${join(home, 'token')}`);
    vi.stubEnv('HF_TOKEN', 'hf_\u2026');
    expect(await refusalOf(fetchWanted())).toContain('the token from HF_TOKEN is none');
  });

  it('is a wrong endpoint', async () => {
    vi.stubEnv('HF_ENDPOINT', 'huggingface.co');
    expect(await refusalOf(fetchWanted())).toBe('HF_ENDPOINT is huggingface.co: it must be a URL such as https://huggingface.co');
  });

  it("has its default place where the hub's own library has it", async () => {
    hub.push('org/tiny', { 'config.json': '{}' });
    vi.stubEnv('HF_HOME', undefined);
    vi.stubEnv('XDG_CACHE_HOME', join(home, 'xdg'));
    expect((await hubFiles(repo, (paths) => paths)).dir).toContain(join(home, 'xdg', 'huggingface', 'hub', 'models--org--tiny'));
    vi.stubEnv('XDG_CACHE_HOME', undefined);
    vi.stubEnv('HOME', join(home, 'me'));
    await mkdir(join(home, 'me'));
    expect((await hubFiles(repo, (paths) => paths)).dir).toContain(join(home, 'me', '.cache', 'huggingface', 'hub', 'models--org--tiny'));
  });
});

describeNeeding(smallDisks(), 'a full disk', (newDisk) => {
  it('is named with the mend, and with room again the download goes on', async () => {
    const disk = newDisk(2048);
    try {
      vi.stubEnv('HF_HOME', disk.dir);
      hub.push('org/tiny', contents);
      expect(await refusalOf(fetchWanted())).toMatch(
        /^org\/tiny: the disk is full, \d+ bytes are still to come into the cache .* or set HF_HOME/,
      );
      disk.resize(8192);
      hub.requests.length = 0;
      expect(await holds((await fetchWanted()).dir)).toBe(true);
      expect(hub.requests.filter(({ at }) => at === 'store').map(({ range }) => range)).toEqual([
        expect.stringMatching(/^bytes=[1-9]\d{5,}-$/),
      ]);
    } finally {
      disk.remove();
    }
  });
});

/** The same download elsewhere; `ended` is the directory that it says. */
function inAnotherProcess(): { process: ReturnType<typeof spawn>; ended: Promise<string> } {
  const script = `import { register } from 'tsx/esm/api';
register();
const { hubFiles } = await import(${JSON.stringify(new URL('./hub.ts', import.meta.url).href)});
console.log((await hubFiles(${JSON.stringify(repo)}, () => ${JSON.stringify(wanted)})).dir);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  return { process: child, ended: new Promise((resolve) => child.on('close', () => resolve(text.trim()))) };
}
