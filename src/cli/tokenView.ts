// A sequence token by token: which of its tokens the loss falls on, and which are only read.

import type { Tokenizer } from '../formats/tokenizer.ts';
import { displayWidth, type Paint, printable } from './terminal.ts';

export const legend = 'Plain tokens are read, [marked] ones are trained on';

export interface ShownToken {
  id: number;
  text: string;
  /** The loss falls on predicting it. */
  trained: boolean;
}

/** @param trained whether the loss falls on the token at this position of the sequence */
export function shownTokens(
  tokenizer: Pick<Tokenizer, 'decode'>,
  ids: ArrayLike<number>,
  trained: (position: number) => boolean,
): ShownToken[] {
  return Array.from(ids, (id, position) => ({ id, text: tokenizer.decode([id]), trained: trained(position) }));
}

/** As `[trained]` and `plain` tokens, wrapped to `width` columns. What is no whole character is shown by its id, blanks as marks. */
export function tokenLines(tokens: readonly ShownToken[], width: number, paint: Paint): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  let lastTrained = false;
  for (const token of tokens) {
    const visible = visibleText(token);
    const separator = used === 0 || token.trained || lastTrained ? '' : '|';
    const plain = token.trained ? `[${visible}]` : `${separator}${visible}`;
    if (used > 0 && used + displayWidth(plain) > width) {
      lines.push(line);
      line = '';
      used = 0;
    }
    line += token.trained ? paint('green', `[${visible}]`) : `${used === 0 ? '' : paint('dim', separator)}${visible}`;
    used += displayWidth(plain);
    lastTrained = token.trained;
  }
  return line === '' ? lines : [...lines, line];
}

function visibleText({ id, text }: ShownToken): string {
  if (text === '' || text.includes('\ufffd')) return `#${id}`;
  return printable(text).replaceAll('\n', '⏎').replaceAll('\t', '⇥').replaceAll(' ', '·');
}
