// Files as the layers above rely on them.

import { afterEach, beforeEach, expect, test } from 'vitest';
import * as files from './files.ts';

let dir: string;
beforeEach(async () => {
  dir = await files.temporaryDirectory('thinkling-files-');
});
afterEach(() => files.remove(dir));

test('an atomic write replaces the whole text and leaves no temporary file', async () => {
  const file = files.join(dir, 'a.json');
  await files.writeTextAtomic(file, 'first, and longer');
  await files.writeTextAtomic(file, 'second');
  expect(await files.readText(file)).toBe('second');
  expect(await files.list(dir)).toEqual(['a.json']);
});

test('an atomic write that fails leaves the old text and no temporary file', async () => {
  await files.mkdir(files.join(dir, 'taken'));
  await expect(files.writeTextAtomic(files.join(dir, 'taken'), 'x')).rejects.toThrow();
  expect(await files.list(dir)).toEqual(['taken']);
});

test('a ranged read gives exactly the bytes asked for, aligned for every typed array', async () => {
  const file = files.join(dir, 'bytes');
  const writer = await files.openForWriting(file);
  await writer.write(new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]));
  await writer.write('é');
  await writer.close();
  expect([...(await files.readRange(file, 3, 4))]).toEqual([3, 4, 5, 6]);
  expect((await files.readRange(file, 3, 4)).byteOffset).toBe(0);
  expect(await files.size(file)).toBe(10);
});

test('a read past the end says where the file ends, without reserving the memory', async () => {
  const file = files.join(dir, 'short');
  await files.appendText(file, 'four');
  await expect(files.readRange(file, 2, 2 ** 50)).rejects.toThrow('ends at byte 4');
  const handle = await files.openForReading(file);
  await expect(handle.readInto(new Uint8Array(8), 0)).rejects.toThrow('ends at byte 4');
  await handle.close();
});

test('append continues a file, truncate cuts it', async () => {
  const file = files.join(dir, 'lines');
  await files.appendText(file, 'one\n');
  const writer = await files.openForWriting(file, { append: true });
  await writer.write('two\n');
  await writer.sync();
  await writer.close();
  await files.appendText(file, 'thr');
  await files.truncate(file, 8);
  expect(await files.readText(file)).toBe('one\ntwo\n');
});

test('only one of two exclusive creations wins, and the loser changes nothing', async () => {
  const file = files.join(dir, 'lock');
  expect(await Promise.all([files.createExclusive(file, 'a'), files.createExclusive(file, 'a')])).toContain(false);
  expect(await files.createExclusive(file, 'other')).toBe(false);
  expect(await files.readText(file)).toBe('a');
});

test('asking for what is not there is an answer, not an error, also below a file', async () => {
  const file = files.join(dir, 'plain');
  await files.appendText(file, '');
  expect(await files.exists(files.join(file, 'below'))).toBe(false);
  expect([await files.isFile(file), await files.isDirectory(file), await files.isDirectory(dir)]).toEqual([true, false, true]);
  await files.remove(files.join(dir, 'nothing'));
});

test('a directory moves with what is in it', async () => {
  await files.mkdir(files.join(dir, 'a/b'));
  await files.appendText(files.join(dir, 'a/b/c'), 'x');
  await files.rename(files.join(dir, 'a'), files.join(dir, 'z'));
  expect(await files.readText(files.join(dir, 'z/b/c'))).toBe('x');
});
