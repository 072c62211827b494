// Fingerprints of data and files.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** SHA-256 in hexadecimal; text is hashed as UTF-8, numbers as the bytes that they lie in. */
export function sha256(data: string | Uint8Array | Int32Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** SHA-256 of a file's bytes, read piece by piece. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(bytes as Uint8Array);
  return hash.digest('hex');
}
