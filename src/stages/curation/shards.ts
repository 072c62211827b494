// The tables of a curation, each a folder of Parquet shards (part-00000.parquet, ...), written whole or not at all and in their order: a stage
// that was stopped goes on after those that are there.
import { type Analytics, quoted, type Row } from '../../datasets/analytics.ts';
import { exists, isDirectory, join, list, mkdir, remove } from '../../platform/files.ts';
import { writeFailure } from '../../tracking/failure.ts';

export class Shards {
  private constructor(
    readonly dir: string,
    private readonly analytics: Analytics,
    private readonly columns: Readonly<Record<string, string>>,
    /** How many are there. */
    private whole: number,
  ) {}

  /** Opens the folder; what does not belong to a row of shards from 0 on without a gap is removed. @param columns SQL types by name */
  static async open(dir: string, analytics: Analytics, columns: Readonly<Record<string, string>>): Promise<Shards> {
    await writing(dir, () => mkdir(dir));
    let whole = 0;
    while (await exists(shardFile(dir, whole))) whole++;
    for (const name of await list(dir)) {
      const shard = /^part-(\d+)\.parquet/.exec(name);
      if (shard && (Number(shard[1]) >= whole || name.endsWith('.tmp'))) await remove(join(dir, name));
    }
    return new Shards(dir, analytics, columns, whole);
  }

  get count(): number {
    return this.whole;
  }

  /** For SQL: all shards, as a table with its own columns. */
  get table(): string {
    return `read_parquet([${Array.from({ length: this.whole }, (_, n) => quoted(shardFile(this.dir, n))).join(', ')}])`;
  }

  /** For SQL: one shard, with `line`, the number of the row in it. */
  shard(n: number): string {
    return `(SELECT *, file_row_number AS line FROM read_parquet(${quoted(shardFile(this.dir, n))}, file_row_number = true))`;
  }

  /** Writes the next one. */
  async add(rows: Iterable<Row> | AsyncIterable<Row>): Promise<void> {
    const file = shardFile(this.dir, this.whole);
    await writing(file, () => this.analytics.writeParquet(file, this.columns, rows));
    this.whole++;
  }

  /** The rows of a shard, in their order. */
  rows(n: number): AsyncGenerator<Row> {
    return this.analytics.stream(`SELECT * FROM ${this.shard(n)} ORDER BY line`);
  }

  /** Removes all of them. */
  async clear(): Promise<void> {
    if (await isDirectory(this.dir)) for (let n = this.whole - 1; n >= 0; n--) await remove(shardFile(this.dir, n));
    this.whole = 0;
  }
}

function shardFile(dir: string, n: number): string {
  return join(dir, `part-${String(n).padStart(5, '0')}.parquet`);
}

/** What a failure to write means. */
export async function writing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw writeFailure(error, what, 'The shards that are written are whole and are kept.');
  }
}
