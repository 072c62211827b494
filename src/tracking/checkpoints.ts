// checkpoints/<stage>-<step>/: Hugging Face directories, with state.json written last. A checkpoint is made under a temporary name,
// forced onto the disk and renamed; state.json lists every file with its size, so that one that was damaged later is recognised.
import * as files from '../platform/files.ts';
import { sha256 } from '../platform/hash.ts';
import { writeFailure } from './failure.ts';
import { parseStepName, stepName } from './names.ts';

export interface Checkpoint<State = unknown> {
  stage: string;
  step: number;
  dir: string;
  /** What the stage gave. */
  state: State;
  /** What it was computed with, in the engine's words; absent where that was not said. */
  arithmetic?: string;
  retention: Retention;
}

/** What stays when this checkpoint is complete; kept with it, for the process may die before it has removed the others. */
export interface Retention {
  /** The newest so many of the stage. */
  keep: number;
  /** And any checkpoint that one of these paths lies in; relative to the folder of checkpoints. */
  inUse: string[];
}

interface StateFile {
  stage: string;
  step: number;
  /** Fingerprint of what the stage is made from: tells a checkpoint of another stage or run that was left in the directory. */
  owner?: string;
  /** Of before there was `owner`: that of the whole recipe. */
  recipe?: string;
  arithmetic?: string;
  retention: Retention;
  files: Record<string, { size: number; sha256?: string }>;
  state: unknown;
}

/** Names that begin so are unfinished, being replaced, or being removed: a directory goes file by file, its name goes at once. */
const unfinished = '.new-';
const replaced = '.old-';
const removed = '.gone-';
/** Larger files are known by their size alone: hashing gigabytes at every save and resume would cost more than it tells. */
const hashAtMost = 16 << 20;

export interface SaveOptions {
  dir: string;
  stage: string;
  step: number;
  owner: string;
  state: unknown;
  arithmetic?: string;
  retention: Retention;
  /** Writes the checkpoint's files into the directory it is given. */
  fill: (dir: string) => Promise<void>;
}

/** Writes a checkpoint: it is there whole, or not at all. One of the same step is replaced. Returns its directory. */
export async function saveCheckpoint(options: SaveOptions): Promise<string> {
  const { dir, stage, step } = options;
  const name = stepName(stage, step);
  const temporary = files.join(dir, unfinished + name);
  const target = files.join(dir, name);
  const aside = files.join(dir, replaced + name);
  try {
    await files.remove(temporary);
    await files.mkdir(temporary);
    await options.fill(temporary);
    const manifest: StateFile['files'] = {};
    for (const path of await filesIn(temporary)) {
      const file = files.join(temporary, path);
      const handle = await files.openForWriting(file, { append: true });
      await handle.sync().finally(() => handle.close());
      manifest[path] = await fingerprint(file);
    }
    const state: StateFile = {
      stage,
      step,
      owner: options.owner,
      arithmetic: options.arithmetic,
      retention: options.retention,
      files: manifest,
      state: options.state,
    };
    await files.writeTextAtomic(files.join(temporary, 'state.json'), `${JSON.stringify(state, null, 1)}\n`);
    if (await files.exists(target)) await files.rename(target, aside);
    await files.rename(temporary, target);
    await files.remove(aside);
    return target;
  } catch (error) {
    await files.remove(temporary).catch(() => {});
    if ((await files.exists(aside)) && !(await files.exists(target))) await files.rename(aside, target).catch(() => {});
    throw writeFailure(error, `checkpoint ${target}`, 'Earlier checkpoints are whole.');
  }
}

/** Removes what a killed process left unfinished, and puts back what it was about to replace. */
export async function tidyCheckpoints(dir: string): Promise<void> {
  for (const name of await files.list(dir)) {
    if (name.startsWith(unfinished) || name.startsWith(removed)) await files.remove(files.join(dir, name));
    if (!name.startsWith(replaced)) continue;
    const target = files.join(dir, name.slice(replaced.length));
    if (await files.exists(target)) await files.remove(files.join(dir, name));
    else await files.rename(files.join(dir, name), target);
  }
}

/** The checkpoints of a stage by ascending step, whole or not. */
export async function listCheckpoints(dir: string, stage: string): Promise<{ step: number; dir: string }[]> {
  if (!(await files.isDirectory(dir))) return [];
  const entries = (await files.list(dir)).flatMap((name) => {
    const parsed = parseStepName(name);
    return parsed?.stage === stage ? [{ step: parsed.step, dir: files.join(dir, name) }] : [];
  });
  return entries.sort((a, b) => a.step - b.step);
}

