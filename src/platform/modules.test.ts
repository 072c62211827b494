// A user's own module, loaded in a clone: by vitest here, and by the command itself (a process of its own).

import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InputError } from './errors.ts';
import { appendText, join, mkdir, pathOf, remove, temporaryDirectory } from './files.ts';
import { importUserModule } from './modules.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('thinkling-modules-');
});
afterEach(() => remove(dir));

const task = `import { defineTask } from 'thinkling';
import { judge } from './lib/judge.ts';
enum Weight { Full = 1 }
export { InputError } from 'thinkling';
export default defineTask({ name: 'mine', load: () => ({ train: [], heldOut: [] }), rewards: { judge }, weights: { judge: Weight.Full }, accuracy: 'judge' });
`;

test("in a clone a user's TypeScript outside of it gets this very program as 'thinkling', also in a CommonJS folder", async () => {
  await mkdir(join(dir, 'lib'));
  await appendText(join(dir, 'package.json'), '{ "type": "commonjs" }');
  await appendText(join(dir, 'lib/judge.ts'), 'export const judge = (): number[] => [1];\n');
  await appendText(join(dir, 'task.ts'), task);
  await appendText(join(dir, 'plain.js'), "import { InputError } from 'thinkling';\nexport default InputError;\n");
  await appendText(join(dir, 'old.js'), 'module.exports = { old: true };\n');
  // As bin/thinkling.js does it: tsx with this project's settings, then our sources.
  const here = (path: string) => new URL(path, import.meta.url);
  const script = `
    import { register } from 'tsx/esm/api';
    register({ tsconfig: ${JSON.stringify(pathOf(here('../../tsconfig.json')))} });
    const { importUserModule } = await import(${JSON.stringify(here('./modules.ts').href)});
    const { InputError } = await import(${JSON.stringify(here('../index.ts').href)});
    const [mine, plain, old] = [await importUserModule('task.ts'), await importUserModule('plain.js'), await importUserModule('./old.js')];
    console.log(mine.default.weights.judge, mine.InputError === InputError, plain.default === InputError, old.default.old);`;
  const tsx = pathToFileURL(pathOf(here('../../node_modules/tsx/dist/esm/api/index.mjs'))).href;
  await appendText(join(dir, 'load.mjs'), script.replace('tsx/esm/api', tsx));
  const { stdout } = await promisify(execFile)(process.execPath, ['load.mjs'], { cwd: dir });
  expect(stdout.trim()).toBe('1 true true true');
});

test("under vitest a user's module and ours are the same classes", async () => {
  await appendText(join(dir, 'task.ts'), "import { InputError } from 'thinkling';\nexport default InputError;\n");
  expect((await importUserModule(join(dir, 'task.ts'))).default).toBe(InputError);
});

test('what is not there, is no module, or does not load is an InputError that names the file', async () => {
  await appendText(join(dir, 'throws.mjs'), "throw new Error('no key');");
  await appendText(join(dir, 'task.py'), '');
  const failure = async (name: string) => {
    const error = await importUserModule(join(dir, name)).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  };
  expect(await failure('missing.ts')).toContain('missing.ts: there is no such file');
  expect(await failure('task.py')).toContain('task.py: a module must be a .ts');
  expect(await failure('throws.mjs')).toContain('throws.mjs could not be loaded: no key');
});
