// What was asked of a judge or a writer and costs time or money to ask again: appended as it comes, found again by the key of what was asked,
// also by a run that was stopped, or whose filters have changed since.
import { isFile, openForWriting, readRange, truncate, type WriteHandle } from '../../platform/files.ts';
import { jsonLine } from '../../tracking/jsonLines.ts';
import { wholeLines } from '../../tracking/wholeLines.ts';
import { writing } from './shards.ts';

export interface Answer {
  key: string;
  [field: string]: unknown;
}

/** Where an answer stands in the file, so that long ones need not be held. */
export interface Place {
  from: number;
  bytes: number;
}

export class Answers {
  private appending: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly file: string,
    private readonly handle: WriteHandle,
    private bytes: number,
  ) {}

  /**
   * Opens the file, or makes it; what was cut short at its end is cut off.
   * @param take is given each answer that is there, with its place
   */
  static async open(file: string, take: (answer: Answer, place: Place) => void): Promise<Answers> {
    let whole = 0;
    if (await isFile(file))
      for await (const { text, end } of wholeLines(file)) {
        take(JSON.parse(text) as Answer, { from: whole, bytes: end - whole });
        whole = end;
      }
    return writing(file, async () => {
      const handle = await openForWriting(file, { append: true });
      await truncate(file, whole);
      return new Answers(file, handle, whole);
    });
  }

  /** One after another, whoever comes when. Returns its place. */
  append(answer: Answer): Promise<Place> {
    const done = this.appending.then(() =>
      writing(this.file, async () => {
        const line = new TextEncoder().encode(jsonLine(answer));
        try {
          await this.handle.write(line);
          this.bytes += line.length;
          return { from: this.bytes - line.length, bytes: line.length };
        } catch (error) {
          await truncate(this.file, this.bytes).catch(() => {});
          throw error;
        }
      }),
    );
    this.appending = done.catch(() => {});
    return done;
  }

  async read({ from, bytes }: Place): Promise<Answer> {
    return JSON.parse(new TextDecoder().decode(await readRange(this.file, from, bytes))) as Answer;
  }

  async close(): Promise<void> {
    await this.appending;
    await this.handle.close();
  }
}
