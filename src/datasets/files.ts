// The files that a data set consists of: one file; or a directory as data sets have it on the Hugging Face hub, whose files tell their
// split by name (data/train-00000-of-00003.parquet, test.jsonl, train/part1.csv). Files are taken by name, whatever order the system lists them in.

import { didYouMean } from '../algorithms/nearest.ts';
import { InputError } from '../platform/errors.ts';
import { basename, isDirectory, isFile, join, list, relative } from '../platform/files.ts';
import { extensionOf, isDataFile } from './formats.ts';

/** The hub's words for a split, and the name that they stand for. */
const splitWords: Record<string, string> = {
  train: 'train',
  training: 'train',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
  eval: 'test',
  evaluation: 'test',
};

/**
 * The files of one split of `data`, a file or a directory, in the order of their names.
 * @param split of a directory: train, validation, test; a file has the split train alone
 * @throws InputError where there is nothing at `data`, no such split, a shard is missing, or it is not clear which files are meant
 */
export async function dataFiles(data: string, split: string): Promise<string[]> {
  if (await isDirectory(data)) {
    const splits = await splitsOf(data);
    const name = splitWords[split] ?? split;
    const files = splits.get(name);
    if (!files) throw new InputError(`${data}: it has no split "${split}"${didYouMean(split, [...splits.keys()])}`);
    checkFiles(data, name, files);
    return files;
  }
  // A data set's name on the hub (owner/name) would be fetched here, and its directory taken.
  if (!(await isFile(data))) throw new InputError(`data: there is nothing at ${data}`);
  if (split !== 'train')
    throw new InputError(`${data} is one file, it has no split "${split}"; splits are those of a directory (train.jsonl, test.jsonl)`);
  return [data];
}

/** The data files of a directory by split, sorted; where no name tells a split, all are for training. @throws InputError where there is none */
async function splitsOf(dir: string): Promise<Map<string, string[]>> {
  const files = (await filesBelow(dir)).filter(isDataFile);
  if (files.length === 0)
    throw new InputError(`${dir}: no data in it: it has no file that ends in .jsonl, .ndjson, .csv, .tsv or .parquet`);
  const splits = new Map<string, string[]>();
  for (const file of files) {
    const split = splitOf(relative(dir, file));
    if (split !== undefined) splits.set(split, [...(splits.get(split) ?? []), file]);
  }
  return splits.size > 0 ? splits : new Map([['train', files]]);
}

/** A file that is one of several, `<split>-00000-of-00003`: the hub's own way to name them, with any name for the split. */
const shardName = /^(.+)-(\d+)-of-(\d+)\b/;

/** The split that a path tells: by its file's name, else by the folder it lies in. */
function splitOf(path: string): string | undefined {
  const shard = shardName.exec(basename(path));
  if (shard) return splitWords[shard[1]] ?? shard[1];
  for (const part of path.split(/[/\\]/).reverse()) {
    const words = part.toLowerCase().split(/[^a-z]+/);
    const word = words.find((candidate) => Object.hasOwn(splitWords, candidate));
    if (word !== undefined) return splitWords[word];
  }
  return undefined;
}

/** Files that do not belong together are never joined in silence: two subsets, the same rows in two formats, shards of which one is missing. */
function checkFiles(dir: string, split: string, files: readonly string[]): void {
  const folders = [...new Set(files.map((file) => subsetOf(relative(dir, file))))];
  if (folders.length > 1)
    throw new InputError(
      `${dir}: its files for ${split} lie in several folders (${folders.map((folder) => folder || '.').join(', ')}): are these subsets? Give the one that is meant, e.g. data: ${join(dir, folders.find((folder) => folder !== '') as string)}`,
    );
  const formats = [...new Set(files.map(extensionOf))];
  if (formats.length > 1)
    throw new InputError(
      `${dir}: its files for ${split} are of several formats (${formats.map((name) => `.${name}`).join(', ')}): give the one file that is meant`,
    );
  const there = new Map<string, Set<number>>();
  for (const file of files) {
    const shard = shardName.exec(basename(file));
    if (!shard) continue;
    const [, name, number, count] = shard;
    const key = `${name}-*-of-${count}`;
    there.set(key, (there.get(key) ?? new Set()).add(Number(number)));
  }
  for (const [key, numbers] of there) {
    const count = /\d+$/.exec(key)?.[0] ?? '';
    const missing = Array.from({ length: numbers.size + 1 }, (_, i) => i).find((i) => i < Number(count) && !numbers.has(i));
    if (missing !== undefined)
      throw new InputError(
        `${dir}: ${key.replace('*', String(missing).padStart(count.length, '0'))} is missing, one of the ${Number(count)} files of ${split}`,
      );
  }
}

/** The folder that tells a subset; one that is called after a split does not. */
function subsetOf(path: string): string {
  const parts = path.split(/[/\\]/).slice(0, -1);
  return parts.filter((part) => splitOf(part) === undefined).join('/');
}

async function filesBelow(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await list(dir)) {
    if (name.startsWith('.')) continue;
    const path = join(dir, name);
    if (await isDirectory(path)) found.push(...(await filesBelow(path)));
    else found.push(path);
  }
  return found;
}
