// Tokens that come in one after another, as text: decoded piece by piece, and several samples one below the other in their order.

import type { Tokenizer } from '../formats/tokenizer.ts';

/** Decodes a growing list of tokens. A character whose bytes have not all come is held back. */
export class StreamDecoder {
  private readonly ids: number[] = [];
  private start = 0;
  private read = 0;

  constructor(private readonly tokenizer: Pick<Tokenizer, 'decode'>) {}

  /** The text that these tokens add. */
  push(tokens: readonly number[]): string {
    this.ids.push(...tokens);
    return this.text(false);
  }

  /** What was held back. */
  end(): string {
    return this.text(true);
  }

  // A token's text may depend on the one before it (the space in front of a word), so the last piece is decoded again with the new one.
  private text(last: boolean): string {
    const before = this.tokenizer.decode(this.ids.slice(this.start, this.read), { skipSpecial: true });
    const after = this.tokenizer.decode(this.ids.slice(this.start), { skipSpecial: true });
    if (!last && after.endsWith('\ufffd')) return '';
    this.start = this.read;
    this.read = this.ids.length;
    return after.slice(before.length);
  }
}

/** Shows several streams one below the other: the first as it comes, each next when the one before it has ended. */
export class InOrder {
  private readonly waiting: string[];
  private readonly ended: boolean[];
  private current = 0;

  /** @param begin called before the first text of a stream; @param write shows a piece of the current one */
  constructor(
    count: number,
    private readonly begin: (stream: number) => void,
    private readonly write: (text: string) => void,
    private readonly finish: (stream: number) => void,
  ) {
    this.waiting = Array<string>(count).fill('');
    this.ended = Array<boolean>(count).fill(false);
    if (count > 0) begin(0);
  }

  push(stream: number, text: string): void {
    if (stream === this.current) this.write(text);
    else this.waiting[stream] += text;
  }

  end(stream: number): void {
    this.ended[stream] = true;
    while (this.current < this.ended.length && this.ended[this.current]) {
      this.finish(this.current);
      this.current++;
      if (this.current === this.ended.length) return;
      this.begin(this.current);
      this.write(this.waiting[this.current]);
    }
  }
}
