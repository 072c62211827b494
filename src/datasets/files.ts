// The files that a data set consists of: one file; a directory as data sets have it on the Hugging Face hub; or a data set on the hub by
// its name. What lies on disk goes first.

import { InputError } from '../platform/errors.ts';
import { exists, isDirectory, isFile, join, list, readText } from '../platform/files.ts';
import { sha256, sha256OfFile } from '../platform/hash.ts';
import { cardName, subsetsOf } from './card.ts';
import { type HubData, hubDataCommit, hubDataFiles, hubHasSplit, parseHubData, requireHubData } from './hubData.ts';
import { type FileSet, filesOfSplit, hasSplitIn } from './splits.ts';

/**
 * The files of one split of `data`, in the order of their names.
 * @param data a file, a directory, or a name on the hub, whose files are downloaded where the cache has them not
 * @param split train, validation, test; a file has the split train alone
 * @throws InputError where there is nothing at `data`, no such split, a shard is missing, or it is not clear which files are meant
 */
export async function dataFiles(data: string, split: string): Promise<string[]> {
  if (await isDirectory(data)) return filesOfSplit(await filesIn(data), split).map((path) => join(data, path));
  if (await isFile(data)) {
    if (split !== 'train')
      throw new InputError(`${data} is one file, it has no split "${split}"; splits are those of a directory (train.jsonl, test.jsonl)`);
    return [data];
  }
  return onHub(data, (hubData) => hubDataFiles(hubData, split));
}

/** Whether `data` have such a split, beside any others. @throws InputError where there are no data */
export async function hasSplit(data: string, split: string): Promise<boolean> {
  if (await isDirectory(data)) return hasSplitIn(await filesIn(data), split);
  if (await isFile(data)) return split === 'train';
  return onHub(data, (hubData) => hubHasSplit(hubData, split));
}

async function filesIn(dir: string): Promise<FileSet> {
  const paths = await pathsBelow(dir);
  const subsets = paths.includes(cardName) ? subsetsOf(await readText(join(dir, cardName))) : [];
  return { name: dir, paths, subsets, partName: (path) => join(dir, path) };
}

/** Sees that there are data, on disk or on the hub, without reading them. @param where what names them @throws InputError */
export async function requireData(data: string, where: string): Promise<void> {
  if (!(await exists(data))) await onHub(data, requireHubData, where);
}

async function onHub<T>(data: string, act: (data: HubData) => Promise<T>, where = 'data'): Promise<T> {
  const hubData = parseHubData(data);
  if (hubData === undefined) throw new InputError(`${where}: there is nothing at ${data}`);
  try {
    return await act(hubData);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${where}: ${error.message}`);
  }
}

/** What tells data from any other: the contents of its files; of a data set on the hub its commit. @throws InputError where there are none */
export async function dataFingerprint(data: string): Promise<string> {
  if (await isFile(data)) return sha256OfFile(data);
  if (!(await isDirectory(data))) return onHub(data, async (hubData) => `${hubData.text} ${await hubDataCommit(hubData)}`);
  const lines: string[] = [];
  for (const path of await pathsBelow(data)) lines.push(`${path} ${await sha256OfFile(join(data, path))}`);
  return sha256(lines.join('\n'));
}

/** With forward slashes. */
async function pathsBelow(dir: string, prefix = ''): Promise<string[]> {
  const found: string[] = [];
  for (const name of await list(join(dir, prefix))) {
    if (name.startsWith('.')) continue;
    const path = prefix + name;
    if (await isDirectory(join(dir, path))) found.push(...(await pathsBelow(dir, `${path}/`)));
    else found.push(path);
  }
  return found;
}
