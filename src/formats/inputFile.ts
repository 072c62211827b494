// Files that a user names: opening and parsing them with a message that says which one is wrong and how.

import { InputError } from '../platform/errors.ts';
import { isCode, isDirectory, openForReading, type ReadHandle, readText } from '../platform/files.ts';

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a directory, not a file',
  EACCES: 'it may not be read (permission denied)',
};

function refuse(file: string, error: unknown): never {
  const code = Object.keys(reasons).find((name) => isCode(error, name));
  throw code === undefined ? error : new InputError(`${file}: ${reasons[code]}`);
}

/** How a file begins that stands in a clone where Git LFS has not fetched what it stands for. */
const lfsPointer = 'version https://git-lfs.github.com/spec/';

function refusePointer(file: string, beginning: string): void {
  if (beginning.startsWith(lfsPointer))
    throw new InputError(`${file}: it is a pointer of Git LFS, not the file itself; "git lfs pull" in its repository fetches that`);
}

/** Opens a file for ranged reads. @throws InputError where it is missing, a directory, not readable, or the pointer to another. */
export async function openInput(file: string): Promise<ReadHandle> {
  // A directory can be opened on some systems, but not read.
  if (await isDirectory(file)) throw new InputError(`${file}: ${reasons.EISDIR}`);
  const handle = await openForReading(file).catch((error) => refuse(file, error));
  try {
    if (handle.size >= lfsPointer.length) refusePointer(file, new TextDecoder().decode(await handle.read(0, lfsPointer.length)));
  } catch (error) {
    await handle.close();
    throw error;
  }
  return handle;
}

/** The object that a JSON file holds. @throws InputError where it is missing, not JSON, or not an object. */
export async function readJsonFile(file: string): Promise<Record<string, unknown>> {
  const text = await readText(file).catch((error) => refuse(file, error));
  refusePointer(file, text);
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    throw new InputError(`${file}: not valid JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new InputError(`${file}: expected a JSON object`);
  return value as Record<string, unknown>;
}
