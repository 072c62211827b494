// Which texts are nearly the same: MinHash signatures of their word n-grams (Broder, 1997), whose share of equal entries estimates the Jaccard
// similarity of the two sets of n-grams; and the bands by which candidates are found without comparing all with all (LSH). Pure.
import { stream } from './random.ts';

export class MinHash {
  /** Of the hash functions h -> a h + b mod 2^32, a odd. */
  readonly #a: Int32Array;
  readonly #b: Int32Array;

  /**
   * @param words of an n-gram
   * @param size entries of a signature: the estimate's standard error is sqrt(J (1 - J) / size)
   */
  constructor(
    seed: number,
    readonly words: number,
    readonly size: number,
  ) {
    const random = stream(seed, 'minhash');
    this.#a = Int32Array.from({ length: size }, () => random.int(2 ** 31) * 2 + 1);
    this.#b = Int32Array.from({ length: size }, () => random.int(2 ** 32));
  }

  /** [size] A text of fewer words is one n-gram as a whole. */
  signature(text: string): Int32Array {
    const hashes = wordHashes(text);
    const length = Math.min(this.words, hashes.length);
    const grams = new Int32Array(length === 0 ? 0 : hashes.length - length + 1);
    for (let at = 0; at < grams.length; at++) {
      let hash = 0;
      for (let i = 0; i < length; i++) hash = mixed(Math.imul(hash, 0x9e3779b1) ^ hashes[at + i]);
      grams[at] = hash;
    }
    const signature = new Int32Array(this.size);
    for (let i = 0; i < signature.length; i++) signature[i] = least(grams, this.#a[i], this.#b[i]);
    return signature;
  }
}

/** The least of a h + b over all hashes h: of a long text this is nearly all of the work, in a loop that touches nothing else. */
function least(hashes: Int32Array, a: number, b: number): number {
  let found = 0x7fffffff;
  for (let at = 0; at < hashes.length; at++) {
    const value = (Math.imul(a, hashes[at]) + b) | 0;
    if (value < found) found = value;
  }
  return found;
}

/** The estimate of the Jaccard similarity of two texts, 0 to 1. */
export function estimatedSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let same = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) same++;
  return same / a.length;
}

/**
 * How a signature is cut into bands of so many rows each: two texts that agree on a whole band are candidates. The fewest candidates at which
 * those of `similarity` are found with a probability 1 - (1 - s^rows)^bands of 99% or more.
 */
export function bandsFor(similarity: number, size: number): { bands: number; rows: number } {
  for (let rows = size; rows > 1; rows--) {
    const bands = Math.floor(size / rows);
    if (1 - (1 - similarity ** rows) ** bands >= 0.99) return { bands, rows };
  }
  return { bands: size, rows: 1 };
}

/**
 * A hash of each word, upper and lower case alike. A word is a run of letters and digits; a sign is a word, for a plus is no minus, and so is
 * a character of a script that puts no spaces between words.
 */
function wordHashes(text: string): Int32Array {
  const lower = text.toLowerCase();
  const hashes: number[] = [];
  let hash = 0;
  let open = false;
  const end = (): void => {
    if (open) hashes.push(mixed(hash));
    open = false;
    hash = 0;
  };
  for (let i = 0; i < lower.length; i++) {
    const code = lower.charCodeAt(i);
    const kind = kindOf(code);
    if (kind !== letter) end();
    if (kind === space) continue;
    hash = Math.imul(hash ^ code, 0x01000193);
    open = true;
    if (kind === alone) end();
  }
  end();
  return Int32Array.from(hashes);
}

const [space, alone, letter] = [0, 1, 2];

function kindOf(code: number): number {
  if (code < 128) {
    if (code <= 32 || code === 127) return space;
    return (code >= 48 && code <= 57) || (code >= 97 && code <= 122) ? letter : alone;
  }
  if (code === 0xa0 || code === 0x3000 || (code >= 0x2000 && code <= 0x200b) || code === 0x2028 || code === 0x2029) return space;
  // Signs and punctuation; kana, Han and full-width forms.
  const isSign = (code >= 0x2010 && code <= 0x2bff) || (code >= 0xa1 && code <= 0xbf) || code === 0xd7 || code === 0xf7;
  const isUnspaced = (code >= 0x2e80 && code <= 0x9fff) || (code >= 0xf900 && code <= 0xfaff) || (code >= 0xff00 && code <= 0xff0f);
  return isSign || isUnspaced || (code >= 0x0e00 && code <= 0x0e7f) ? alone : letter;
}

/** MurmurHash3's last step. */
function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
