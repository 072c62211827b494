// The embedded engine as the stages use it: Parquet written whole or not at all, the same rows the same bits, read again by our own reader.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeNeeding } from '../testing/need.ts';
import { smallDisks } from '../testing/smallDisk.ts';
import { Analytics, quoted, type Row } from './analytics.ts';
import { readParquet } from './parquet.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-analytics-'));
let analytics: Analytics;
beforeAll(async () => {
  analytics = await Analytics.open(join(root, 'spill'));
});
afterAll(async () => {
  await analytics.close();
  rmSync(root, { recursive: true });
});

const columns = {
  text: 'VARCHAR',
  count: 'INTEGER',
  share: 'DOUBLE',
  right: 'BOOLEAN',
  reasons: 'VARCHAR[]',
  turns: 'STRUCT("role" VARCHAR, content VARCHAR)[]',
};
const arbitraryRow: fc.Arbitrary<Row> = fc.record({
  text: fc.option(fc.string({ unit: 'grapheme' })),
  count: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  share: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  right: fc.option(fc.boolean()),
  reasons: fc.option(fc.array(fc.string({ unit: 'binary' }))),
  turns: fc.option(fc.array(fc.record({ role: fc.constantFrom('user', 'assistant'), content: fc.string({ unit: 'grapheme' }) }))),
});

async function readRows(file: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const { row } of readParquet(file)) rows.push(row);
  return rows;
}

describe('Parquet that is written', () => {
  it('gives the same rows to our reader and to the engine, and the same bits when written again', async () => {
    let files = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryRow, { minLength: 1, maxLength: 20 }), async (rows) => {
        const [file, again] = [join(root, `${files++}.parquet`), join(root, `${files++}.parquet`)];
        await analytics.writeParquet(file, columns, rows);
        await analytics.writeParquet(again, columns, rows);
        expect(await readRows(file)).toEqual(rows);
        expect(await analytics.all(`SELECT * FROM ${quoted(file)}`)).toEqual(rows);
        expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it('holds more rows than travel together, in their order', async () => {
    const file = join(root, "it's many.parquet");
    async function* numbers(): AsyncGenerator<Row> {
      for (let n = 0; n < 5000; n++) yield { n };
    }
    await analytics.writeParquet(file, { n: 'INTEGER' }, numbers());
    expect((await readRows(file)).map((row) => (row as Row).n)).toEqual(Array.from({ length: 5000 }, (_, n) => n));
    expect(await analytics.all(`SELECT count(*) AS rows, sum(n) AS sum FROM ${quoted(file)}`)).toEqual([{ rows: 5000, sum: 12497500 }]);
  });

  it('leaves nothing where its rows cannot be had', async () => {
    const file = join(root, 'broken.parquet');
    // biome-ignore lint/correctness/useYield: it fails before its first row
    async function* broken(): AsyncGenerator<Row> {
      throw new Error('no more');
    }
    await expect(analytics.writeParquet(file, { n: 'INTEGER' }, broken())).rejects.toThrow('no more');
    expect(readdirSync(root).filter((name) => name.startsWith('broken'))).toEqual([]);
  });
});

describeNeeding(smallDisks(), 'on a full file system', (newDisk) => {
  it('tells it as Node does, and leaves nothing half written', async () => {
    const disk = newDisk(64);
    try {
      const rows = Array.from({ length: 3000 }, (_, n): Row => ({ text: `${n} ${Math.sin(n)} ${Math.cos(n)} ${Math.tan(n)}`.repeat(3) }));
      await expect(analytics.writeParquet(join(disk.dir, 'a.parquet'), { text: 'VARCHAR' }, rows)).rejects.toMatchObject({
        code: 'ENOSPC',
      });
      expect(readdirSync(disk.dir)).toEqual([]);
      disk.resize(4096);
      await analytics.writeParquet(join(disk.dir, 'a.parquet'), { text: 'VARCHAR' }, rows);
      expect(await readRows(join(disk.dir, 'a.parquet'))).toEqual(rows);
    } finally {
      disk.remove();
    }
  });
});
