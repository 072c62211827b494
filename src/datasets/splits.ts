// Which files make a split of a data set, as data sets lie on the Hugging Face hub: as its README.md says, else by their names
// (data/train-00000-of-00003.parquet, test.jsonl, train/part1.csv). The same for a directory and for a repository.

import { didYouMean } from '../algorithms/nearest.ts';
import { InputError } from '../platform/errors.ts';
import { matchesPattern, type Subset } from './card.ts';
import { extensionOf, isDataFile, readableFormats, unreadHint } from './formats.ts';

export interface FileSet {
  /** What the user calls it, for messages. */
  name: string;
  /** Of all its files, below it, with forward slashes. */
  paths: readonly string[];
  /** Of its README.md. */
  subsets: readonly Subset[];
  /** What the user would write for one of its folders or files. */
  partName(path: string): string;
}

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
 * The paths of one split, folder by folder in the order of their names.
 * @param split train, validation, test, or as shards call theirs
 * @throws InputError where there is no such split, a shard is missing, or it is not clear which files are meant
 */
export function filesOfSplit(set: FileSet, split: string): string[] {
  const { splits, byNames } = splitsOf(set);
  const name = nameOf(split, splits);
  const found = splits.get(name);
  if (!found)
    throw new InputError(
      `${set.name}: it has no split "${split}"${didYouMean(split, [...splits.keys()])}${unread(visible(set).filter((path) => splitOf(path) === name))}`,
    );
  if (byNames) refuseSeveralFolders(set, name, found);
  refuseSeveralFormats(set, name, found);
  refuseMissingShards(set, name, found);
  return found;
}

/** @throws InputError where there are no data at all, or it is not clear which subset is meant */
export function hasSplitIn(set: FileSet, split: string): boolean {
  const { splits } = splitsOf(set);
  return splits.has(nameOf(split, splits));
}

function nameOf(split: string, splits: ReadonlyMap<string, string[]>): string {
  return splits.has(split) ? split : (splitWords[split] ?? split);
}

/** @returns by split the paths of the files that can be read; whether names alone told so */
function splitsOf(set: FileSet): { splits: Map<string, string[]>; byNames: boolean } {
  const paths = visible(set);
  const files = paths.filter(isDataFile);
  if (files.length === 0)
    throw new InputError(`${set.name}: no data in it: it has no file that ends in ${readableFormats}${unread(paths)}`);
  const subset = chosenSubset(set, files);
  return { splits: subset ? splitsOfSubset(subset, files) : splitsByName(files), byNames: subset === undefined };
}

/** In their order, without what is hidden. */
function visible({ paths }: FileSet): string[] {
  return paths.filter((path) => !path.split('/').some((part) => part.startsWith('.'))).toSorted(byFolders);
}

/** Undefined where names must tell. */
function chosenSubset({ name, subsets, partName }: FileSet, files: readonly string[]): Subset | undefined {
  const chosen = subsets.find(({ isDefault }) => isDefault);
  if (chosen !== undefined || subsets.length === 0) return chosen;
  const [first] = files.filter((file) =>
    subsets[0].files.some(({ patterns }) => patterns.some((pattern) => matchesPattern(file, pattern))),
  );
  const example = first === undefined ? '' : `, e.g. data: ${partName(first.slice(0, Math.max(0, first.lastIndexOf('/'))) || first)}`;
  throw new InputError(
    `${name}: it has several subsets (${subsets.map((subset) => subset.name).join(', ')}): give the folder or the file that is meant${example}`,
  );
}

function splitsOfSubset(subset: Subset, files: readonly string[]): Map<string, string[]> {
  const splits = new Map<string, string[]>();
  for (const { split, patterns } of subset.files) {
    const found = files.filter((file) => patterns.some((pattern) => matchesPattern(file, pattern)));
    if (found.length > 0) splits.set(split, [...new Set([...(splits.get(split) ?? []), ...found])]);
  }
  return splits;
}

