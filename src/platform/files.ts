// Files, as the layers above see them: whole and ranged reads, atomic writes, streams, and path helpers.
// One of the few places where `node:` modules are imported, so that another platform can bring its own.

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';

export const join = path.join;
export const resolve = path.resolve;
export const basename = path.basename;
export const dirname = path.dirname;
export const extname = path.extname;
export const relative = path.relative;

/** The path a `file:` URL names, for what lies beside a module: `pathOf(new URL('./x.json', import.meta.url))`. */
export function pathOf(url: string | URL): string {
  return fileURLToPath(url);
}

/** True where anything (a file or a directory) lies at `file`. */
export async function exists(file: string): Promise<boolean> {
  return (await statOrNothing(file)) !== undefined;
}

export async function isFile(file: string): Promise<boolean> {
  return (await statOrNothing(file))?.isFile() ?? false;
}

export async function isDirectory(file: string): Promise<boolean> {
  return (await statOrNothing(file))?.isDirectory() ?? false;
}

/** Bytes in a file. */
export async function size(file: string): Promise<number> {
  return (await fs.stat(file)).size;
}

export function readText(file: string): Promise<string> {
  return fs.readFile(file, 'utf8');
}

export async function readBytes(file: string): Promise<Uint8Array> {
  const handle = await openForReading(file);
  try {
    return await handle.read(0, handle.size);
  } finally {
    await handle.close();
  }
}

/** `length` bytes from `offset`; throws where the file ends before. */
export async function readRange(file: string, offset: number, length: number): Promise<Uint8Array> {
  const handle = await openForReading(file);
  try {
    return await handle.read(offset, length);
  } finally {
    await handle.close();
  }
}

/** An open file for ranged reads. */
export interface ReadHandle {
  readonly path: string;
  /** Bytes, when it was opened. */
  readonly size: number;
  /** `length` bytes from `offset` in a buffer of their own (8-byte aligned); throws where the file ends before. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Fills `target` from `offset`; for large tensors, which should not exist twice. */
  readInto(target: Uint8Array, offset: number): Promise<void>;
  close(): Promise<void>;
}

// The kernel reads at most 2 GiB at a time.
const readAtMost = 1 << 30;

export async function openForReading(file: string): Promise<ReadHandle> {
  const handle = await fs.open(file, 'r');
  let bytes: number;
  try {
    bytes = (await handle.stat()).size;
  } catch (error) {
    await handle.close();
    throw error;
  }
  const readInto = async (target: Uint8Array, offset: number) => {
    for (let done = 0; done < target.length; ) {
      const { bytesRead } = await handle.read(target, done, Math.min(target.length - done, readAtMost), offset + done);
      if (bytesRead === 0)
        throw new Error(`${file} ends at byte ${offset + done}; ${target.length} bytes from byte ${offset} were expected`);
      done += bytesRead;
    }
  };
  return {
    path: file,
    size: bytes,
    readInto,
    async read(offset, length) {
      // Asked before the buffer is made: a lying header must not make us reserve terabytes.
      if (offset + length > bytes) throw new Error(`${file} ends at byte ${bytes}; ${length} bytes from byte ${offset} were expected`);
      const target = new Uint8Array(length);
      await readInto(target, offset);
      return target;
    },
    close: () => handle.close(),
  };
}

/** A file being written from its start to its end. */
export interface WriteHandle {
  readonly path: string;
  write(bytes: Uint8Array | string): Promise<void>;
  /** Forces what was written onto the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a file for streaming writes; an existing one is emptied, or continued with `append`. */
export async function openForWriting(file: string, options: { append?: boolean } = {}): Promise<WriteHandle> {
  const handle = await fs.open(file, options.append ? 'a' : 'w');
  return {
    path: file,
    async write(bytes) {
      const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
      for (let done = 0; done < data.length; )
        done += (await handle.write(data, done, Math.min(data.length - done, readAtMost))).bytesWritten;
    },
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

/** The file is either as it was or wholly the new text, also after a crash: temporary file, fsync, rename. */
export async function writeTextAtomic(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = await openForWriting(temporary);
    try {
      await handle.write(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
}

/** Creates the file with this text; false, and nothing changed, where it is already there. */
export async function createExclusive(file: string, text: string): Promise<boolean> {
  // Written elsewhere and linked, so that it is never seen half written.
  const whole = `${file}.${process.pid}.${exclusives++}.tmp`;
  await fs.writeFile(whole, text, { flag: 'wx' });
  try {
    await fs.link(whole, file);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await fs.rm(whole, { force: true });
  }
}

let exclusives = 0;

export async function appendText(file: string, text: string): Promise<void> {
  await fs.appendFile(file, text);
}

/** Cuts a file to `length` bytes. */
export async function truncate(file: string, length: number): Promise<void> {
  await fs.truncate(file, length);
}

/** Moves a file or directory, and makes the move itself durable. An existing file is replaced; an existing directory is not. */
export async function rename(from: string, to: string): Promise<void> {
  await fs.rename(from, to);
  await syncDirectory(path.dirname(to));
}

/** Forces what another program, or library, wrote into a file onto the disk. */
export async function syncFile(file: string): Promise<void> {
  const handle = await fs.open(file, 'r+');
  await handle.sync().finally(() => handle.close());
}

/** Forces a directory's entries onto the disk, where the system can do that. */
export async function syncDirectory(dir: string): Promise<void> {
  try {
    const handle = await fs.open(dir, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    // Windows does not open directories; some network file systems do not sync them.
    if (!['EISDIR', 'EPERM', 'EINVAL', 'EACCES', 'ENOTSUP'].some((code) => isCode(error, code))) throw error;
  }
}

/** Removes a file or a whole directory; nothing happens where there is none. */
export async function remove(file: string): Promise<void> {
  await fs.rm(file, { recursive: true, force: true });
}

/** Makes a directory and its parents; nothing happens where it is there. */
export async function mkdir(dir: string): Promise<void> {
  // Not { recursive: true }: Node 20 never returns from that where the system answers ENOENT below a parent that exists (/proc).
  try {
    await fs.mkdir(dir);
  } catch (error) {
    if (isCode(error, 'EEXIST') && (await isDirectory(dir))) return;
    if (!isCode(error, 'ENOENT') || path.dirname(dir) === dir || (await isDirectory(path.dirname(dir)))) throw error;
    await mkdir(path.dirname(dir));
    await mkdir(dir);
  }
}

/** A new, empty directory of its own in the system's temporary folder. */
export async function temporaryDirectory(prefix: string): Promise<string> {
  const { tmpdir } = await import('node:os');
  return fs.mkdtemp(path.join(tmpdir(), prefix));
}

/** The names in a directory, sorted. */
export async function list(dir: string): Promise<string[]> {
  return (await fs.readdir(dir)).sort();
}

/** Whether an error is the file system's, of this code (`ENOENT`, `ENOSPC`, `EACCES`, ...). */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

async function statOrNothing(file: string) {
  try {
    return await fs.stat(file);
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}
