// A task's fingerprint changes with all that its file names beside it, and with nothing else.
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sha256OfFile } from '../platform/hash.ts';
import { taskFingerprint } from './taskFiles.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-task-'));
const task = join(root, 'task.ts');
const write = (name: string, text: string): void => writeFileSync(join(root, name), text);
beforeAll(() => {
  mkdirSync(join(root, 'parts'));
  write(
    'task.ts',
    `import { judge } from './parts/judge.js';\nconst words = new URL('./words.txt', import.meta.url);\nimport x from "./gone";\n`,
  );
  write('parts/judge.ts', `import { same } from '../same';\nexport * from './judge.js';\n`);
  write('same.js', 'export const same = 1;\n');
  write('words.txt', 'one two\n');
  write('aside.ts', 'export {};\n');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it.each(['task.ts', 'parts/judge.ts', 'same.js', 'words.txt'])('it is another where %s is', async (name) => {
  const before = await taskFingerprint(task);
  appendFileSync(join(root, 'aside.ts'), '// changed\n');
  expect(await taskFingerprint(task)).toBe(before);
  appendFileSync(join(root, name), '// changed\n');
  expect(await taskFingerprint(task)).not.toBe(before);
});

it('of a task in one file is the hash of the file', async () => {
  write('alone.js', `import { defineTask } from 'thinkling';\n`);
  expect(await taskFingerprint(join(root, 'alone.js'))).toBe(await sha256OfFile(join(root, 'alone.js')));
});
