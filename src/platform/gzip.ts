// Unpacking gzip as a stream, by the platform's own.

/** The unpacked bytes, chunk by chunk. @throws what the platform does where they are not gzip, or cut short */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpacked = ReadableStream.from(chunks).pipeThrough(new DecompressionStream('gzip'));
  for await (const chunk of unpacked) yield chunk;
}
