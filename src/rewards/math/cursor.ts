// A place in a list of tokens, and how deep the parser stands: what the parsers share.
import type { Token } from './tokens.ts';
import { NoValue } from './work.ts';

const deepest = 48;

export class Cursor {
  readonly #tokens: Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)];
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  atEnd(): boolean {
    return this.peek().kind === 'end';
  }

  take(kind: Token['kind'], text: string): boolean {
    const token = this.peek();
    if (token.kind !== kind || token.text !== text) return false;
    this.#at++;
    return true;
  }

  takeSymbol(text: string): boolean {
    return this.take('symbol', text);
  }

  takeSeparatorWord(): boolean {
    if (!this.atSeparatorWord()) return false;
    this.#at++;
    return true;
  }

  atSeparatorWord(): boolean {
    const token = this.peek();
    return token.kind === 'word' && /^(?:and|or)$/i.test(token.text);
  }

  /** What `body` reads, or nothing read at all where it gives nothing. */
  attempt<T>(body: () => T | undefined): T | undefined {
    const start = this.#at;
    const result = body();
    if (result === undefined) this.#at = start;
    return result;
  }

  /** @throws NoValue below a depth that no answer has. */
  deeper<T>(body: () => T): T {
    if (++this.#depth > deepest) throw new NoValue('too deep');
    const result = body();
    this.#depth--;
    return result;
  }

  /** The first digit of the number that stands here, the others left as a number of their own: \frac12 is 1/2. */
  takeDigit(): string {
    const token = this.next();
    const [digit, rest] = [token.text[0], token.text.slice(1)];
    if (rest === '') return digit;
    this.#tokens.splice(this.#at - 1, 1, { ...token, text: digit }, { ...token, text: rest, spaced: false });
    return digit;
  }

  /** A command's argument as text, for names: subscripts, environments, bases. @param run without braces, all letters that follow (ABC) */
  argumentText(run = false): string {
    if (!this.takeSymbol('{')) {
      let text = this.next().text;
      while (run && this.peek().kind === 'letter') text += this.next().text;
      return text;
    }
    let text = '';
    for (let depth = 1; ; ) {
      const token = this.next();
      if (token.kind === 'end') throw new NoValue('brace');
      if (token.text === '{') depth++;
      if (token.text === '}' && --depth === 0) return text;
      text += token.text;
    }
  }
}
