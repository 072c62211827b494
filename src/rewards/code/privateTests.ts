// LiveCodeBench's private test cases: JSON, or base64 of zlib of a pickle of such a text. A pickle is a program that builds an object; here
// only that of one text is read, as data, and nothing is run.

import { inflateSync } from 'node:zlib';
import { type JsonValue, parseJson } from '../../formats/jsonl.ts';

const largestBytes = 2 ** 29;

/** @throws TypeError for anything else */
export function privateTests(column: string): JsonValue {
  try {
    if (/^\s*\[/.test(column)) return parseJson(column);
    return parseJson(pickledText(inflateSync(Buffer.from(column, 'base64'), { maxOutputLength: largestBytes })));
  } catch (error) {
    throw new TypeError(
      `its private_test_cases are neither JSON nor a pickled text of JSON: ${error instanceof Error ? error.message : error}`,
    );
  }
}

// Operations of the pickle protocol (pickletools): with what follows them, in bytes.
const skipped: Record<number, number> = {
  128: 1, // PROTO, its version
  149: 8, // FRAME, its length
  148: 0, // MEMOIZE
  113: 1, // BINPUT
  114: 4, // LONG_BINPUT
};
const stop = 46;
/** Bytes of the length of a text. */
const texts: Record<number, number> = { 140: 1, 88: 4, 141: 8 };

/** The text that a pickle of a single text holds. @throws TypeError for a pickle of anything else */
function pickledText(pickle: Buffer): string {
  let found: string | undefined;
  for (let at = 0; at < pickle.length; ) {
    const operation = pickle[at++];
    if (operation === stop && found !== undefined && at === pickle.length) return found;
    if (Object.hasOwn(skipped, operation)) at += skipped[operation];
    else if (Object.hasOwn(texts, operation) && found === undefined) {
      const width = texts[operation];
      const length = width === 8 ? Number(pickle.readBigUInt64LE(at)) : pickle.readUIntLE(at, width);
      at += width;
      if (at + length > pickle.length) break;
      found = pickle.toString('utf8', at, at + length);
      at += length;
    } else break;
  }
  throw new TypeError('the pickle holds more than one text');
}
