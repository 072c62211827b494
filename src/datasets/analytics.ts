// The embedded analytic engine, DuckDB: SQL over Parquet files that are far larger than memory, and the writer of Parquet. Nothing is kept
// in a database file: the tables are Parquet, and what does not fit in memory meanwhile lies in a folder that goes away again.
// Its library (tens of megabytes) is loaded when it is first used.

import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { InputError, messageOf } from '../platform/errors.ts';
import { remove, rename, syncFile } from '../platform/files.ts';

type DuckDB = typeof import('@duckdb/node-api');

/** A value of a column; lists are arrays, structs objects. */
export type Cell = string | number | boolean | null | readonly Cell[] | { readonly [field: string]: Cell };
export type Row = Record<string, Cell>;

/** Rows that travel together between the engine and us, and that are read together from a file that it wrote. */
const rowsAtOnce = 2048;

export class Analytics {
  private constructor(
    private readonly duckdb: DuckDB,
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    private readonly spill: string,
  ) {}

  /**
   * @param spill a folder for what does not fit in memory; removed by `close`
   * @param memory that it may take, MB
   */
  static async open(spill: string, memory = 512): Promise<Analytics> {
    const duckdb = await load();
    await remove(spill);
    const instance = await duckdb.DuckDBInstance.create(':memory:', {
      // One thread, so that the same rows give the same file, bit for bit.
      threads: '1',
      memory_limit: `${memory}MB`,
      temp_directory: spill,
      // Nothing is fetched from anywhere.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    return new Analytics(duckdb, instance, await instance.connect(), spill);
  }

  /** Runs statements that give no rows. */
  async run(sql: string): Promise<void> {
    await withDiskErrors(() => this.connection.run(sql));
  }

  /** The rows of a query, as they come; integers as numbers (none of ours is beyond 2^53). */
  async *stream(sql: string): AsyncGenerator<Row> {
    const result = await withDiskErrors(() => this.connection.stream(sql));
    const names = result.columnNames();
    for (;;) {
      const chunk = await withDiskErrors(() => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      for (const values of chunk.convertRows(this.duckdb.JSDuckDBValueConverter))
        yield Object.fromEntries(values.map((value, i) => [names[i], (typeof value === 'bigint' ? Number(value) : value) as Cell]));
    }
  }

  /** All rows of a query that gives few. */
  async all(sql: string): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const row of this.stream(sql)) rows.push(row);
    return rows;
  }

  /** Makes a temporary table of rows. @param columns SQL types by name, in their order */
  async writeTable(table: string, columns: Readonly<Record<string, string>>, rows: Iterable<Row> | AsyncIterable<Row>): Promise<void> {
    const names = Object.keys(columns);
    const { JSToDuckDBValueConverter, DuckDBDataChunk } = this.duckdb;
    await this.run(`CREATE OR REPLACE TEMP TABLE ${table} (${names.map((name) => `"${name}" ${columns[name]}`).join(', ')})`);
    const appender = await this.connection.createAppender(table);
    const types = names.map((_, i) => appender.columnType(i));
    let held: Cell[][] = [];
    const append = (): void => {
      if (held.length === 0) return;
      const chunk = DuckDBDataChunk.create(types, held.length);
      chunk.setRowsConverted(held as never, JSToDuckDBValueConverter);
      appender.appendDataChunk(chunk);
      held = [];
    };
    for await (const row of rows) {
      held.push(names.map((name) => row[name] ?? null));
      if (held.length === rowsAtOnce) append();
    }
    append();
    await withDiskErrors(async () => appender.closeSync());
  }

  /** Writes rows as a Parquet file, whole or not at all: under a temporary name, forced onto the disk, renamed. @param columns as `writeTable` */
  async writeParquet(file: string, columns: Readonly<Record<string, string>>, rows: Iterable<Row> | AsyncIterable<Row>): Promise<void> {
    try {
      await this.writeTable('written', columns, rows);
      await this.copyTo(file, 'written');
    } finally {
      await this.run('DROP TABLE IF EXISTS written');
    }
  }

  /** Writes a table, or a query in brackets, as a Parquet file, whole or not at all. */
  async copyTo(file: string, table: string): Promise<void> {
    const temporary = `${file}.tmp`;
    try {
      await this.run(`COPY ${table} TO ${quoted(temporary)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowsAtOnce})`);
      await syncFile(temporary);
      await rename(temporary, file);
    } catch (error) {
      await remove(temporary);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.connection.closeSync();
    this.instance.closeSync();
    await remove(this.spill);
  }
}

/** A text as SQL has it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

async function load(): Promise<DuckDB> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    throw new InputError(
      `DuckDB, which curates data, has no library for this machine (${process.platform}, ${process.arch}; ${messageOf(error)}): it has one for Linux, macOS and Windows on x64 and arm64; see that npm installs optional dependencies (no --omit=optional)`,
    );
  }
}

/** A disk that is full is told as Node tells it. */
async function withDiskErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!/no space left on device|disk quota exceeded|ENOSPC|not enough space on the disk/i.test(messageOf(error))) throw error;
    throw Object.assign(new Error(`ENOSPC: ${messageOf(error)}`, { cause: error }), { code: 'ENOSPC' });
  }
}
