// Text to ids with control tokens in it, or with what looks like one kept as text; and text in pieces, whose ends no token crosses.
// What tokenizer.ts is made of, together with tokenizerLibrary.ts.

import { InputError, messageOf } from '../platform/errors.ts';
import type { AddedToken, PlainTokenizer } from './tokenizerLibrary.ts';

/** Ids, and where among them the places of the text came to lie that were asked for. */
export interface CutIds {
  ids: number[];
  cuts: number[];
}

/** The tags of a thought and an answer, whole: a tokenizer may have tokens of their own for them, and then a model writes those. */
export const thoughtTag = /^<\/?(?:think|answer)>$/;

export class Encoder {
  readonly #library: PlainTokenizer;
  readonly #source: string;
  readonly #firstSectionOnly: boolean;
  readonly #special: Map<number, AddedToken>;
  readonly #byText: Map<string, AddedToken>;
  readonly #pattern?: RegExp;
  /** The same but for the tags of a thought and an answer. */
  readonly #notWritten?: RegExp;

  /** @param preTokenizer that of tokenizer.json */
  constructor(library: PlainTokenizer, preTokenizer: unknown, source: string) {
    this.#library = library;
    this.#source = source;
    this.#firstSectionOnly = JSON.stringify(preTokenizer ?? null).includes('"prepend_scheme":"first"');
    const special = library.added.filter((token) => token.special && token.content !== '');
    this.#special = new Map(special.map((token) => [token.id, token]));
    this.#byText = new Map(special.map((token) => [token.content, token]));
    const contents = special.map((token) => token.content);
    this.#pattern = anyOf(contents);
    this.#notWritten = anyOf(contents.filter((content) => !thoughtTag.test(content)));
  }

  isSpecial(id: number): boolean {
    return this.#special.has(id);
  }

  /** @param written by a model, or as one would write it: the tags of a thought and an answer are its own */
  holdsControl(text: string, written: boolean): boolean {
    const pattern = written ? this.#notWritten : this.#pattern;
    return pattern !== undefined && text.search(pattern) >= 0;
  }

  /**
   * Every text within `value`, with `guard` put into what looks like a control token: so it stays text, once the guard is taken out.
   * And behind what a control token begins with, at the end of a text: what follows it in the conversation shall not complete it.
   * @param written as for `holdsControl`: then its tags stay as they are, for the template to find and for the encoder
   */
  shield(value: unknown, guard: string, written: boolean): unknown {
    if (this.#pattern === undefined) return value;
    if (typeof value === 'string') {
      const pattern = written ? this.#notWritten : this.#pattern;
      const whole = pattern ? value.replace(pattern, (token) => [...token].map((char) => char + guard).join('')) : value;
      const length = this.#begunAtEnd(whole.trimEnd());
      return length === 0 ? whole : whole.trimEnd() + guard + whole.slice(whole.trimEnd().length);
    }
    if (Array.isArray(value)) return value.map((item) => this.shield(item, guard, written));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.shield(item, guard, written)]));
    return value;
  }

  // How much of a control token, but not all of it, the text ends with.
  #begunAtEnd(text: string): number {
    let longest = 0;
    for (const token of this.#byText.keys())
      for (let length = Math.min(token.length - 1, text.length); length > longest; length--)
        if (text.endsWith(token.slice(0, length))) longest = length;
    return longest;
  }

  /** Without control tokens. @throws InputError where the tokenizer has no token for it */
  plain(text: string): number[] {
    try {
      return text === '' ? [] : this.#library.encode(text);
    } catch (error) {
      throw new InputError(`${this.#source}: ${messageOf(error)}`);
    }
  }

  /**
   * Splits at the control tokens first, as the reference does.
   * @param guard is taken out of the text between them
   * @param cuts places in the text, ascending; they come back as places among the ids, with no token over any of them
   */
  withControl(text: string, guard: string, cuts: readonly number[] = []): CutIds {
    const ids: number[] = [];
    const places: number[] = [];
    let from = 0;
    let stripNext = false;
    const section = (end: number, stripEnd: boolean) => {
      const bounds = [from];
      while (places.length + bounds.length - 1 < cuts.length && cuts[places.length + bounds.length - 1] <= end)
        bounds.push(Math.max(from, cuts[places.length + bounds.length - 1]));
      const pieces = bounds.map((start, i) => {
        const piece = text.slice(start, bounds[i + 1] ?? end);
        return guard === '' ? piece : piece.replaceAll(guard, '');
      });
      if (stripNext) strip(pieces, (piece) => piece.trimStart());
      if (stripEnd) strip(pieces.reverse(), (piece) => piece.trimEnd()).reverse();
      const encoded = this.pieces(pieces, ids.length === 0);
      for (const cut of encoded.cuts) places.push(ids.length + cut);
      // One by one: a hundred thousand arguments of one call overflow the stack.
      for (const id of encoded.ids) ids.push(id);
    };
    for (const match of this.#pattern ? text.matchAll(this.#pattern) : []) {
      const token = this.#byText.get(match[0]) as AddedToken;
      section(match.index, token.lstrip);
      ids.push(token.id);
      stripNext = token.rstrip;
      from = match.index + match[0].length;
    }
    section(text.length, false);
    return { ids, cuts: places };
  }

  /**
   * Pieces of one text, with no token over the ends of two: a piece is what comes after the ids of those before it, as when a model goes
   * on from them. Cuts lie between the pieces.
   * @param first nothing comes before the text
   */
  pieces(pieces: readonly string[], first: boolean): CutIds {
    let text = pieces[0];
    let ids = text === '' ? [] : this.#section(text, first);
    let before: number[] = [];
    const cuts: number[] = [];
    for (const piece of pieces.slice(1)) {
      cuts.push(before.length + ids.length);
      if (piece === '') continue;
      const known = ids;
      const joined = this.#section(text + piece, first && before.length === 0);
      if (known.every((id, i) => joined[i] === id)) {
        text += piece;
        ids = joined;
      } else {
        before = [...before, ...known];
        text = piece;
        ids = this.#after(piece);
      }
    }
    return { ids: before.length === 0 ? ids : [...before, ...ids], cuts };
  }

  // A Metaspace tokenizer with prepend_scheme "first" puts its mark before the first section of a text only. The library has no such
  // option, so a later section is encoded behind a control-free anchor whose ids are dropped.
  #section(text: string, first: boolean): number[] {
    return first || !this.#firstSectionOnly ? this.plain(text) : this.#after(text);
  }

  #after(text: string): number[] {
    const anchor = this.plain('\n');
    const both = this.plain(`\n${text}`);
    return anchor.every((id, i) => both[i] === id) ? both.slice(anchor.length) : this.plain(text);
  }
}

// Takes white space off the beginning of a text in pieces, which may lie over several of them.
function strip(pieces: string[], trim: (piece: string) => string): string[] {
  for (const [i, piece] of pieces.entries()) {
    pieces[i] = trim(piece);
    if (pieces[i] !== '') break;
  }
  return pieces;
}

/** Any of the texts. */
function anyOf(texts: readonly string[]): RegExp | undefined {
  if (texts.length === 0) return undefined;
  // The longest first: an alternation takes the first that fits.
  const sorted = [...texts].sort((a, b) => b.length - a.length);
  return new RegExp(sorted.map(escapeRegExp).join('|'), 'g');
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
