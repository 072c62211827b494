// A file that lines are appended to: whole, or not at all.
import * as files from '../platform/files.ts';

export class AppendedFile {
  private constructor(
    readonly file: string,
    private handle: files.WriteHandle,
    private bytes: number,
  ) {}

  /** Opens it for appending, or makes it. @param length what is kept of it, in bytes: the rest is cut off */
  static async open(file: string, length: number): Promise<AppendedFile> {
    const handle = await files.openForWriting(file, { append: true });
    if ((await files.size(file)) > length) await files.truncate(file, length);
    return new AppendedFile(file, handle, length);
  }

  /** Bytes so far. */
  get length(): number {
    return this.bytes;
  }

  /** Where it fails, nothing of the text stays. */
  async append(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    try {
      await this.handle.write(bytes);
      this.bytes += bytes.length;
    } catch (error) {
      await files.truncate(this.file, this.bytes).catch(() => {});
      throw error;
    }
  }

  async cutTo(bytes: number): Promise<void> {
    this.bytes = bytes;
    await files.truncate(this.file, bytes);
  }

  /** Puts another text in the place of all of it, whole or not at all. */
  async replaceBy(text: string): Promise<void> {
    await files.writeTextAtomic(this.file, text);
    await this.handle.close();
    this.handle = await files.openForWriting(this.file, { append: true });
    this.bytes = new TextEncoder().encode(text).length;
  }

  /** Forces it onto the disk. */
  sync(): Promise<void> {
    return this.handle.sync();
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
