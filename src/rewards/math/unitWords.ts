// The words behind a value that are its unit: cm^2, square inches, children tickets, km/h.
import type { Cursor } from './cursor.ts';
import { proseWords } from './notation.ts';
import { isUnit, normalUnit } from './units.ts';
import { NoValue } from './work.ts';

const mostWords = 4;

/** Commands, in front of an amount or behind it. */
export const currencies = /^(?:\$|euro|pounds|yen)$/;

export function atUnit(cursor: Cursor): boolean {
  const token = cursor.peek();
  if (token.kind === 'word') return !cursor.atSeparatorWord();
  return token.kind === 'command' && (currencies.test(token.text) || token.text === 'degree');
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
    // km per hour, dollars per day, 5 per cent
    if (token.text === 'per' && cursor.peek().kind === 'word') {
      const below = normalUnit(cursor.next().text);
      words.push(below === 'cent' ? '%' : `${words.pop() ?? ''}/${below}`);
      continue;
    }
    const power = ['squared', 'cubed'].indexOf(token.text.toLowerCase());
    if (power >= 0) {
      // 5 squared is no 5; 5 cm squared is 5 cm^2.
      if (words.length === 0) throw new NoValue('a power');
      words.push(`${words.pop()}^${power + 2}`);
      continue;
    }
    let unit = normalUnit(token.text);
    if (cursor.takeSymbol('^')) unit += `^${cursor.argumentText()}`;
    if (cursor.peek().text === '/' && cursor.peek(1).kind === 'word') {
      cursor.next();
      unit += `/${normalUnit(cursor.next().text)}`;
    }
    words.push(unit);
  }
  const [first, second] = words;
  if (
    words.length === 2 &&
    (first === 'square' || first === 'sq' || first === 'cubic' || first === 'cu') &&
    (isUnit(second) || second === '')
  )
    return second === '' ? '' : `${second}^${first.startsWith('sq') ? 2 : 3}`;
  // units^2 says as little as units
  return words.filter((word) => word !== '' && !word.startsWith('^')).join(' ');
}
