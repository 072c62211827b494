// The key-value cache against a plain model of it: random sequences of opening, appending and removing rows, after each of which
// every row's keys and values are where the graph looks for them, and nothing else is in sight.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../../testing/tinyModel.ts';
import { KeyValueCache } from './cache.ts';

const config = tinyConfig({ head_dim: 2 });
const { layers, kvHeads, headDim } = config;
const width = kvHeads * headDim;
let counter = 0;

/** One token's keys and values, [2*layers][kvHeads*D], all different. */
const freshToken = (): number[][] => Array.from({ length: 2 * layers }, () => Array.from({ length: width }, () => ++counter));

function check(cache: KeyValueCache, rows: readonly number[][][][]): void {
  expect(cache.rowCount).toBe(rows.length);
  if (rows.length === 0) return;
  const feeds = cache.feeds();
  const mask = feeds.cacheMask;
  const slots = mask.dims[3];
  expect(mask.dims).toEqual([rows.length, 1, 1, slots]);
  for (const [row, tokens] of rows.entries()) {
    expect(cache.lengthOf(row)).toBe(tokens.length);
    const shown: ArrayLike<number> & Iterable<number> = mask.data.subarray(row * slots, (row + 1) * slots);
    expect([...shown].map((m) => m === 0)).toEqual(Array.from({ length: slots }, (_, slot) => slot < tokens.length));
    for (let array = 0; array < 2 * layers; array++) {
      const { data, dims } = feeds[`${array % 2 === 0 ? 'keys' : 'values'}.${array >> 1}`];
      expect(dims).toEqual([rows.length, kvHeads, slots, headDim]);
      expect(data.length).toBe(rows.length * kvHeads * slots * headDim);
      const held = tokens.map((_, slot) =>
        Array.from(
          { length: width },
          (__, i) => data[((row * kvHeads + Math.floor(i / headDim)) * slots + slot) * headDim + (i % headDim)],
        ),
      );
      expect(held).toEqual(tokens.map((token) => token[array]));
    }
  }
}

const action = fc.oneof(
  fc.record({
    kind: fc.constant('open' as const),
    lengths: fc.array(fc.integer({ min: 0, max: 80 }), { minLength: 1, maxLength: 3 }),
    spare: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({ kind: fc.constant('append' as const), times: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant('remove' as const), which: fc.nat() }),
);

describe('KeyValueCache', () => {
  it('holds what was put into it, through growth and removal', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 12 }), (actions) => {
        const cache = new KeyValueCache(config);
        const rows: number[][][][] = [];
        for (const step of actions) {
          if (step.kind === 'open') {
            const prefixes = step.lengths.map((length) => Array.from({ length }, freshToken));
            const arrays = (tokens: number[][][]) =>
              Array.from({ length: 2 * layers }, (_, array) => Float32Array.from(tokens.flatMap((token) => token[array])));
            cache.open(
              prefixes.map((tokens) => ({ length: tokens.length, arrays: arrays(tokens) })),
              rows.length + prefixes.length + step.spare,
            );
            rows.push(...prefixes);
          } else if (rows.length > 0 && step.kind === 'append') {
            for (let n = 0; n < step.times; n++) {
              const fresh = rows.map(freshToken);
              cache.append(
                Float32Array.from(Array.from({ length: 2 * layers }, (_, array) => fresh.flatMap((token) => token[array])).flat()),
              );
              for (const [row, token] of fresh.entries()) rows[row].push(token);
            }
          } else if (rows.length > 0 && step.kind === 'remove') {
            const row = step.which % rows.length;
            cache.remove(row);
            const last = rows.pop() as number[][][];
            if (row < rows.length) rows[row] = last;
          }
          check(cache, rows);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('an emptied cache keeps its memory for what comes next, but not more than half a gigabyte', () => {
    const open = (cache: KeyValueCache, capacity: number): void =>
      cache.open([{ length: 0, arrays: Array.from({ length: 2 * config.layers }, () => new Float32Array(0)) }], capacity);
    const memory = (cache: KeyValueCache): ArrayBufferLike => cache.feeds()['keys.0'].data.buffer;
    const cache = new KeyValueCache(config);
    open(cache, 16);
    const first = memory(cache);
    cache.remove(0);
    open(cache, 16);
    expect(memory(cache)).toBe(first);
    cache.clear();
    expect(memory(cache).byteLength).toBe(0);
    const wide = new KeyValueCache({ ...config, layers: 1, kvHeads: 1, headDim: 2 ** 20 });
    wide.open([{ length: 0, arrays: [new Float32Array(0), new Float32Array(0)] }], 2);
    expect(memory(wide).byteLength).toBe(2 ** 29);
    wide.remove(0);
    expect(memory(wide).byteLength).toBe(0);
  });
});
