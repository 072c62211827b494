// The words behind a value that are its unit: cm^2, square inches, children tickets, km/h.
import type { Cursor } from './cursor.ts';
import { proseWords } from './notation.ts';
import { isUnit, normalUnit } from './units.ts';
import { NoValue } from './work.ts';

const mostWords = 4;

export function atUnit(cursor: Cursor): boolean {
  const token = cursor.peek();
  if (token.kind === 'word') return !cursor.atSeparatorWord();
  return token.kind === 'command' && /^(?:\$|euro|pounds|degree)$/.test(token.text);
}

/**
 * The unit that stands here, normalised; '' for words that say no unit ("units").
 * @throws NoValue for words of prose.
 */
export function readUnit(cursor: Cursor): string {
  const words: string[] = [];
  while (atUnit(cursor)) {
    const token = cursor.next();
    if (proseWords.has(token.text.toLowerCase()) || words.length === mostWords) throw new NoValue('prose');
    let unit = normalUnit(token.text);
    if (cursor.takeSymbol('^')) unit += `^${cursor.argumentText()}`;
    if (cursor.peek().text === '/' && cursor.peek(1).kind === 'word') {
      cursor.next();
      unit += `/${normalUnit(cursor.next().text)}`;
    }
    words.push(unit);
  }
  const [first, second] = words;
  if (words.length === 2 && (first === 'square' || first === 'cubic') && (isUnit(second) || second === ''))
    return second === '' ? '' : `${second}^${first === 'square' ? 2 : 3}`;
  // units^2 says as little as units
  return words.filter((word) => word !== '' && !word.startsWith('^')).join(' ');
}
