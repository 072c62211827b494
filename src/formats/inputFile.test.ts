// Files that a user names, where they are not what their name says.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { join, openForWriting, remove, temporaryDirectory } from '../platform/files.ts';
import { openGguf } from './gguf.ts';
import { readJsonFile } from './inputFile.ts';
import { readJsonl } from './jsonl.ts';
import { openSafetensors } from './safetensors.ts';

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-input-');
});
afterAll(() => remove(dir));

const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'5af571'.repeat(10)}\nsize 269060552\n`;

it.each<[string, (file: string) => Promise<unknown>]>([
  ['model.safetensors', openSafetensors],
  ['model.gguf', openGguf],
  ['tokenizer.json', readJsonFile],
  ['rows.jsonl', (file) => readJsonl(file).next()],
])('%s that is a pointer of Git LFS is told as that, and how to get the file', async (name, open) => {
  const path = join(dir, name);
  const file = await openForWriting(path);
  await file.write(pointer);
  await file.close();
  await expect(open(path)).rejects.toThrow(`${path}: it is a pointer of Git LFS, not the file itself; "git lfs pull"`);
});
