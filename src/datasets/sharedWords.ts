// Which texts share ten words in a row with one of a set of texts: the usual test of whether an evaluation's question is among the data
// that a model is trained on (DeepSeekMath, section 2.1). Pure.
import { normalWords } from './normalWords.ts';

/** Of a run, in words. A text that is shorter is known as a whole. */
export const runLength = 10;

export interface SharedWords {
  /** Which of the known texts, counted from 0. */
  text: number;
  /** The whole run that is shared, as normal words. */
  words: string;
}

/** Known texts by every run of ten words in them. Runs are found by a hash, and then compared word by word. */
export class WordRuns {
  readonly #numbers = new Map<string, number>();
  readonly #words: string[] = [''];
  /** All texts, a word a number from 1; 0 stands before and behind each. */
  readonly #all: Int32Array;
  /** Where each text begins in #all. */
  readonly #begins: number[] = [];
  /** By hash the place of a run in #all; the next one of that hash is in #others. 0 is none. */
  readonly #first: Int32Array;
  readonly #others: Int32Array;
  readonly #short = new Map<string, number>();

  constructor(texts: readonly string[]) {
    const all: number[] = [0];
    for (const [text, source] of texts.entries()) {
      const words = normalWords(source);
      this.#begins.push(all.length);
      if (words.length >= runLength) for (const word of words) all.push(this.#numbered(word));
      else if (words.length > 0 && !this.#short.has(words.join(' '))) this.#short.set(words.join(' '), text);
      all.push(0);
    }
    this.#all = Int32Array.from(all);
    this.#others = new Int32Array(all.length);
    this.#first = new Int32Array(2 ** Math.ceil(Math.log2(2 * all.length)));
    for (let at = 1; at + runLength < all.length; at++) {
      const hash = this.#hash(this.#all, at);
      // Of equal runs the first one stands for all, so that a phrase of every question costs no more than another.
      if (hash < 0 || this.#runAt(hash, this.#all, at) !== undefined) continue;
      this.#others[at] = this.#first[hash];
      this.#first[hash] = at;
    }
  }

  /**
   * The longest run of ten words or more that `text` shares with a known text (the first of those as long); else a shorter known text
   * that has the same words as the whole of `text`, or as one of its lines.
   */
  find(text: string): SharedWords | undefined {
    return this.#longestRun(text) ?? (this.#short.size > 0 ? this.#sameWhole(text) : undefined);
  }

  #longestRun(text: string): SharedWords | undefined {
    const ids = Int32Array.from(normalWords(text), (word) => this.#numbers.get(word) ?? 0);
    let [begin, length, shift] = [0, 0, 0];
    for (let from = 0; from + runLength <= ids.length; from++) {
      const hash = this.#hash(ids, from);
      const at = hash < 0 ? undefined : this.#runAt(hash, ids, from);
      // A run that lies within the longest is no other.
      if (at === undefined || (length > 0 && at - from === shift && from < begin + length - shift)) continue;
      let [start, end] = [at, at + runLength];
      const apart = at - from;
      while (start > apart && this.#all[start - 1] !== 0 && this.#all[start - 1] === ids[start - 1 - apart]) start--;
      while (this.#all[end] !== 0 && this.#all[end] === ids[end - apart]) end++;
      if (end - start > length) [begin, length, shift] = [start, end - start, apart];
    }
    if (length === 0) return undefined;
    const words = Array.from(this.#all.subarray(begin, begin + length), (id) => this.#words[id]).join(' ');
    return { text: this.#textAt(begin), words };
  }

  #sameWhole(text: string): SharedWords | undefined {
    for (const part of [text, ...text.split('\n')]) {
      const words = normalWords(part).join(' ');
      const known = this.#short.get(words);
      if (known !== undefined) return { text: known, words };
    }
    return undefined;
  }

  #numbered(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    this.#numbers.set(word, this.#words.length);
    return this.#words.push(word) - 1;
  }

  /** Where a run that has these words lies in #all. */
  #runAt(hash: number, ids: Int32Array, from: number): number | undefined {
    for (let at = this.#first[hash]; at !== 0; at = this.#others[at]) {
      let same = 0;
      while (same < runLength && this.#all[at + same] === ids[from + same]) same++;
      if (same === runLength) return at;
    }
    return undefined;
  }

  /** Below 0 where the run holds a word that no text has, or a text's end. FNV-1a over the numbers. */
  #hash(ids: Int32Array, from: number): number {
    let hash = 0x811c9dc5;
    for (let i = from; i < from + runLength; i++) {
      if (ids[i] === 0) return -1;
      hash = Math.imul(hash ^ ids[i], 0x01000193);
    }
    return (hash ^ (hash >>> 15)) & (this.#first.length - 1);
  }

  /** The last text that begins at or before a place. */
  #textAt(at: number): number {
    let [low, high] = [0, this.#begins.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#begins[middle] <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
