// What `npm pack` makes, installed into an empty folder as a user would: the command, the library and its types, and a user's own
// task in TypeScript.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thinkling-package-'));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root });
  const [tarball] = await readdir(folder);
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "commonjs" }');
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', `./${tarball}`], { cwd: folder });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the package holds what runs and what is read, and neither sources nor tests', async () => {
  const installed = join(folder, 'node_modules/thinkling');
  const names = await readdir(installed, { recursive: true });
  expect(names).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'bin', 'dist', 'models', 'recipes', 'package.json']));
  expect(names.filter((name) => name.startsWith('src') || name.includes('.test.') || name.startsWith('dist/testing'))).toEqual([]);
});

test('the command runs and says how it is used', async () => {
  const { stdout } = await run('npx', ['thinkling', '--help'], { cwd: folder });
  expect(stdout).toMatch(/^Usage: thinkling /m);
  expect(stdout).toMatch(/^\s+run /m);
});

test('the shipped model answers from the package', async () => {
  const { stdout } = await run('npx', ['thinkling', 'sample', 'lab:base', '2 3 4 = 9'], { cwd: folder });
  expect(stdout.trim()).not.toBe('');
});

test('the library has types: right uses compile under strict, wrong ones do not', async () => {
  await writeFile(
    join(folder, 'use.mts'),
    `import { defineTask, run, type RewardFunction, type Task } from 'thinkling';
const right: RewardFunction = ({ completions }) => completions.map((text) => (text.endsWith('!') ? 1 : 0));
export const task: Task = defineTask({ name: 'shout', load: () => ({ train: [], heldOut: [] }), rewards: { right }, weights: { right: 1 }, accuracy: 'right' });
// @ts-expect-error a weight is a number
export const wrong = defineTask({ ...task, weights: { right: 'much' } });
// @ts-expect-error there is no recipe in a number
export const wrongRun = () => run(7);
`,
  );
  const options = { strict: true, module: 'NodeNext', target: 'ES2023', noEmit: true, skipLibCheck: true, types: [] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['use.mts'] }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});

test("a user's task in TypeScript loads, in a CommonJS folder and outside of the package's reach, with the program's own classes", async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'thinkling-user-'));
  try {
    await mkdir(join(elsewhere, 'lib'));
    await writeFile(join(elsewhere, 'package.json'), '{ "type": "commonjs" }');
    await writeFile(join(elsewhere, 'lib/judge.ts'), 'export const judge = (): number[] => [1];\n');
    await writeFile(
      join(elsewhere, 'task.ts'),
      `import { defineTask, type Task } from 'thinkling';
import { judge } from './lib/judge.ts';
export { InputError } from 'thinkling';
const task: Task = defineTask({ name: 'mine', load: () => ({ train: [], heldOut: [] }), rewards: { judge }, weights: { judge: 1 }, accuracy: 'judge' });
export default task;
`,
    );
    await writeFile(
      join(folder, 'load.mjs'),
      `import { InputError } from 'thinkling';
import { importUserModule } from './node_modules/thinkling/dist/platform/modules.js';
const loaded = await importUserModule(process.argv[2]);
console.log(loaded.default.name, loaded.InputError === InputError);
`,
    );
    const { stdout } = await run(process.execPath, ['load.mjs', join(elsewhere, 'task.ts')], { cwd: folder });
    expect(stdout.trim()).toBe('mine true');
  } finally {
    await rm(elsewhere, { recursive: true, force: true });
  }
});
