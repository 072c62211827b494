// Random numbers that depend on where they are used and on nothing else: `stream(seed, 'sample', step, i)` is the same stream
// whatever was drawn elsewhere. So a resumed run needs no saved generator state: step 57 draws what step 57 always draws.
// The generator is xoroshiro128+ (pure-rand); its 128-bit state is the MurmurHash3 of the whole path, so near seeds are unrelated.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

export interface Stream {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** Uniform integer in [0, n), 1 <= n <= 2^53 - 1. */
  int(n: number): number;
  /** Fisher-Yates in place; returns the same array. */
  shuffle<T>(array: T[]): T[];
}

/** The stream of (seed, path): independent of every other path and seed. Numbers and the texts that spell them differ: 1 is not '1'. */
export function stream(seed: number, ...path: (number | string)[]): Stream {
  const generator = xoroshiro128plusFromState(hash128([seed, ...path]));
  const int = (n: number) => {
    if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`int(n) needs an integer n >= 1, got ${n}`);
    return uniformInt(generator, 0, n - 1);
  };
  return {
    next: () => uniformFloat64(generator),
    int,
    shuffle<T>(array: T[]): T[] {
      for (let i = array.length - 1; i > 0; i--) {
        const j = int(i + 1);
        [array[i], array[j]] = [array[j], array[i]];
      }
      return array;
    },
  };
}

/** A seed for another program's stream, from (seed, path): an integer in [0, 2^53). */
export function deriveSeed(seed: number, ...path: (number | string)[]): number {
  const [a, b] = hash128([seed, ...path]);
  return (a >>> 0) * 2 ** 21 + (b >>> 11);
}

/** MurmurHash3 x86_128 (Appleby, public domain) over the path's words: type, then the value's 64 bits or the text's length and characters. */
function hash128(path: (number | string)[]): [number, number, number, number] {
  const words: number[] = [];
  for (const part of path) {
    if (typeof part === 'number') {
      if (!Number.isFinite(part)) throw new RangeError(`a random stream's path holds ${part}`);
      const [low, high] = new Uint32Array(Float64Array.of(part === 0 ? 0 : part).buffer);
      words.push(1, low, high);
    } else {
      words.push(2, part.length);
      for (let i = 0; i < part.length; i++) words.push(part.charCodeAt(i));
    }
  }
  const length = words.length;
  while (words.length % 4 !== 0) words.push(0);
  const [c1, c2, c3, c4] = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93];
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  for (let i = 0; i < words.length; i += 4) {
    h1 ^= Math.imul(rotl(Math.imul(words[i], c1), 15), c2);
    h1 = Math.imul((rotl(h1, 19) + h2) | 0, 5) + 0x561ccd1b;
    h2 ^= Math.imul(rotl(Math.imul(words[i + 1], c2), 16), c3);
    h2 = Math.imul((rotl(h2, 17) + h3) | 0, 5) + 0x0bcaa747;
    h3 ^= Math.imul(rotl(Math.imul(words[i + 2], c3), 17), c4);
    h3 = Math.imul((rotl(h3, 15) + h4) | 0, 5) + 0x96cd1c35;
    h4 ^= Math.imul(rotl(Math.imul(words[i + 3], c4), 18), c1);
    h4 = Math.imul((rotl(h4, 13) + h1) | 0, 5) + 0x32ac3b17;
  }
  const bytes = length * 4;
  h1 ^= bytes;
  h2 ^= bytes;
  h3 ^= bytes;
  h4 ^= bytes;
  [h1, h2, h3, h4] = gather(h1, h2, h3, h4);
  return gather(fmix32(h1), fmix32(h2), fmix32(h3), fmix32(h4));
}

function gather(h1: number, h2: number, h3: number, h4: number): [number, number, number, number] {
  const sum = (h1 + h2 + h3 + h4) | 0;
  return [sum, (h2 + sum) | 0, (h3 + sum) | 0, (h4 + sum) | 0];
}

function rotl(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

function fmix32(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
