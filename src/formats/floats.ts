// The 16-bit floats of checkpoints, to and from float32: bfloat16 (the upper half of a float32) and IEEE half precision.

const scratch = new ArrayBuffer(4);
const float = new Float32Array(scratch);
const bits = new Uint32Array(scratch);

/** `target[i] = source[i]`, where `source` holds bfloat16 bit patterns. Exact. */
export function bf16ToFloat(source: Uint16Array, target: Float32Array): void {
  const out = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < out.length; i++) out[i] = source[i] << 16;
}

/** Rounds to nearest, ties to even; NaN stays NaN; what is too large becomes infinite. */
export function floatToBf16(source: Float32Array, target: Uint16Array): void {
  const from = new Uint32Array(source.buffer, source.byteOffset, source.length);
  for (let i = 0; i < from.length; i++) {
    const u = from[i];
    // A NaN whose payload lies in the lower half alone would become an infinity: set the quiet bit.
    target[i] = (u & 0x7fffffff) > 0x7f800000 ? (u >>> 16) | 0x40 : (u + 0x7fff + ((u >>> 16) & 1)) >>> 16;
  }
}

let halves: Float32Array | undefined;

/** `target[i] = source[i]`, where `source` holds half precision bit patterns. Exact. */
export function f16ToFloat(source: Uint16Array, target: Float32Array): void {
  // All 65,536 of them once: a lookup is several times faster than the case analysis.
  halves ??= Float32Array.from({ length: 65536 }, (_, half) => halfValue(half));
  for (let i = 0; i < target.length; i++) target[i] = halves[source[i]];
}

/** The value of one half precision bit pattern. */
export function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Rounds to nearest, ties to even; NaN stays NaN; from 65520 on it becomes infinite. */
export function floatToF16(source: Float32Array, target: Uint16Array): void {
  for (let i = 0; i < source.length; i++) {
    float[0] = source[i];
    const sign = (bits[0] >>> 16) & 0x8000;
    const magnitude = bits[0] & 0x7fffffff;
    if (magnitude > 0x7f800000) target[i] = sign | 0x7e00;
    else if (magnitude >= 0x477ff000) target[i] = sign | 0x7c00;
    else if (magnitude < 0x38800000) {
      // Below 2^-14: a multiple of 2^-24. Adding and removing 2^-1 x 1.0 lets float32 addition do the rounding: its last bit is 2^-24.
      bits[0] = magnitude;
      float[0] += 0.5;
      target[i] = sign | (bits[0] - 0x3f000000);
    } else target[i] = sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
}
