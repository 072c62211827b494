// How ONNX Runtime's CPU arena (BFCArena: best fit with coalescing) lays out what a run asks of it, replayed without memory. A graph's
// tensors, added up, say too little: a freed tensor leaves a hole that the next one may not fit.

/** Smallest piece, and what sizes are rounded up to. */
const PIECE = 256;
const FIRST_REGION = 2 ** 20;
/** A region asked for by doubling is no larger than this. */
const LARGEST_DOUBLED = 2 ** 30;
/** A chunk that is larger than asked for is cut where it is twice as large, or this much larger. */
const MOST_DEAD = 2 ** 27;
/** Pages are counted in blocks of this size. */
const BLOCK = 2 ** 16;

interface Chunk {
  offset: number;
  size: number;
  free: boolean;
}

interface Region {
  chunks: Chunk[];
  /** Blocks that were ever part of an allocation: what is never written is never resident. */
  touched: Uint8Array;
}

/** A piece of the arena that is in use. */
export interface Allocation {
  region: Region;
  chunk: Chunk;
}

/** An arena that keeps what it was ever given, as a session's does. */
export class Arena {
  private readonly regions: Region[] = [];
  private nextRegion = FIRST_REGION;
  private blocks = 0;

  /** Bytes that were ever written to. */
  get resident(): number {
    return this.blocks * BLOCK;
  }

  allocate(bytes: number): Allocation {
    const size = Math.max(PIECE, Math.ceil(bytes / PIECE) * PIECE);
    const { region, chunk } = this.smallestFree(size) ?? this.extend(size);
    if (chunk.size >= 2 * size || chunk.size - size >= MOST_DEAD) {
      const rest = { offset: chunk.offset + size, size: chunk.size - size, free: true };
      region.chunks.splice(region.chunks.indexOf(chunk) + 1, 0, rest);
      chunk.size = size;
    }
    chunk.free = false;
    const end = Math.ceil((chunk.offset + size) / BLOCK);
    for (let block = Math.floor(chunk.offset / BLOCK); block < end; block++) {
      if (region.touched[block] === 0) this.blocks++;
      region.touched[block] = 1;
    }
    return { region, chunk };
  }

  free({ region: { chunks }, chunk }: Allocation): void {
    chunk.free = true;
    const at = chunks.indexOf(chunk);
    const [before, after] = [chunks[at - 1], chunks[at + 1]];
    if (after?.free) {
      chunk.size += after.size;
      chunks.splice(at + 1, 1);
    }
    if (before?.free) {
      before.size += chunk.size;
      chunks.splice(at, 1);
    }
  }

  private smallestFree(size: number): Allocation | undefined {
    let best: Allocation | undefined;
    for (const region of this.regions)
      for (const chunk of region.chunks)
        if (chunk.free && chunk.size >= size && (best === undefined || chunk.size < best.chunk.size)) best = { region, chunk };
    return best;
  }

  private extend(size: number): Allocation {
    const enough = this.nextRegion >= size;
    while (this.nextRegion < size) this.nextRegion *= 2;
    const chunk = { offset: 0, size: this.nextRegion, free: true };
    const region = { chunks: [chunk], touched: new Uint8Array(Math.ceil(chunk.size / BLOCK)) };
    this.regions.push(region);
    if (enough) this.nextRegion = Math.min(2 * this.nextRegion, LARGEST_DOUBLED);
    return { region, chunk };
  }
}
