// The wire text between the two runtimes, as the host sees it: `checkWire` reads what a candidate's side wrote before the judge's side does,
// and `toWire` writes the arguments and expected values of a call. The grammar, one flat JSON array:
//   value: null | true | false | a number | "u" (undefined) | "nan" | "+inf" | "-inf" | "-0" | "b<digits>" (bigint) | "'<text>" | "y<text>" (symbol)
//     | "=<n>" (the nth object of this text) | "g<id>" (a value of the reader's own) | "h<id>" (an object that stays) | "p<id>" (a promise)
//     | "f<id>", length, arguments it can see, "'<name>" (a function) | "a<n>", n items, each a value or "_" (a hole) | "o<n>", n times "'<key>", value
//     | "m<n>", n times key, value (Map) | "s<n>", n values (Set) | "d", number (Date) | "r", "'<source>", "'<flags>" | "e", "'<name>", "'<message>"
//     | "t<n>", "'<name>", n numbers or bigints (typed array)

export const wireBounds = { values: 2_000_000, characters: 32 * 1024 * 1024 };

/** What is wrong with a wire text. */
export class WireError extends Error {
  override name = 'WireError';
}

const counted = /^[aomsth=gpf](0|[1-9]\d{0,8})$/;
const typedArrays = /^'(Int8|Uint8|Uint8Clamped|Int16|Uint16|Int32|Uint32|Float32|Float64|BigInt64|BigUint64)Array$/;
const special = new Set(['u', 'nan', '+inf', '-inf', '-0']);
const isText = (token: unknown): boolean => typeof token === 'string' && token.startsWith("'");
const isNumber = (token: unknown): boolean =>
  typeof token === 'number' || token === 'nan' || token === '+inf' || token === '-inf' || token === '-0';
const isBigint = (token: unknown): boolean => typeof token === 'string' && /^b-?(0|[1-9]\d*)$/.test(token);

/** Throws a WireError where the text is not one value of the grammar, or larger than the bounds. */
export function checkWire(text: string): void {
  if (text.length > wireBounds.characters) throw new WireError('a value of more than 32 MB');
  const tokens = parsed(text);
  // How many values are to come; of an object a key comes before each, so what is open is kept as a stack.
  const open: { kind: string; left: number }[] = [];
  let places = 0;
  let at = 0;
  let done = false;
  const take = (what: string, fits: (token: unknown) => boolean): void => {
    if (at >= tokens.length || !fits(tokens[at])) throw new WireError(`token ${at} is not ${what}`);
    at++;
  };
  while (at < tokens.length) {
    if (done) throw new WireError('more than one value');
    const holder = open.at(-1);
    if (holder?.kind === 'o') take('a key', isText);
    const token = tokens[at++];
    let left = 0;
    let kind = '';
    if (typeof token === 'string') {
      kind = token[0] ?? '';
      const count = counted.test(token) ? Number(token.slice(1)) : -1;
      if (kind === "'" || kind === 'y' || special.has(token) || isBigint(token)) kind = '';
      else if (token === '_' && holder?.kind === 'a') kind = '';
      else if (token === 'd') take('a time', isNumber);
      else if (token === 'r' || token === 'e') {
        take('a text', isText);
        take('a text', isText);
      } else if (count === -1) throw new WireError(`token ${at - 1} is of no kind`);
      else if (kind === '=' && count >= places) throw new WireError(`token ${at - 1} names an object that is not there`);
      else if (kind === 'f') {
        take('a length', isNumber);
        take('a count of arguments', isNumber);
        take('a name', isText);
      } else if (kind === 't') {
        take('the name of a typed array', (name) => typeof name === 'string' && typedArrays.test(name));
        const fits = String(tokens[at - 1]).includes('Big') ? isBigint : isNumber;
        for (let index = 0; index < count; index++) take('a number', fits);
      } else if ('aoms'.includes(kind)) left = kind === 'm' ? count * 2 : count;
      if ('aomsdret'.includes(kind) && kind !== '') places++;
    } else if (token !== null && typeof token !== 'boolean' && typeof token !== 'number')
      throw new WireError(`token ${at - 1} is of no kind`);
    if (holder) holder.left--;
    if (left > 0) open.push({ kind, left });
    while (open.at(-1)?.left === 0) open.pop();
    done = open.length === 0;
  }
  if (!done) throw new WireError('a value that is not whole');
}

function parsed(text: string): unknown[] {
  let tokens: unknown;
  try {
    tokens = JSON.parse(text);
  } catch {
    throw new WireError('not JSON');
  }
  if (!Array.isArray(tokens)) throw new WireError('not a list of tokens');
  return tokens;
}

/** A value of a data set's row (JSON, also undefined, bigint and any number) as wire text. Throws a WireError at anything else. */
export function toWire(value: unknown): string {
  const tokens: unknown[] = [];
  const add = (item: unknown): void => {
    if (item === null || typeof item === 'boolean') tokens.push(item);
    else if (item === undefined) tokens.push('u');
    else if (typeof item === 'string') tokens.push(`'${item}`);
    else if (typeof item === 'bigint') tokens.push(`b${item}`);
    else if (typeof item === 'number') {
      if (Number.isFinite(item) && !Object.is(item, -0)) tokens.push(item);
      else tokens.push(Number.isNaN(item) ? 'nan' : Object.is(item, -0) ? '-0' : item > 0 ? '+inf' : '-inf');
    } else if (Array.isArray(item)) {
      tokens.push(`a${item.length}`);
      for (const each of item) add(each);
    } else if (typeof item === 'object') {
      const entries = Object.entries(item);
      tokens.push(`o${entries.length}`);
      for (const [key, each] of entries) {
        tokens.push(`'${key}`);
        add(each);
      }
    } else throw new WireError(`a ${typeof item} is not data`);
  };
  add(value);
  return JSON.stringify(tokens);
}
