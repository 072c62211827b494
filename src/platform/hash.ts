// Fingerprints of data and files.

import { createHash } from 'node:crypto';

/** SHA-256 in hexadecimal; text is hashed as UTF-8, numbers as the bytes that they lie in. */
export function sha256(data: string | Uint8Array | Int32Array): string {
  return createHash('sha256').update(data).digest('hex');
}
