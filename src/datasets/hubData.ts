// A data set on the Hugging Face hub by its name there: owner/name, owner/name@revision, and behind either :SUBSET, or :PATH for one of its
// folders or files. Of its repository only the files of the split that is read are downloaded.

import { didYouMean } from '../algorithms/nearest.ts';
import { InputError } from '../platform/errors.ts';
import { basename, join, readText, resolve } from '../platform/files.ts';
import { hubFiles, hubsOwn } from '../platform/hub.ts';
import type { HubRepo } from '../platform/hubAccess.ts';
import { cardName, type Subset, subsetsOf } from './card.ts';
import { isDataFile } from './formats.ts';
import { type FileSet, filesOfSplit, hasSplitIn } from './splits.ts';

export interface HubData {
  /** As the user wrote it. */
  text: string;
  /** owner/name */
  name: string;
  revision?: string;
  /** A subset of its README.md, a folder, or a file. */
  part?: string;
}

const pattern = /^(\w[\w.-]*\/\w[\w.-]*)(?:@([^\s:@]+))?(?::([^:\\\s][^:\\]*?)\/?)?$/;
/** What ends so is a path that is misspelt, not a name. */
const fileEnding = /\.(jsonl?|ndjson|csv|tsv|parquet|arrow|txt|ya?ml|gz|zst|zip|gguf|[cm]?[jt]s)$/i;

/** What a data set's name on the hub says; undefined for anything that cannot be one. */
export function parseHubData(text: string): HubData | undefined {
  const [, name, revision, part] = pattern.exec(text) ?? [];
  return name === undefined || hubsOwn.test(name) || fileEnding.test(name) ? undefined : { text, name, revision, part };
}

/** @throws InputError where the hub has no such data set, or it cannot be asked and the cache does not know it */
export async function requireHubData(data: HubData): Promise<void> {
  await look(data);
}

/** The commit that is read: of one revision the same data always. @throws InputError as `requireHubData` */
export async function hubDataCommit(data: HubData): Promise<string> {
  return (await look(data)).commit;
}

/** The files of one split in the cache, downloaded where they were not there. @throws InputError naming the data set and the mend */
export async function hubDataFiles(data: HubData, split: string): Promise<string[]> {
  const { commit, subsets } = await look(data);
  const { dir, paths } = await hubFiles({ type: 'dataset', name: data.name, revision: commit }, (all) => {
    const part = partOf(data, all, subsets);
    if (typeof part !== 'string') return withParquet(data, all, () => filesOfSplit(part.set, split).map((path) => part.folder + path));
    if (split !== 'train') throw new InputError(`${data.text} is one file, it has no split "${split}"`);
    return [part];
  });
  return paths.map((path) => join(dir, path));
}

/** @throws InputError as `hubDataFiles` */
export async function hubHasSplit(data: HubData, split: string): Promise<boolean> {
  const { commit, subsets } = await look(data);
  let has = false;
  await hubFiles({ type: 'dataset', name: data.name, revision: commit }, (all) => {
    const part = partOf(data, all, subsets);
    has = typeof part === 'string' ? split === 'train' : withParquet(data, all, () => hasSplitIn(part.set, split));
    return [];
  });
  return has;
}

const idOf = ({ name, revision }: HubData): string => (revision === undefined ? name : `${name}@${revision}`);

/** What of the repository is meant: the path of one file; or files, below a folder of it. */
function partOf(data: HubData, all: readonly string[], subsets: readonly Subset[]): string | { set: FileSet; folder: string } {
  const { text, part } = data;
  const partName = (path: string): string => `${idOf(data)}:${path}`;
  if (part === undefined) return { set: { name: text, paths: all, subsets, partName }, folder: '' };
  const subset = subsets.find((one) => one.name === part);
  if (subset) return { set: { name: text, paths: all, subsets: [{ ...subset, isDefault: true }], partName }, folder: '' };
  if (all.includes(part)) return part;
  const folder = `${part}/`;
  const paths = all.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
  if (paths.length > 0) return { set: { name: text, paths, subsets: [], partName: (path) => partName(folder + path) }, folder };
  const parts = subsets.length > 0 ? subsets.map((one) => one.name) : [...new Set(all.filter(isDataFile).map(folderOf))];
  throw new InputError(`${idOf(data)} has no ${part}${didYouMean(part, parts.slice(0, 8))}`);
}

function withParquet<T>(data: HubData, all: readonly string[], act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof InputError) || all.some(isDataFile)) throw error;
    // The hub makes a copy of most data sets, on a branch of its own.
    throw new InputError(
      `${error.message}. Where the hub shows the rows of a data set, it keeps them in Parquet, too: try ${data.name}@refs/convert/parquet`,
    );
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/'))) || path;
}

interface Look {
  commit: string;
  subsets: Subset[];
}
/** A run reads its data several times. It is to get the same each time, whatever happens on the hub meanwhile. */
const looks = new Map<string, Promise<Look>>();

function look({ text, name, revision, part }: HubData): Promise<Look> {
  const key = `${name}@${revision ?? 'main'}`;
  const known = looks.get(key);
  if (known) return known;
  const found = openLook({ type: 'dataset', name, revision }).catch((error) => {
    looks.delete(key);
    if (!(error instanceof InputError) || revision !== undefined || part !== undefined) throw error;
    throw new InputError(`${error.message} (taken for a data set on the Hugging Face hub, for there is nothing at ${resolve(text)})`);
  });
  looks.set(key, found);
  return found;
}

async function openLook(repo: HubRepo): Promise<Look> {
  const { dir, paths } = await hubFiles(repo, (all) => all.filter((path) => path === cardName));
  return { commit: basename(dir), subsets: paths.length > 0 ? subsetsOf(await readText(join(dir, cardName))) : [] };
}
