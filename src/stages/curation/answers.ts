// What was asked of a judge or a writer and costs time or money to ask again: appended as it comes, found again by the key of what was asked,
// also by a run that was stopped, or whose filters have changed since.
import { isFile, openForWriting, truncate, type WriteHandle } from '../../platform/files.ts';
import { jsonLine } from '../../tracking/jsonLines.ts';
import { wholeLines } from '../../tracking/wholeLines.ts';
import { writing } from './shards.ts';

export interface Answer {
  key: string;
  [field: string]: unknown;
}

export class Answers {
  private appending: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: string,
    private readonly handle: WriteHandle,
    private bytes: number,
  ) {}

  /** Opens the file, or makes it; what was cut short at its end is cut off. @param take is given each answer that is there */
  static async open(file: string, take: (answer: Answer) => void): Promise<Answers> {
    let whole = 0;
    if (await isFile(file))
      for await (const { text, end } of wholeLines(file)) {
        take(JSON.parse(text) as Answer);
        whole = end;
      }
    return writing(file, async () => {
      const handle = await openForWriting(file, { append: true });
      await truncate(file, whole);
      return new Answers(file, handle, whole);
    });
  }

  /** One after another, whoever comes when. */
  append(answer: Answer): Promise<void> {
    const done = this.appending.then(() =>
      writing(this.file, async () => {
        const line = new TextEncoder().encode(jsonLine(answer));
        try {
          await this.handle.write(line);
          this.bytes += line.length;
        } catch (error) {
          await truncate(this.file, this.bytes).catch(() => {});
          throw error;
        }
      }),
    );
    this.appending = done.catch(() => {});
    return done;
  }

  async close(): Promise<void> {
    await this.appending;
    await this.handle.close();
  }
}
