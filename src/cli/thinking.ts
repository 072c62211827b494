// Responses as they are shown: the thought dimmed, the answer plain. One for text that is all there, one for text that still comes in.

import { type Paint, printable, wrapRanges } from './terminal.ts';

const open = '<think>';
const close = '</think>';

/** Where the thoughts of a response lie, tags included. A `</think>` without its beginning ends a thought that the prompt began. */
export function thoughtRanges(text: string): [number, number][] {
  const ranges: [number, number][] = [];
  const firstOpen = text.indexOf(open);
  const firstClose = text.indexOf(close);
  let at = 0;
  if (firstClose >= 0 && (firstOpen < 0 || firstClose < firstOpen)) {
    at = firstClose + close.length;
    ranges.push([0, at]);
  }
  for (let start = text.indexOf(open, at); start >= 0; start = text.indexOf(open, at)) {
    const end = text.indexOf(close, start);
    at = end < 0 ? text.length : end + close.length;
    ranges.push([start, at]);
  }
  return ranges;
}

/**
 * A response in lines of at most `width` columns, the thought dimmed. One that takes more than `maxLines` is cut in its middle: how it
 * sets out and what it comes to are what one wants to see.
 */
export function responseLines(response: string, { width, maxLines, paint }: { width: number; maxLines: number; paint: Paint }): string[] {
  const text = printable(response.trim());
  const thoughts = thoughtRanges(text);
  const painted = wrapRanges(text, width).map(([start, end]) => {
    let line = '';
    let at = start;
    for (const [from, to] of thoughts) {
      if (to <= at || from >= end) continue;
      line += text.slice(at, Math.max(at, from)) + paint('dim', text.slice(Math.max(at, from), Math.min(end, to)));
      at = Math.min(end, to);
    }
    return line + text.slice(at, end);
  });
  if (painted.length <= maxLines) return painted;
  const kept = Math.max(1, maxLines - 1);
  const head = Math.ceil(kept / 2);
  const tail = kept - head;
  const cut = paint('dim', `… ${painted.length - kept} lines …`);
  return [...painted.slice(0, head), cut, ...painted.slice(painted.length - tail)].slice(0, Math.max(1, maxLines));
}

/** Dims the thoughts of text that comes in pieces; a tag may be split between two. */
export class ThoughtPainter {
  private held = '';
  private inside = false;

  constructor(private readonly paint: Paint) {}

  /** What can be shown of the text so far. */
  push(piece: string): string {
    this.held += piece;
    let shown = '';
    for (;;) {
      const tag = this.inside ? close : open;
      const at = this.held.indexOf(tag);
      if (at < 0) break;
      const end = this.inside ? at + tag.length : at;
      shown += this.style(this.held.slice(0, end));
      this.held = this.held.slice(end);
      if (!this.inside) {
        shown += this.paint('dim', open);
        this.held = this.held.slice(open.length);
      }
      this.inside = !this.inside;
    }
    const wait = tailThatMayBegin(this.held, this.inside ? close : open);
    shown += this.style(this.held.slice(0, this.held.length - wait));
    this.held = this.held.slice(this.held.length - wait);
    return shown;
  }

  /** The rest, when no more comes. */
  end(): string {
    const rest = this.style(this.held);
    this.held = '';
    return rest;
  }

  private style(text: string): string {
    return this.inside ? this.paint('dim', text) : text;
  }
}

/** Length of the longest end of `text` that `tag` begins with. */
function tailThatMayBegin(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length--) if (tag.startsWith(text.slice(-length))) return length;
  return 0;
}
