// What a task in a file of the user's is made of: that file, and what it names by a path beside it, modules that it imports and data that it
// reads. What lies in node_modules, or is named by a path that is put together, is not looked at.

import { dirname, isFile, join, readText, relative } from '../platform/files.ts';
import { sha256, sha256OfFile } from '../platform/hash.ts';

const isModule = /\.[cm]?[jt]s$/;
const ownPath = /(['"`])(\.{1,2}\/[^'"`\n]+)\1/g;

/** The same for the same contents; of a task in one file the file's own hash. */
export async function taskFingerprint(file: string): Promise<string> {
  const hashes = new Map<string, string>();
  const left = [file];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (hashes.has(path)) continue;
    hashes.set(path, await sha256OfFile(path));
    if (isModule.test(path)) left.push(...(await namedIn(path)));
  }
  const only = hashes.get(file);
  if (hashes.size === 1 && only !== undefined) return only;
  return sha256(
    [...hashes]
      .map(([path, hash]) => `${relative(dirname(file), path)} ${hash}`)
      .sort()
      .join('\n'),
  );
}

/** The files that a module names; TypeScript calls them by the names that they will have as JavaScript, or without an ending. */
async function namedIn(path: string): Promise<string[]> {
  const found: string[] = [];
  for (const [, , named] of (await readText(path)).matchAll(ownPath)) {
    const at = join(dirname(path), named);
    for (const candidate of [at, `${at}.ts`, `${at}.js`, at.replace(/js$/, 'ts')]) if (await isFile(candidate)) found.push(candidate);
  }
  return found;
}