/**
 * The newest whole checkpoint of a stage up to `atMost`; those that are damaged, or another's, are passed over with a warning.
 * @param owners the fingerprints that it may have; undefined: any
 */
export async function newestCheckpoint(
  dir: string,
  stage: string,
  owners: readonly string[] | undefined,
  warn: (message: string) => void,
  atMost = Number.POSITIVE_INFINITY,
): Promise<Checkpoint | undefined> {
  for (const entry of (await listCheckpoints(dir, stage)).reverse()) {
    if (entry.step > atMost) continue;
    const result = await readCheckpoint(entry.dir);
    if ('problem' in result) warn(`${entry.dir} is passed over: ${result.problem}`);
    else if (owners !== undefined && !isOwned(result, owners)) warn(`${entry.dir} is passed over: it was made by another recipe`);
    else
      return {
        stage,
        step: entry.step,
        dir: entry.dir,
        state: result.state,
        arithmetic: result.arithmetic,
        retention: result.retention,
      };
  }
  return undefined;
}

/** Removes the stage's checkpoints after `step` (all where there is none) that are damaged or its own. */
export async function removeCheckpointsAfter(
  dir: string,
  stage: string,
  step: number | undefined,
  owners: readonly string[],
): Promise<void> {
  for (const entry of await listCheckpoints(dir, stage)) {
    if (step !== undefined && entry.step <= step) continue;
    const result = await readCheckpoint(entry.dir);
    if ('problem' in result || isOwned(result, owners)) await removeCheckpoint(entry.dir);
  }
}

/** Removes all but the newest checkpoints of a stage up to `step`, which is complete, and those in use. */
export async function retainCheckpoints(dir: string, stage: string, step: number, retention: Retention): Promise<void> {
  const older = (await listCheckpoints(dir, stage)).filter((entry) => entry.step <= step);
  const used = retention.inUse.map((path) => files.resolve(dir, path));
  for (const entry of older.slice(0, -Math.max(1, retention.keep)))
    if (!used.some((path) => isWithin(path, files.resolve(entry.dir)))) await removeCheckpoint(entry.dir);
}

function isOwned({ owner, recipe }: StateFile, owners: readonly string[]): boolean {
  return owners.includes(owner ?? recipe ?? '');
}

async function removeCheckpoint(dir: string): Promise<void> {
  const doomed = files.join(files.dirname(dir), removed + files.basename(dir));
  await files.remove(doomed);
  await files.rename(dir, doomed);
  await files.remove(doomed);
}

function isWithin(path: string, dir: string): boolean {
  return path === dir || path.startsWith(files.join(dir, '/'));
}

async function readCheckpoint(dir: string): Promise<StateFile | { problem: string }> {
  let state: StateFile;
  try {
    state = JSON.parse(await files.readText(files.join(dir, 'state.json')));
    if (typeof state.files !== 'object') return { problem: 'its state.json is not one of ours' };
  } catch (error) {
    return { problem: files.isCode(error, 'ENOENT') ? 'it has no state.json' : 'its state.json is damaged' };
  }
  for (const [path, expected] of Object.entries(state.files)) {
    const file = files.join(dir, path);
    if (!(await files.isFile(file))) return { problem: `it lacks ${path}` };
    const found = await fingerprint(file);
    if (found.size !== expected.size) return { problem: `${path} has ${found.size} bytes instead of ${expected.size}` };
    if (found.sha256 !== expected.sha256) return { problem: `${path} was changed or damaged` };
  }
  return state;
}

async function fingerprint(file: string): Promise<{ size: number; sha256?: string }> {
  const size = await files.size(file);
  return size <= hashAtMost ? { size, sha256: sha256(await files.readBytes(file)) } : { size };
}

/** Paths of all files in a directory and below, with forward slashes. */
async function filesIn(dir: string, prefix = ''): Promise<string[]> {
  const paths: string[] = [];
  for (const name of await files.list(dir)) {
    const path = prefix + name;
    if (await files.isDirectory(files.join(dir, name))) paths.push(...(await filesIn(files.join(dir, name), `${path}/`)));
    else paths.push(path);
  }
  return paths;
}