function splitsByName(files: readonly string[]): Map<string, string[]> {
  const splits = new Map<string, string[]>();
  for (const path of files) {
    const told = splitOf(path);
    if (told !== undefined) splits.set(told, [...(splits.get(told) ?? []), path]);
  }
  // Where no name tells a split, all are for training.
  return splits.size > 0 ? splits : new Map([['train', [...files]]]);
}

function byFolders(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')];
  const at = left.findIndex((part, i) => part !== right[i]);
  return at === -1 ? -1 : left[at] < (right[at] ?? '') ? -1 : 1;
}

/** What there is that looks like data, and is not read. */
function unread(paths: readonly string[]): string {
  const looksLikeData = /\.(json|gz|bz2|xz|zst|zip|7z|tar|arrow|feather|pkl|txt|xlsx?|h5|npy|db|sqlite|py)$/i;
  const others = paths.filter((path) => looksLikeData.test(path) && !/(^|\/)(dataset_infos?|package|config)\.json$/i.test(path));
  if (others.length === 0) return '';
  const more = others.length > 3 ? ` and ${others.length - 3} more` : '';
  return `. Its ${others.slice(0, 3).join(', ')}${more} cannot be read${unreadHint(others[0])}`;
}

/** A file that is one of several, `<split>-00000-of-00003`: the hub's own way to name them, with any name for the split. */
const shardName = /^(.+)-(\d+)-of-(\d+)\b/;

/** The split that a path tells: by its file's name, else by the folder it lies in. */
function splitOf(path: string): string | undefined {
  const shard = shardName.exec(fileName(path));
  if (shard) return splitWords[shard[1]] ?? shard[1];
  for (const part of path.split('/').reverse()) {
    const words = part.toLowerCase().split(/[^a-z]+/);
    const word = words.find((candidate) => Object.hasOwn(splitWords, candidate));
    if (word !== undefined) return splitWords[word];
  }
  return undefined;
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

// Files that do not belong together are never joined in silence: two subsets, the same rows in two formats, shards of which one is missing.

function refuseSeveralFolders({ name, partName }: FileSet, split: string, files: readonly string[]): void {
  const folders = [...new Set(files.map(subsetOf))];
  if (folders.length <= 1) return;
  throw new InputError(
    `${name}: its files for ${split} lie in several folders (${folders.map((folder) => folder || '.').join(', ')}): are these subsets? Give the one that is meant, e.g. data: ${partName(folders.find((folder) => folder !== '') as string)}`,
  );
}

function refuseSeveralFormats({ name, partName }: FileSet, split: string, files: readonly string[]): void {
  const formats = [...new Set(files.map(extensionOf))];
  if (formats.length <= 1) return;
  throw new InputError(
    `${name}: its files for ${split} are of several formats (${formats.map((format) => `.${format}`).join(', ')}): give the one file that is meant, e.g. data: ${partName(files[0])}`,
  );
}

function refuseMissingShards({ name }: FileSet, split: string, files: readonly string[]): void {
  const there = new Map<string, Set<number>>();
  for (const file of files) {
    const shard = shardName.exec(fileName(file));
    if (!shard) continue;
    const [, stem, number, count] = shard;
    const key = `${stem}-*-of-${count}`;
    there.set(key, (there.get(key) ?? new Set()).add(Number(number)));
  }
  for (const [key, numbers] of there) {
    const count = /\d+$/.exec(key)?.[0] ?? '';
    // The hub counts from 0, others from 1.
    const first = !numbers.has(0) && numbers.has(Number(count)) ? 1 : 0;
    const missing = Array.from({ length: numbers.size + 1 }, (_, i) => first + i).find((i) => i < first + Number(count) && !numbers.has(i));
    if (missing !== undefined)
      throw new InputError(
        `${name}: ${key.replace('*', String(missing).padStart(count.length, '0'))} is missing, one of the ${Number(count)} files of ${split}`,
      );
  }
}

/** The folder that tells a subset; one that is called after a split does not. */
function subsetOf(path: string): string {
  const parts = path.split('/').slice(0, -1);
  return parts.filter((part) => splitOf(part) === undefined).join('/');
}
