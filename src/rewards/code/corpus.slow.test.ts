// The whole corpus of hostile programs: each scores 0 and its honest twin 1, and afterwards the host has no trace of them: no process, no
// file, nothing changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { codeSandbox } from '../../testing/codeSandbox.ts';
import { hostilePrograms } from '../../testing/hostilePrograms.ts';
import { describeNeeding } from '../../testing/need.ts';

const read = (name: string) => hostilePrograms(new URL(`./fixtures/${name}.txt`, import.meta.url));
const library = '/usr/lib/python3.11/random.py';

/** Processes of other namespaces of process ids than ours. */
function foreign(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readlinkSync(`/proc/${pid}/ns/pid`) !== readlinkSync('/proc/self/ns/pid');
    } catch {
      return false;
    }
  });
}

function hash(file: string): string {
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : '';
}

describeNeeding(await codeSandbox(), 'all hostile programs', (pool) => {
  const before = { foreign: new Set(foreign()), library: hash(library) };
  afterAll(() => pool.close());

  for (const name of ['escapes', 'forgeries', 'resources'])
    test.concurrent.each(read(name))(`${name}: $kind: $name`, async ({ tests, hostile, honest }) => {
      const limits = name === 'resources' ? { wallSeconds: 10, cpuSeconds: 3 } : {};
      const [bad, good] = await Promise.all(
        [hostile, honest].map((solution) => pool.judge({ language: 'python', solution, tests }, limits)),
      );
      expect(good).toMatchObject({ outcome: 'passed', passed: tests.length });
      expect(['passed', 'sandboxFailure']).not.toContain(bad.outcome);
    });

  const [become, ...ordinary] = ['setpriv', '--reuid=65533', '--regid=65533', '--clear-groups', '--'];
  const readable = spawnSync(become, [...ordinary, 'test', '-r', fileURLToPath(import.meta.url)]).status === 0;
  test.skipIf(process.getuid?.() !== 0 || !readable)('the sandbox is the same for an ordinary user', () => {
    const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const script = `
      const { CodePool } = await import(${module('./pool.ts')});
      const { hostilePrograms } = await import(${module('../../testing/hostilePrograms.ts')});
      const pool = new CodePool(2);
      const programs = ['escapes', 'forgeries'].flatMap((name) => hostilePrograms(new URL(name + '.txt', ${module('./fixtures/')})));
      const judged = await Promise.all(programs.map(async ({ name, tests, hostile, honest }) => {
        const [bad, good] = await Promise.all([hostile, honest].map((solution) => pool.judge({ language: 'python', solution, tests }, { wallSeconds: 8 })));
        return { name, bad: bad.outcome, good: good.outcome };
      }));
      await pool.close();
      console.log(JSON.stringify([process.getuid(), judged.filter(({ bad, good }) => good !== 'passed' || ['passed', 'sandboxFailure'].includes(bad))]));`;
    const { stdout, stderr } = spawnSync(become, [...ordinary, process.execPath, '--import', 'tsx', '--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, TMPDIR: '/tmp', HOME: '/tmp' },
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([65533, []]);
  });

  test('they leave no process, no file and no change behind', async () => {
    await pool.close();
    await expect.poll(() => foreign().filter((pid) => !before.foreign.has(pid))).toEqual([]);
    for (const folder of ['/', '/usr', '/usr/lib', '/dev', '/dev/shm', '/home', '/root', '/tmp', '/usr/lib/python3.11'])
      for (const file of ['thinkling-was-here', 'sitecustomize.py', 'conftest.py', 'usercustomize.py', 'link', 'big'])
        if (!(folder.endsWith('3.11') && file === 'sitecustomize.py'))
          expect(existsSync(`${folder}/${file}`), `${folder}/${file}`).toBe(false);
    expect(hash(library)).toBe(before.library);
  });
});
