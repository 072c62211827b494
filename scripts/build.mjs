// What `npm pack` puts into the package: the sources as JavaScript with their types, in dist/. A clone never needs it.

import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: ['ignore', 2, 2] });
if (status !== 0) process.exit(status ?? 1);
// Node's loader reads this one as it is.
const hook = 'platform/userModuleHook.mjs';
copyFileSync(`${root}src/${hook}`, `${root}dist/${hook}`);
// The programs of the code sandbox are Python's.
const python = 'rewards/code/python';
for (const name of readdirSync(`${root}src/${python}`))
  if (name.endsWith('.py')) copyFileSync(`${root}src/${python}/${name}`, `${root}dist/${python}/${name}`);
