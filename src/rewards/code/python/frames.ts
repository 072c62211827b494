// Frames over a socket, as channel.py has them: four bytes of length, one letter that says what it is, the payload.

export interface Frame {
  kind: string;
  payload: Buffer;
}

export function frame(kind: string, payload: string | Uint8Array): Buffer {
  const body = Buffer.from(payload as Uint8Array);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length);
  head.write(kind, 4, 'latin1');
  return Buffer.concat([head, body]);
}

/** What arrived, cut into frames. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private bytes = 0;
  private readonly largest: number;

  /** @param largest bytes of a payload; one that says to be longer is refused. */
  constructor(largest: number) {
    this.largest = largest;
  }

  /**
   * The frames that are whole now.
   * @throws RangeError for a frame that is too long: the other side is not one of ours any more.
   */
  *push(chunk: Buffer): Generator<Frame> {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    for (;;) {
      if (this.bytes < 5) return;
      if (this.chunks[0].length < 5) this.chunks = [Buffer.concat(this.chunks)];
      const length = this.chunks[0].readUInt32BE();
      if (length > this.largest) throw new RangeError(`a frame of ${length} bytes`);
      if (this.bytes < 5 + length) return;
      const whole = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
      const rest = whole.subarray(5 + length);
      this.chunks = rest.length > 0 ? [rest] : [];
      this.bytes = rest.length;
      yield { kind: String.fromCharCode(whole[4]), payload: whole.subarray(5, 5 + length) };
    }
  }
}
