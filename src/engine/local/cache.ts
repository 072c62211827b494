// The cache of keys and values that decoding reads: one row a running sequence, rows dense from 0, owned here and fed to the graph
// where it lies. Each array is [rows, kvHeads, slots, D]; slots grow with the longest sequence, so that a step reads no more than is used.
// Its memory outlives its rows, for the next rollout: memory fresh from the system costs more time than what is written into it.

import type { LlamaConfig } from '../../formats/modelConfig.ts';
import type { ArrayValue } from '../../graph/session.ts';

const SLOT_STEP = 64;
/** An empty cache keeps no more than this, bytes. */
export const KEPT_CACHE = 2 ** 29;

export class KeyValueCache {
  /** Keys of layer i at 2i, its values at 2i + 1. */
  private arrays: Float32Array[];
  private slots = 0;
  private rows = 0;
  private readonly lengths: number[] = [];

  constructor(private readonly config: LlamaConfig) {
    this.arrays = Array.from({ length: 2 * config.layers }, () => new Float32Array(0));
  }

  get rowCount(): number {
    return this.rows;
  }

  lengthOf(row: number): number {
    return this.lengths[row];
  }

  /** Opens rows for sequences of which `prefixes` are cached already: per array [length, kvHeads*D]. Room for `capacity` rows is made. */
  open(prefixes: readonly { length: number; arrays: readonly Float32Array[] }[], capacity: number): void {
    const { kvHeads, headDim } = this.config;
    this.reserve(Math.max(capacity, this.rows + prefixes.length), Math.max(0, ...prefixes.map((prefix) => prefix.length + 1)));
    for (const { length, arrays } of prefixes) {
      const row = this.rows++;
      this.lengths[row] = length;
      for (const [index, source] of arrays.entries())
        for (let t = 0; t < length; t++)
          for (let head = 0; head < kvHeads; head++) {
            const from = (t * kvHeads + head) * headDim;
            this.arrays[index].set(source.subarray(from, from + headDim), ((row * kvHeads + head) * this.slots + t) * headDim);
          }
    }
  }

  /** Appends one token to every row: `fresh [2*layers, rows, kvHeads*D]`. */
  append(fresh: Float32Array): void {
    const { kvHeads, headDim } = this.config;
    this.reserve(this.rows, Math.max(...this.lengths.slice(0, this.rows)) + 1);
    for (const [index, array] of this.arrays.entries()) {
      let from = index * this.rows * kvHeads * headDim;
      for (let row = 0; row < this.rows; row++) {
        const slot = this.lengths[row];
        for (let head = 0; head < kvHeads; head++) {
          const to = ((row * kvHeads + head) * this.slots + slot) * headDim;
          for (let d = 0; d < headDim; d++) array[to + d] = fresh[from + d];
          from += headDim;
        }
      }
    }
    for (let row = 0; row < this.rows; row++) this.lengths[row]++;
  }

  /** Frees a row; the last row takes its place (the caller moves its own records alike). */
  remove(row: number): void {
    const last = --this.rows;
    if (row !== last) {
      const { kvHeads, headDim } = this.config;
      const stride = kvHeads * this.slots * headDim;
      for (const array of this.arrays) array.copyWithin(row * stride, last * stride, (last + 1) * stride);
      this.lengths[row] = this.lengths[last];
    }
    if (this.rows > 0) return;
    this.slots = 0;
    if (this.arrays.length * this.arrays[0].byteLength > KEPT_CACHE) this.clear();
  }

  /** Frees all rows, and the memory. */
  clear(): void {
    this.rows = 0;
    this.slots = 0;
    this.arrays = this.arrays.map(() => new Float32Array(0));
  }

  /** The graph's inputs keys.i, values.i, cacheMask and, where layers slide, windowMask. */
  feeds(): Record<string, ArrayValue> {
    const { kvHeads, headDim, layers, slidingWindow } = this.config;
    const dims = [this.rows, kvHeads, this.slots, headDim];
    const used = this.rows * kvHeads * this.slots * headDim;
    const feeds: Record<string, ArrayValue> = {};
    for (let layer = 0; layer < layers; layer++) {
      feeds[`keys.${layer}`] = { data: this.arrays[2 * layer].subarray(0, used), dims };
      feeds[`values.${layer}`] = { data: this.arrays[2 * layer + 1].subarray(0, used), dims };
    }
    const mask = new Float32Array(this.rows * this.slots);
    for (let row = 0; row < this.rows; row++) mask.fill(-1e9, row * this.slots + this.lengths[row], (row + 1) * this.slots);
    feeds.cacheMask = { data: mask, dims: [this.rows, 1, 1, this.slots] };
    if (slidingWindow === undefined) return feeds;
    // The new token stands behind all that is cached, and is one of those it sees.
    const near = mask.slice();
    for (let row = 0; row < this.rows; row++)
      near.fill(-1e9, row * this.slots, row * this.slots + Math.max(0, this.lengths[row] - slidingWindow + 1));
    feeds.windowMask = { data: near, dims: [this.rows, 1, 1, this.slots] };
    return feeds;
  }

  private reserve(rows: number, slots: number): void {
    const { kvHeads, headDim } = this.config;
    const wanted = Math.max(this.slots, Math.ceil(slots / SLOT_STEP) * SLOT_STEP);
    const size = Math.max(rows, this.rows) * kvHeads * wanted * headDim;
    for (const [index, old] of this.arrays.entries()) {
      const array = old.length >= size ? old : new Float32Array(size);
      this.arrays[index] = array;
      if (array === old && wanted === this.slots) continue;
      // From the last to the first: within one array each moves towards the end, over nothing that has yet to move.
      for (let row = this.rows - 1; row >= 0; row--)
        for (let block = (row + 1) * kvHeads - 1; block >= row * kvHeads; block--) {
          const from = block * this.slots * headDim;
          const until = from + this.lengths[row] * headDim;
          const to = block * wanted * headDim;
          if (array === old) array.copyWithin(to, from, until);
          else array.set(old.subarray(from, until), to);
        }
    }
    this.slots = wanted;
  }
}
