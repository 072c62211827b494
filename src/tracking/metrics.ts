// metrics.jsonl: one row for each step (and each look at held-out problems), appended as it happens. The rows since the last
// checkpoint are cut off when a run resumes, so that no step is there twice.
import * as files from '../platform/files.ts';
import { AppendedFile } from './appendedFile.ts';
import { writeFailure } from './failure.ts';
import { jsonLine } from './jsonLines.ts';

/** `step` counts finished optimiser steps: the first has 1, what is measured before it 0. Names are TRL's where it has one. */
export interface MetricsRow {
  stage: string;
  step: number;
  [name: string]: unknown;
}

export class MetricsFile {
  private constructor(private readonly lines: AppendedFile) {}

  /** Opens it for appending, or makes it; a last line that was cut short is dropped. */
  static async open(file: string): Promise<MetricsFile> {
    const length = (await files.exists(file)) ? await wholeLines(file, await files.size(file)) : 0;
    return new MetricsFile(await AppendedFile.open(file, length));
  }

  /** Bytes of whole rows so far. */
  get length(): number {
    return this.lines.length;
  }

  /** Appends a row; where that fails nothing of it stays. */
  async append(row: MetricsRow): Promise<void> {
    try {
      await this.lines.append(jsonLine(row));
    } catch (error) {
      throw writeFailure(error, `the metrics of step ${row.step}`, 'The last checkpoint is whole.');
    }
  }

  /** Forces the rows onto the disk: some file systems notice only then that they have no room. */
  async sync(): Promise<void> {
    try {
      await this.lines.sync();
    } catch (error) {
      throw writeFailure(error, this.lines.file, 'The last checkpoint is whole.');
    }
  }

  /** Cuts back to `bytes`, or to the whole lines before it; a file that is shorter already stays as it is. */
  async cutTo(bytes: number): Promise<void> {
    if (bytes < this.lines.length) await this.lines.cutTo(await wholeLines(this.lines.file, bytes));
  }

  /** Where the first row of `stage` begins; the end of the file where it has none. */
  async startOf(stage: string): Promise<number> {
    let offset = 0;
    for (const line of (await files.readText(this.lines.file)).split('\n')) {
      if (stageOf(line) === stage) return offset;
      offset += new TextEncoder().encode(line).length + 1;
    }
    return this.lines.length;
  }

  close(): Promise<void> {
    return this.lines.close();
  }
}

function stageOf(line: string): unknown {
  try {
    return JSON.parse(line).stage;
  } catch {
    return undefined;
  }
}

/** The largest length up to `length` that ends with a newline. */
async function wholeLines(file: string, length: number): Promise<number> {
  const chunk = 1 << 16;
  for (let end = length; end > 0; end -= chunk) {
    const start = Math.max(0, end - chunk);
    const newline = (await files.readRange(file, start, end - start)).lastIndexOf(10);
    if (newline >= 0) return start + newline + 1;
  }
  return 0;
}
