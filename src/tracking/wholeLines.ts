// The lines of a file that is appended to: read one after another, each with where it ends, so that what was cut short can be cut off.
import * as files from '../platform/files.ts';

const chunkBytes = 1 << 20;

/** The lines that end with a newline, and the byte after that; a last one without is left out. */
export async function* wholeLines(file: string): AsyncGenerator<{ text: string; end: number }> {
  const handle = await files.openForReading(file);
  try {
    let held: Uint8Array[] = [];
    for (let offset = 0; offset < handle.size; offset += chunkBytes) {
      const chunk = await handle.read(offset, Math.min(chunkBytes, handle.size - offset));
      let from = 0;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
        const parts = [...held, chunk.subarray(from, at)];
        yield { text: new TextDecoder().decode(joined(parts)), end: offset + at + 1 };
        held = [];
        from = at + 1;
      }
      if (from < chunk.length) held.push(chunk.subarray(from));
    }
  } finally {
    await handle.close();
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
